using System.Text.Json;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// Reads <c>OTEL_EXPORTER_OTLP_HEADERS</c> in its two forms: the standard's <c>key=value,key2=value2</c> with
/// percent-encoded values, and a JSON object of strings. Values are secrets: no message ever holds one.
/// </summary>
static class OtlpHeaders
{
    const int MaxLength = 16 * 1024;
    const int MaxCount = 64;

    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Returns the headers, or null and what is wrong (never a value).</summary>
    public static IReadOnlyDictionary<string, string>? Parse(string? text, out string? problem)
    {
        problem = null;
        if (string.IsNullOrWhiteSpace(text))
            return None;
        if (text.Length > MaxLength)
        {
            problem = $"is longer than {MaxLength} characters";
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        problem = text.TrimStart().StartsWith('{') ? ReadJson(text, headers) : ReadPairs(text, headers);
        problem ??= headers.Count > MaxCount ? $"has more than {MaxCount} headers" : null;
        return problem is null ? headers : null;
    }

    static string? ReadJson(string text, Dictionary<string, string> headers)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 2 });
            foreach (var header in json.RootElement.EnumerateObject())
            {
                if (header.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                    return $"holds a value for \"{Printable(header.Name)}\" that is not a string";
                var value = header.Value.ValueKind == JsonValueKind.String ? header.Value.GetString()! : header.Value.GetRawText();
                if (Add(headers, header.Name, value) is { } problem)
                    return problem;
            }

            return null;
        }
        catch (JsonException e)
        {
            return $"looks like a JSON object but can't be read as one (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})";
        }
    }

    static string? ReadPairs(string text, Dictionary<string, string> headers)
    {
        var number = 0;
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            var equals = pair.IndexOf('=');
            if (equals < 1)
                return $"has no \"key=value\" at position {number}";
            var name = Uri.UnescapeDataString(pair[..equals].Trim());
            if (Add(headers, name, Uri.UnescapeDataString(pair[(equals + 1)..].Trim())) is { } problem)
                return problem;
        }

        return null;
    }

    static string? Add(Dictionary<string, string> headers, string name, string value)
    {
        if (name.Length == 0 || !name.All(IsTokenCharacter))
            return $"has the invalid header name \"{Printable(name)}\"";
        if (name.StartsWith("content-", StringComparison.OrdinalIgnoreCase))
            return $"names the header \"{name}\", which belongs to the request's body";
        if (value.Any(c => c is < ' ' or > '~'))
            return $"holds a value for \"{name}\" with a character that a header can't carry";
        headers[name] = value;
        return null;
    }

    // RFC 9110, 5.6.2: token.
    static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c);

    static string Printable(string name) => string.Concat(name.Take(40).Select(c => char.IsControl(c) ? '?' : c));
}
