using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sos.Executors.Nodes.File;
using Sos.Executors.Secrets;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>Turns a response's bytes into JSON, text or base64.</summary>
internal static class HttpBody
{
    // Leaves room for what an output, a step and an API's answer put around it: readers stop at 64.
    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 50 };

    /// <summary>Null.</summary>
    public static readonly JsonElement Null = JsonElement.Parse("null"u8);
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Media types that are text although their names don't begin so.
    private static readonly HashSet<string> Textual = new(StringComparer.OrdinalIgnoreCase)
    {
        "application/xml", "application/javascript", "application/ecmascript", "application/x-www-form-urlencoded", "application/yaml",
        "application/x-yaml", "application/toml", "application/graphql", "application/sql",
        "application/rtf", "application/xml-dtd", "application/pgp-signature", "application/x-pem-file",
    };

    /// <summary>The body's value in the node's output; null if the type is JSON or CSV and the body is not.</summary>
    public static JsonElement? Read(ReadOnlyMemory<byte> body, HttpContentHeaders headers, HttpResponseType type)
    {
        if (body.IsEmpty)
            return type is HttpResponseType.Text or HttpResponseType.Base64 ? String("") : Null;
        switch (type)
        {
            case HttpResponseType.None:
                return Null;
            case HttpResponseType.Base64:
                return Base64(body);
            case HttpResponseType.Text:
                return String(StorableJson.Clean(Decode(body, headers)));
            case HttpResponseType.Json:
                return TryJson(body, headers, out var json) ? json : null;
            case HttpResponseType.Csv:
                return Csv(body, headers);
        }

        // What is still encoded (a Content-Encoding that is not known here) is no text.
        var mediaType = headers.ContentEncoding.Count > 0 ? "application/octet-stream" : headers.ContentType?.MediaType;
        if (IsJson(mediaType) && TryJson(body, headers, out var parsed))
            return parsed;
        if (IsJsonLines(mediaType) && TryJsonLines(body, headers, out var lines))
            return lines;
        if (IsForm(mediaType) && TryForm(Decode(body, headers), out var form))
            return form;
        if (IsText(mediaType) || IsJsonLines(mediaType) || IsJson(mediaType) || (mediaType is null && IsUtf8(body.Span)))
            return String(StorableJson.Clean(Decode(body, headers)));
        return Base64(body);
    }

    /// <summary>The start of a body for people to read; null if there is none or it is not text.</summary>
    public static string? Excerpt(ReadOnlyMemory<byte> start, HttpContentHeaders headers, SecretScrubber secrets)
    {
        var mediaType = headers.ContentType?.MediaType;
        if (start.IsEmpty || headers.ContentEncoding.Count > 0 || !(mediaType is null || IsJson(mediaType) || IsText(mediaType)))
            return null;
        // A character cut in half at the end decodes to a replacement character.
        return secrets.ApplyToStart(StorableJson.Clean(Decode(start, headers).TrimEnd('\uFFFD')));
    }

    private static bool IsJson(string? mediaType) => mediaType is not null
        && (mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.Equals("text/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static bool IsJsonLines(string? mediaType) => mediaType is not null
        && (mediaType.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase)
            || mediaType.Equals("application/ndjson", StringComparison.OrdinalIgnoreCase)
            || mediaType.Equals("application/jsonl", StringComparison.OrdinalIgnoreCase));

    private static bool IsForm(string? mediaType) => mediaType?.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsText(string? mediaType) => mediaType is not null
        && (mediaType.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+xml", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+yaml", StringComparison.OrdinalIgnoreCase)
            || Textual.Contains(mediaType));

    private static bool IsUtf8(ReadOnlySpan<byte> body)
    {
        try
        {
            StrictUtf8.GetCharCount(body);
            return !body.Contains((byte)0);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    // RFC 8259 §8.1: JSON between systems is UTF-8; a charset parameter is honoured where a sender names another.
    private static bool TryJson(ReadOnlyMemory<byte> body, HttpContentHeaders headers, out JsonElement json)
    {
        json = default;
        try
        {
            if (Charset(body.Span, headers) is not UTF8Encoding)
                body = Encoding.UTF8.GetBytes(Decode(body, headers));
            else if (body.Span.StartsWith(Encoding.UTF8.Preamble))
                body = body[Encoding.UTF8.Preamble.Length..];
            json = JsonElement.Parse(StorableJson.Clean(body).Span, Bounded);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // One JSON value on each line.
    private static bool TryJsonLines(ReadOnlyMemory<byte> body, HttpContentHeaders headers, out JsonElement list)
    {
        list = default;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(body.Length + 2);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartArray();
        foreach (var line in Decode(body, headers).EnumerateLines())
        {
            if (line.IsWhiteSpace())
                continue;
            try
            {
                StorableJson.Clean(JsonElement.Parse(line, Bounded)).WriteTo(writer);
            }
            catch (JsonException)
            {
                return false;
            }
        }
        writer.WriteEndArray();
        writer.Flush();
        list = JsonElement.Parse(buffer.WrittenSpan);
        return true;
    }

    // Values by name; a name that is there more than once has a list.
    private static bool TryForm(string text, out JsonElement form)
    {
        form = default;
        var fields = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var pair in text.Trim().Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Replace('+', ' ').Split('=', 2);
            var name = Uri.UnescapeDataString(parts[0]);
            if (!fields.TryGetValue(name, out var values))
                fields[name] = values = [];
            values.Add(parts.Length > 1 ? StorableJson.Clean(Uri.UnescapeDataString(parts[1])) : "");
        }
        if (fields.Keys.Any(n => n.Any(char.IsControl)))
            return false;
        form = JsonSerializer.SerializeToElement(
            fields.ToDictionary(f => f.Key, f => f.Value is [var one] ? String(one) : JsonSerializer.SerializeToElement(f.Value, HttpJson.Default.ListString)),
            HttpJson.Default.DictionaryStringJsonElement);
        return true;
    }

    private static JsonElement? Csv(ReadOnlyMemory<byte> body, HttpContentHeaders headers)
    {
        try
        {
            return FileCsv.Read(Decode(body, headers), new FileConfig { MaxRows = int.MaxValue });
        }
        catch (FileContentException)
        {
            return null;
        }
    }

    private static string Decode(ReadOnlyMemory<byte> body, HttpContentHeaders headers)
    {
        var encoding = Charset(body.Span, headers);
        var span = body.Span;
        return encoding.GetString(span.StartsWith(encoding.Preamble) ? span[encoding.Preamble.Length..] : span);
    }

    // A byte order mark outranks the header (as in browsers); without either, UTF-8.
    private static Encoding Charset(ReadOnlySpan<byte> body, HttpContentHeaders headers)
    {
        foreach (var marked in (ReadOnlySpan<Encoding>)[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            if (body.StartsWith(marked.Preamble))
                return marked;
        }
        var name = headers.ContentType?.CharSet?.Trim(' ', '"', '\'');
        if (string.IsNullOrEmpty(name))
            return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // A charset that nobody knows: what is not UTF-8 shows as replacement characters.
            return Encoding.UTF8;
        }
    }

    private static JsonElement Base64(ReadOnlyMemory<byte> body) => String(Convert.ToBase64String(body.Span));

    private static JsonElement String(string text) => JsonSerializer.SerializeToElement(text, HttpJson.Default.String);
}
