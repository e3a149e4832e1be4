using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Connectors;

namespace Sos.Api.Connectors;

/// <summary>A document that a request brings in its body, and what its query says of it.</summary>
/// <param name="Document">The document.</param>
/// <param name="Options">What it does not say.</param>
internal sealed record ConnectorUpload(ReadOnlyMemory<byte> Document, ConnectorDocumentOptions Options)
{
    /// <summary>The media types that a document may come in, beside JSON's.</summary>
    public static readonly string[] OtherTypes = ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"];

    /// <summary>How many characters a connector's id may have.</summary>
    public const int MaxId = 63;

    /// <summary>How many characters a connector's title may have where an OpenAPI document's is replaced.</summary>
    public const int MaxTitle = 100;

    /// <summary>How many characters a base URL may have where an OpenAPI document's is replaced.</summary>
    public const int MaxUrl = 2_000;

    /// <summary>Reads the body and the query.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">The id that the connector must have; null for what the query or the document says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ProblemException">400, 413 or 415.</exception>
    public static async Task<ConnectorUpload> ReceiveAsync(HttpContext context, string? id, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        var options = OptionsOf(id ?? query["id"].ToString(), query["title"].ToString(), query["baseUrl"].ToString());
        var mediaType = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        if (mediaType != "application/json" && !OtherTypes.Contains(mediaType))
            throw new ProblemException(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"Send the document as application/json or as {string.Join(", ", OtherTypes)}.");
        var body = await RequestBody.ReadAsync(context, ConnectorDocument.MaxBytes, cancellationToken);
        if (body.IsEmpty)
            throw new ProblemException(StatusCodes.Status400BadRequest, "body_missing", "The request needs a manifest or an OpenAPI document as its body.");
        return new ConnectorUpload(body, options);
    }

    /// <summary>What somebody says beside a document; empty texts count as not said.</summary>
    /// <exception cref="ProblemException">400: one of them is too long.</exception>
    public static ConnectorDocumentOptions OptionsOf(string id, string title, string baseUrl)
    {
        return new ConnectorDocumentOptions { Id = Text("id", id, MaxId), Title = Text("title", title, MaxTitle), BaseUrl = Text("baseUrl", baseUrl, MaxUrl) };

        static string? Text(string name, string text, int length) =>
            text.Length == 0 ? null
            : text.Length <= length && !text.Any(char.IsControl) ? text
            : throw ProblemCatalog.InvalidParameter(name, $"at most {length} characters");
    }
}
