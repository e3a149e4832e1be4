using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Connectors;

namespace Sos.Api.Connectors;

/// <summary>Reads the document that a request brings: one at a time, since a large one takes seconds and hundreds of megabytes.</summary>
internal sealed class ConnectorUpload : IDisposable
{
    /// <summary>The media types that a document may come in.</summary>
    public static readonly string[] OtherTypes = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"];

    private const int SmallBytes = 256 * 1024;
    private const int MaxTitle = 100;
    private const int MaxUrl = 2_000;

    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Reads the body and what the query says of it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">The id that the connector must have; null for what the query or the document says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ProblemException">400, 413 or 415.</exception>
    public async Task<ConnectorReading> ReadAsync(HttpContext context, string? id, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        var options = new ConnectorDocumentOptions { Id = id ?? Text("id", 63), Title = Text("title", MaxTitle), BaseUrl = Text("baseUrl", MaxUrl) };
        var mediaType = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (mediaType != "application/json" && !OtherTypes.Contains(mediaType))
            throw new ProblemException(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"Send the document as application/json or as {string.Join(", ", OtherTypes)}.");
        var body = await RequestBody.ReadAsync(context, ConnectorDocument.MaxBytes, cancellationToken);
        if (body.IsEmpty)
            throw new ProblemException(StatusCodes.Status400BadRequest, "body_missing", "The request needs a manifest or an OpenAPI document as its body.");
        var isLarge = body.Length > SmallBytes;
        if (isLarge)
            await turn.WaitAsync(cancellationToken);
        try
        {
            var reading = ConnectorDocument.Read(body, options, cancellationToken);
            return reading.Manifest is { } manifest && ConnectorIds.Problem(manifest.Id) is { } problem
                ? reading with { Manifest = null, Problems = [new("/id", "invalid_id", problem)] }
                : reading;
        }
        finally
        {
            if (isLarge)
                turn.Release();
        }

        string? Text(string name, int length) => query[name].ToString() switch
        {
            "" => null,
            var text when text.Length <= length && !text.Any(char.IsControl) => text,
            _ => throw ProblemCatalog.InvalidParameter(name, $"at most {length} characters"),
        };
    }

    public void Dispose() => turn.Dispose();
}

/// <summary>What connectors may be called.</summary>
internal static class ConnectorIds
{
    /// <summary>What is wrong with an id; null if nothing.</summary>
    public static string? Problem(string id) =>
        id.Length is 0 or > 63 || id[0] == '-' || id[^1] == '-' || !id.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-')
            ? "An id has 1 to 63 small letters, digits and hyphens, with no hyphen at either end."
            : null;
}
