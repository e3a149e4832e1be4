using Sos.Workflows.Json;

namespace Sos.Api.Problems;

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(int status, string code, string detail, IReadOnlyList<JsonProblem>? errors = null) : Exception(detail)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>A stable code.</summary>
    public string Code => code;

    /// <summary>Each single problem.</summary>
    public IReadOnlyList<JsonProblem>? Errors => errors;

    /// <summary>After how many seconds the same request may succeed; null where waiting does not help.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A header that the answer has, which says what would have been right; null for none.</summary>
    public (string Name, string Value)? Header { get; init; }
}

/// <summary>The problems that several endpoints have.</summary>
internal static class ProblemCatalog
{
    public static ProblemException NotFound(string what, object id) =>
        new(StatusCodes.Status404NotFound, "not_found", $"There is no {what} '{id}' in this workspace.");

    public static ProblemException InvalidParameter(string name, string expectation) =>
        new(StatusCodes.Status400BadRequest, "invalid_parameter", $"'{name}' must be {expectation}.");

    public static ProblemException InvalidCursor() =>
        new(StatusCodes.Status400BadRequest, "invalid_cursor", "'cursor' must be the 'next' of an earlier page of the same list.");

    public static ProblemException Invalid(string code, string detail, IReadOnlyList<JsonProblem> errors) =>
        new(StatusCodes.Status400BadRequest, code, detail, errors);

    public static ProblemException Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static ProblemException KeyReused() => new(
        StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused",
        "This Idempotency-Key came with another request before. Use a new key for a new request.");
}
