using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.File;

/// <summary>A file's bytes as a value of the output, and a config's values as bytes.</summary>
internal static class FileContent
{
    // Leaves room for what an output, a step and an API's answer put around it: readers stop at 64.
    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 50 };

    /// <summary>The bytes as the config wants them.</summary>
    /// <exception cref="FileContentException">They are nothing such.</exception>
    public static JsonElement Read(ReadOnlyMemory<byte> bytes, string contentType, FileConfig config) => Form(config.As, contentType) switch
    {
        FileForm.Json => Json(FileText.Decode(bytes.Span, config.Encoding)),
        FileForm.Csv => FileCsv.Read(FileText.Decode(bytes.Span, config.Encoding), contentType == "text/tab-separated-values" && config.Delimiter == "," ? config with { Delimiter = "\t" } : config),
        FileForm.Text => String(StorableJson.Clean(FileText.Decode(bytes.Span, config.Encoding))),
        _ => String(Convert.ToBase64String(bytes.Span)),
    };

    /// <summary>The bytes that the config wants written.</summary>
    /// <param name="config">The config, with one content.</param>
    /// <param name="goesOn">Whether they are added to a file that has some already.</param>
    /// <exception cref="FileContentException">There is no content, or it can't be written so.</exception>
    public static byte[] Write(FileConfig config, bool goesOn)
    {
        if (config.Text is { } text)
            return FileText.Encode(text, config.Encoding, goesOn);
        if (config.Rows is { } rows)
            return FileText.Encode(FileCsv.Write(rows, config, goesOn), config.Encoding, goesOn);
        if (config.Json.ValueKind != JsonValueKind.Undefined)
            return [.. JsonSerializer.SerializeToUtf8Bytes(config.Json, Relaxed), (byte)'\n'];
        try
        {
            return Convert.FromBase64String(config.Base64 ?? throw new FileContentException("There is nothing to write: give text, json, rows or base64."));
        }
        catch (FormatException)
        {
            throw new FileContentException("base64 is not base64.");
        }
    }

    // Files are no web pages: an ü stays an ü.
    private static readonly JsonTypeInfo<JsonElement> Relaxed = (JsonTypeInfo<JsonElement>)new JsonSerializerOptions
    {
        TypeInfoResolver = FileJson.Default,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    }.GetTypeInfo(typeof(JsonElement));

    private static FileForm Form(FileForm wanted, string contentType) => wanted != FileForm.Auto ? wanted : contentType switch
    {
        "application/json" => FileForm.Json,
        "text/csv" or "text/tab-separated-values" => FileForm.Csv,
        "application/xml" or "application/yaml" or "application/toml" or "application/jsonl" or "application/x-ndjson" or "application/javascript" or "image/svg+xml" => FileForm.Text,
        _ => contentType.StartsWith("text/", StringComparison.Ordinal) ? FileForm.Text : FileForm.Base64,
    };

    private static JsonElement Json(string text)
    {
        try
        {
            return StorableJson.Clean(JsonElement.Parse(text, Bounded));
        }
        catch (JsonException e)
        {
            throw new FileContentException($"The file is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} of it can't be read.");
        }
    }

    private static JsonElement String(string text) => JsonSerializer.SerializeToElement(text, FileJson.Default.String);
}
