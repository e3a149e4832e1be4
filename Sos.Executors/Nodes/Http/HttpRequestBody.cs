using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sos.Executors.Files;
using Sos.Executors.Outbound;
using Sos.Executors.Secrets;

namespace Sos.Executors.Nodes.Http;

/// <summary>The body of a request.</summary>
/// <param name="Bytes">Its bytes, where they are in memory.</param>
/// <param name="Content">Makes it anew each time it is sent, where they are not.</param>
/// <param name="ContentType">Its media type; null where <paramref name="Content"/> knows it.</param>
internal sealed record HttpRequestBody(ReadOnlyMemory<byte>? Bytes, Func<HttpContent>? Content, string? ContentType)
{
    private const string DefaultTextType = "text/plain; charset=utf-8";

    /// <summary>No body.</summary>
    public static HttpRequestBody None { get; } = new(null, null, null);

    /// <summary>The body that a config describes.</summary>
    /// <exception cref="HttpConfigException">It describes none that can be sent.</exception>
    /// <exception cref="FileStoreException">A file is not there.</exception>
    public static async Task<HttpRequestBody> OfAsync(HttpConfig config, HttpFiles files, SecretScrubber secrets, CancellationToken cancellationToken)
    {
        var hasJson = config.Json.ValueKind != JsonValueKind.Undefined;
        if ((hasJson ? 1 : 0) + (config.Form is null ? 0 : 1) + (config.Text is null ? 0 : 1) + (config.File is null ? 0 : 1) + (config.Multipart is null ? 0 : 1) > 1)
            throw new HttpConfigException("invalid_config", "The config has several bodies; keep one of json, form, text, file and multipart.");
        if (hasJson)
            return Json(config.Json);
        if (config.Form is not null)
            return Form(HttpPairs.Of(config.Form, "form").ToList(), secrets);
        if (config.Text is not null)
            return new(Encoding.UTF8.GetBytes(config.Text), null, MediaType(config.ContentType ?? DefaultTextType));
        if (config.File is not null)
        {
            var entry = await files.FindAsync(config.File, cancellationToken);
            return new(null, () => files.Content(entry), MediaType(config.ContentType ?? entry.ContentType));
        }
        return config.Multipart is null ? None : await MultipartAsync(config.Multipart, files, secrets, cancellationToken);
    }

    /// <summary>Whether the body that a config describes has fields whose names say that they hold credentials.</summary>
    public static bool NamesSecrets(HttpConfig config) =>
        config.Form?.Any(f => SensitiveNames.Contains(f.Key)) == true
        || config.Multipart?.Any(p => SensitiveNames.Contains(p.Name)) == true
        || NamesSecrets(config.Json);

    /// <summary>Whether the body that a config describes holds values of the config, and not only files.</summary>
    public static bool HasValues(HttpConfig config) =>
        config.Json.ValueKind != JsonValueKind.Undefined || config.Form is not null || config.Text is not null || config.Multipart?.Any(p => p.File is null) == true;

    /// <summary>A JSON body.</summary>
    public static HttpRequestBody Json(JsonElement value) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, HttpJson.Default.JsonElement), null, "application/json");

    private static HttpRequestBody Form(List<KeyValuePair<string, string>> fields, SecretScrubber secrets)
    {
        foreach (var (_, value) in fields.Where(f => SensitiveNames.Contains(f.Key)))
            secrets.Add(value);
        return new(Encoding.ASCII.GetBytes(HttpPairs.Encode(fields).Replace("%20", "+", StringComparison.Ordinal)), null, "application/x-www-form-urlencoded");
    }

    private static bool NamesSecrets(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(p => SensitiveNames.Contains(p.Name) || NamesSecrets(p.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(NamesSecrets),
        _ => false,
    };

    // Each part is made anew for each time the body is sent, from what was found once.
    private static async Task<HttpRequestBody> MultipartAsync(IReadOnlyList<HttpPart> parts, HttpFiles files, SecretScrubber secrets, CancellationToken cancellationToken)
    {
        var made = new List<(string Disposition, string? Type, Func<HttpContent> Make)>();
        foreach (var part in parts)
        {
            if (part.Name.Length == 0)
                throw new HttpConfigException("invalid_config", "A part of multipart has no name.");
            if ((part.File is null) == (part.Value.ValueKind == JsonValueKind.Undefined))
                throw new HttpConfigException("invalid_config", $"The part '{part.Name}' of multipart needs either value or file.");
            var type = part.ContentType is null ? null : MediaType(part.ContentType);
            if (part.File is not null)
            {
                var entry = await files.FindAsync(part.File, cancellationToken);
                var name = part.Filename ?? entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
                made.Add(($"form-data; name=\"{Escape(part.Name)}\"; filename=\"{Escape(name)}\"", type ?? entry.ContentType, () => files.Content(entry)));
                continue;
            }
            if (part.Value.ValueKind == JsonValueKind.Null)
                continue;
            var (text, ofValue) = ScalarText.Of(part.Value) is { } scalar ? (scalar, null) : (part.Value.GetRawText(), "application/json");
            if (SensitiveNames.Contains(part.Name))
                secrets.Add(text);
            var bytes = Encoding.UTF8.GetBytes(text);
            var file = part.Filename is null ? "" : $"; filename=\"{Escape(part.Filename)}\"";
            made.Add(($"form-data; name=\"{Escape(part.Name)}\"{file}", type ?? ofValue, () => new ByteArrayContent(bytes)));
        }
        return new(null, Make, null);

        MultipartFormDataContent Make()
        {
            var whole = new MultipartFormDataContent { HeaderEncodingSelector = (_, _) => Encoding.UTF8 };
            foreach (var (disposition, type, make) in made)
            {
                var content = make();
                content.Headers.TryAddWithoutValidation("Content-Disposition", disposition);
                if (type is not null)
                    content.Headers.TryAddWithoutValidation("Content-Type", type);
                whole.Add(content);
            }
            return whole;
        }
    }

    // As browsers do (HTML, multipart/form-data): a name can't end its quotes or its line.
    private static string Escape(string text) => text.Any(c => char.IsControl(c) && c is not ('\r' or '\n'))
        ? throw new HttpConfigException("invalid_config", "A name in multipart has a control character.")
        : text.Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string MediaType(string text)
    {
        if (OutboundHeaders.ValueProblem("Content-Type", text) is { } problem)
            throw new HttpConfigException("invalid_header", problem);
        return MediaTypeHeaderValue.TryParse(text, out _) ? text : throw new HttpConfigException("invalid_header", $"'{text}' is no media type, such as application/xml.");
    }
}
