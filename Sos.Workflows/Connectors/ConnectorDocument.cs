using System.Text;
using System.Text.Json;
using Sos.Workflows.Connectors.OpenApi;
using Sos.Workflows.Json;

namespace Sos.Workflows.Connectors;

/// <summary>Reads what somebody gives to make a connector of: a manifest or an OpenAPI document, as JSON or YAML.</summary>
public static class ConnectorDocument
{
    /// <summary>The largest document, in bytes.</summary>
    public const int MaxBytes = OpenApiImport.MaxBytes;

    private const int MaxDepth = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a document.</summary>
    /// <param name="utf8">The document in UTF-8.</param>
    /// <param name="options">What it does not say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static ConnectorReading Read(ReadOnlyMemory<byte> utf8, ConnectorDocumentOptions options, CancellationToken cancellationToken = default)
    {
        if (utf8.Length > MaxBytes)
            return Refused(JsonProblemCodes.TooLarge, $"The document has {utf8.Length:N0} bytes; at most {MaxBytes:N0} are read.");
        JsonElement document;
        try
        {
            document = Parse(utf8);
        }
        catch (FormatException e)
        {
            return Refused("invalid_document", $"The document is neither JSON nor YAML. {e.Message}");
        }
        if (OpenApiImport.IsOpenApi(document))
        {
            return options.Id is { } id
                ? OpenApiImport.Read(document, new OpenApiImportOptions { Id = id, Title = options.Title, BaseUrl = options.BaseUrl }, cancellationToken)
                : Refused("id_missing", "An OpenAPI document does not say what workflows call the connector by. Say it with the parameter id, such as id=petstore.", ConnectorReading.OpenApi);
        }
        if (utf8.Length > ManifestReader.MaxLength)
            return Refused(JsonProblemCodes.TooLarge, $"The manifest has {utf8.Length:N0} bytes; at most {ManifestReader.MaxLength:N0} are read.");
        var manifest = ManifestReader.Read(document, out var problems);
        if (manifest is { Id: var own } && options.Id is { } expected && own != expected)
            (manifest, problems) = (null, [new("/id", "other_id", $"The manifest's id is '{own}', and the connector's is '{expected}'.")]);
        return new ConnectorReading { Source = ConnectorReading.ByHand, Manifest = manifest, Problems = problems };
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        var text = utf8.Span;
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        try
        {
            if (text.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
                return JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return YamlText.ToJson(StrictUtf8.GetString(text));
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("It is not valid UTF-8.", e);
        }
    }

    private static ConnectorReading Refused(string code, string message, string source = ConnectorReading.ByHand) => new() { Source = source, Problems = [new("", code, message)] };
}

/// <summary>What a document does not say of the connector that it becomes.</summary>
public sealed record ConnectorDocumentOptions
{
    /// <summary>The connector's id; an OpenAPI document needs it, a manifest must agree with it. Null: as the manifest says.</summary>
    public string? Id { get; init; }

    /// <summary>What people call the connector of an OpenAPI document; null as the document does.</summary>
    public string? Title { get; init; }

    /// <summary>Where the API of an OpenAPI document is; null as the document says.</summary>
    public string? BaseUrl { get; init; }
}
