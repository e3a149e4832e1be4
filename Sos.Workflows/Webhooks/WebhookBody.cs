using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sos.Workflows.Json;

namespace Sos.Workflows.Webhooks;

/// <summary>
/// What a workflow gets of a call: <c>{method, headers, query, body, contentType, receivedAt}</c>. The body is parsed
/// by its content type: JSON as it is, a form as an object, text as a text, anything else as base64.
/// </summary>
public static class WebhookBody
{
    private const int MaxFormFields = 1_000;

    /// <summary>Headers that say who the caller is, or belong to the connection; workflows, and so logs, don't get them.</summary>
    private static readonly HashSet<string> Hidden = new(StringComparer.Ordinal)
    {
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-hub-signature", "x-hub-signature-256", "stripe-signature",
        "x-slack-signature", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection",
    };

    private static readonly string[] HiddenParts = ["signature", "secret", "token", "password", "api-key", "apikey", "hmac"];

    /// <summary>Makes the input.</summary>
    /// <param name="call">The call.</param>
    /// <param name="verification">How its caller was recognized.</param>
    /// <param name="problem">What is wrong with the body; null for nothing.</param>
    /// <returns>The input; undefined where something is wrong.</returns>
    public static JsonElement ToInput(WebhookCall call, WebhookVerification verification, out JsonProblem? problem)
    {
        var output = new ArrayBufferWriter<byte>(call.Body.Length + 4_096);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("method", call.Method);
            json.WriteStartObject("headers");
            foreach (var (name, value) in call.Headers.OrderBy(h => h.Key, StringComparer.Ordinal))
            {
                if (!Hides(name, verification) && !HoldsToken(value, call.Token))
                    json.WriteString(name, StorableJson.Clean(value));
            }
            json.WriteEndObject();
            json.WritePropertyName("query");
            WriteFields(json, call.Query);
            json.WritePropertyName("body");
            problem = WriteBody(json, call);
            if (problem is not null)
                return default;
            json.WriteString("contentType", call.ContentType is { } type ? StorableJson.Clean(type) : null);
            json.WriteString("receivedAt", call.ReceivedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }
        return JsonElement.Parse(output.WrittenSpan);
    }

    private static bool Hides(string name, WebhookVerification verification) =>
        Hidden.Contains(name)
        || Array.Exists(HiddenParts, p => name.Contains(p, StringComparison.Ordinal))
        || name.Equals(verification.Header, StringComparison.OrdinalIgnoreCase);

    /// <summary>Proxies add the path that they were called with, under many names, such as <c>X-Original-URL</c> and <c>X-Forwarded-Uri</c>.</summary>
    private static bool HoldsToken(string value, string? token) => token is { Length: > 0 } && value.Contains(token, StringComparison.OrdinalIgnoreCase);

    private static JsonProblem? WriteBody(Utf8JsonWriter json, WebhookCall call)
    {
        if (call.Body.IsEmpty)
        {
            json.WriteNullValue();
            return null;
        }
        var type = MediaTypeHeaderValue.TryParse(call.ContentType, out var parsed) ? parsed.MediaType?.ToLowerInvariant() ?? "" : "";
        if (type == "application/json" || type.EndsWith("+json", StringComparison.Ordinal))
        {
            if (StorableJson.Check(call.Body.Span, new StorableJsonLimits { MaxDepth = 60, MaxBytes = int.MaxValue }) is [var first, ..])
                return first with { Pointer = "/body" + first.Pointer };
            json.WriteRawValue(call.Body.Span, skipInputValidation: true);
        }
        else if (type == "application/x-www-form-urlencoded")
        {
            if (Form(call.Body.Span) is not { } fields)
                return new JsonProblem("/body", "invalid_form", $"The form is not valid UTF-8, or has more than {MaxFormFields:N0} fields.");
            WriteFields(json, fields);
        }
        else if ((type.StartsWith("text/", StringComparison.Ordinal) || type is "application/xml" || type.EndsWith("+xml", StringComparison.Ordinal)) && Text(call.Body.Span, parsed?.CharSet) is { } text)
        {
            json.WriteStringValue(StorableJson.Clean(text));
        }
        else
        {
            json.WriteBase64StringValue(call.Body.Span);
        }
        return null;
    }

    /// <summary>Writes fields; one that comes several times becomes an array.</summary>
    private static void WriteFields(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> fields)
    {
        json.WriteStartObject();
        foreach (var (name, values) in fields)
        {
            json.WritePropertyName(StorableJson.Clean(name));
            if (values.Count == 1)
            {
                json.WriteStringValue(StorableJson.Clean(values[0]));
                continue;
            }
            json.WriteStartArray();
            foreach (var value in values)
                json.WriteStringValue(StorableJson.Clean(value));
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static Dictionary<string, IReadOnlyList<string>>? Form(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
            return null;
        var fields = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var pairs = Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries);
        if (pairs.Length > MaxFormFields)
            return null;
        foreach (var pair in pairs)
        {
            var split = pair.Split('=', 2);
            var name = Uri.UnescapeDataString(split[0].Replace('+', ' '));
            var value = split.Length > 1 ? Uri.UnescapeDataString(split[1].Replace('+', ' ')) : "";
            fields[name] = fields.TryGetValue(name, out var earlier) ? [.. earlier, value] : [value];
        }
        return fields;
    }

    private static string? Text(ReadOnlySpan<byte> body, string? charset)
    {
        switch (charset?.Trim('"').ToLowerInvariant())
        {
            case null or "" or "utf-8" or "utf8" or "us-ascii":
                return Utf8.IsValid(body) ? Encoding.UTF8.GetString(body) : null;
            case "iso-8859-1" or "latin1":
                return Encoding.Latin1.GetString(body);
            default:
                return null;
        }
    }
}
