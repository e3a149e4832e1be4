using System.Text.Json.Serialization;
using Sos.Workflows.Json;

namespace Sos.Api.Problems;

/// <summary>Why a request was not done (RFC 9457).</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A stable code, for programs.</param>
/// <param name="Detail">A sentence: what is wrong, and what to do.</param>
/// <param name="TraceId">The request's trace, to find it in logs and traces.</param>
/// <param name="Errors">Each single problem, where there can be several.</param>
public sealed record Problem(
    string Title,
    int Status,
    string Code,
    string Detail,
    string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<JsonProblem>? Errors);
