using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Json;

namespace Sos.Executors.Connectors.Http;

/// <summary>A request's body before it is encoded.</summary>
/// <param name="Content">What it says; null for nothing.</param>
/// <param name="Action">How it is encoded.</param>
/// <param name="Lists">How lists among the members of a form go, by name.</param>
internal sealed record RequestBody(JsonNode? Content, ConnectorAction Action, IReadOnlyDictionary<string, ListStyle> Lists)
{
    /// <summary>Renders the template of an action's body and puts the parameters into it that belong there.</summary>
    public static RequestBody Of(ActionPlan plan, JsonElement rendered, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var content = plan.Body is null ? null : WithoutAbsent(plan.Action.Body, rendered);
        var lists = new Dictionary<string, ListStyle>(StringComparer.Ordinal);
        foreach (var parameter in plan.Parameters.Where(p => p.Place is ParameterPlace.Body or ParameterPlace.WholeBody))
        {
            if (!arguments.TryGetValue(parameter.Name, out var value))
                continue;
            var node = value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(value.GetRawText());
            if (parameter.Place == ParameterPlace.WholeBody)
            {
                content = node;
                continue;
            }
            content ??= new JsonObject();
            Put(content, parameter.Target.StartsWith('/') ? JsonPointer.Segments(parameter.Target) : [parameter.Target], node);
            lists[parameter.Target] = parameter.Parameter.List;
        }
        return new RequestBody(content, plan.Action, lists);
    }

    /// <summary>The same with another value at a JSON pointer.</summary>
    public RequestBody With(string pointer, JsonNode? value)
    {
        var content = Content?.DeepClone() ?? new JsonObject();
        Put(content, JsonPointer.Segments(pointer), value);
        return this with { Content = content };
    }

    /// <summary>The bytes and their media type.</summary>
    /// <exception cref="ConnectorException">The body is not what its encoding needs.</exception>
    public async Task<(ReadOnlyMemory<byte>? Bytes, string? ContentType)> EncodeAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        if (Content is null)
            return (null, null);
        switch (Action.Encoding)
        {
            case BodyEncoding.Json:
                return (JsonSerializer.SerializeToUtf8Bytes(Content, ConnectorRequestJson.Default.JsonNode), Action.ContentType ?? "application/json");
            case BodyEncoding.Text:
                return (Encoding.UTF8.GetBytes(Content is JsonValue text && text.TryGetValue(out string? plain) ? plain : Content.ToJsonString()), Action.ContentType ?? "text/plain; charset=utf-8");
            case BodyEncoding.Form:
                var pairs = Members().SelectMany(m => ParameterText.Pairs(m.Name, m.Value, Lists.GetValueOrDefault(m.Name, ListStyle.Repeat)));
                return (Encoding.ASCII.GetBytes(QueryString.Encode(pairs).Replace("%20", "+", StringComparison.Ordinal)), Action.ContentType ?? "application/x-www-form-urlencoded");
            default:
                return await MultipartAsync(idempotencyKey, cancellationToken);
        }
    }

    private async Task<(ReadOnlyMemory<byte>?, string?)> MultipartAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        // The same request has the same boundary, so that a service that compares them sees no other.
        var boundary = "sos-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(idempotencyKey)))[..32];
        using var content = new MultipartFormDataContent(boundary) { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        foreach (var (name, value) in Members())
        {
            if (value.ValueKind == JsonValueKind.Array && Lists.GetValueOrDefault(name, ListStyle.Repeat) is ListStyle.Repeat or ListStyle.Brackets)
            {
                foreach (var one in value.EnumerateArray())
                    AddPart(content, name, one);
            }
            else
            {
                AddPart(content, name, value);
            }
        }
        return (await content.ReadAsByteArrayAsync(cancellationToken), $"multipart/form-data; boundary={boundary}");
    }

    private static void AddPart(MultipartFormDataContent content, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("base64", out var base64))
        {
            var part = new ByteArrayContent(Bytes(name, ScalarText.Of(base64) ?? ""));
            var type = value.TryGetProperty("contentType", out var given) ? ScalarText.Of(given) : null;
            part.Headers.ContentType = MediaTypeHeaderValue.TryParse(type, out var parsed) ? parsed : new MediaTypeHeaderValue("application/octet-stream");
            var file = value.TryGetProperty("fileName", out var named) && ScalarText.Of(named) is { Length: > 0 } fileName ? fileName : "file";
            part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"{Escape(name)}\"; filename=\"{Escape(file)}\"");
            content.Add(part);
        }
        else if (ParameterText.Text(value) is { } text)
        {
            var part = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
            part.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"{Escape(name)}\"");
            content.Add(part);
        }
    }

    /// <summary>A file's bytes; services write base64 in either alphabet (RFC 4648 §4, §5).</summary>
    private static byte[] Bytes(string name, string base64)
    {
        var plain = base64.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var bytes = new byte[(plain.Length * 3 / 4) + 3];
        return Convert.TryFromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='), bytes, out var length)
            ? bytes[..length]
            : throw new ConnectorException("invalid_arguments", $"'{name}': base64 is not base64.");
    }

    // As browsers do (HTML, multipart/form-data): a name can't end its quotes or its line.
    private static string Escape(string text) => text.Any(c => char.IsControl(c) && c is not ('\r' or '\n'))
        ? throw new ConnectorException("invalid_arguments", "The name of a file or a form's field has a control character.")
        : text.Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private IEnumerable<(string Name, JsonElement Value)> Members() => Content is JsonObject members
        ? members.Select(m => (m.Key, m.Value is null ? Null : JsonElement.Parse(m.Value.ToJsonString())))
        : throw new ConnectorException("invalid_arguments", $"The body is sent as a form and must be an object of its fields.");

    private static readonly JsonElement Null = JsonElement.Parse("null"u8);

    private static void Put(JsonNode root, ReadOnlySpan<string> path, JsonNode? value)
    {
        var at = root as JsonObject ?? throw new ConnectorException("invalid_arguments", "The body is no object, so that parameters can't be put into it.");
        foreach (var name in path[..^1])
        {
            if (at[name] is not JsonObject inner)
                at[name] = inner = [];
            at = inner;
        }
        at[path[^1]] = value;
    }

    /// <summary>What a template became, without the members and items whose expression gave null.</summary>
    private static JsonNode? WithoutAbsent(JsonElement template, JsonElement rendered)
    {
        switch (rendered.ValueKind)
        {
            case JsonValueKind.Object when template.ValueKind == JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in rendered.EnumerateObject())
                {
                    var written = template.GetProperty(member.Name);
                    if (member.Value.ValueKind != JsonValueKind.Null || !ScalarText.IsTemplate(written))
                        members[member.Name] = WithoutAbsent(written, member.Value);
                }
                return members;
            case JsonValueKind.Array when template.ValueKind == JsonValueKind.Array:
                var items = new JsonArray();
                for (var i = 0; i < rendered.GetArrayLength(); i++)
                {
                    if (rendered[i].ValueKind != JsonValueKind.Null || !ScalarText.IsTemplate(template[i]))
                        items.Add(WithoutAbsent(template[i], rendered[i]));
                }
                return items;
            case JsonValueKind.Null:
                return null;
            default:
                return JsonNode.Parse(rendered.GetRawText());
        }
    }
}
