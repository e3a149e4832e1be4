using System.Text.Json;
using Sos.Executors.Files;
using Sos.Executors.Outbound;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Http;

/// <summary>What a definition's <c>http</c> config must satisfy beyond its schema.</summary>
internal static class HttpConfigCheck
{
    private static readonly string[] Bodies = ["json", "form", "text", "file", "multipart"];

    /// <summary>Lists what is wrong.</summary>
    public static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        if (config.TryGetProperty("url", out var url) && url.ValueKind == JsonValueKind.String && UrlProblem(url.GetString()!) is { } problem)
            yield return new ConfigProblem("/url", "invalid_url", problem);

        string[] bodies = [.. Bodies.Where(b => config.TryGetProperty(b, out _))];
        foreach (var extra in bodies.Skip(1))
            yield return new ConfigProblem($"/{extra}", "invalid_config", $"A request has one body; remove {extra} or {bodies[0]}.");

        if (config.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (var header in headers.EnumerateObject())
            {
                if (OutboundHeaders.NameProblem(header.Name) is { } nameProblem)
                    yield return new ConfigProblem($"/headers/{header.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", "invalid_header", nameProblem);
            }
        }
        if (config.TryGetProperty("auth", out var auth) && auth.ValueKind == JsonValueKind.Object && MissingCredential(auth) is { } missing)
            yield return new ConfigProblem("/auth", "invalid_config", missing);
        if (config.TryGetProperty("auth", out _) && config.TryGetProperty("credential", out _))
            yield return new ConfigProblem("/credential", "invalid_config", "Authentication comes from auth or from credential; remove one of them.");
        foreach (var wrong in FileProblems(config).Concat(MultipartProblems(config)).Concat(AnswerProblems(config)))
            yield return wrong;
    }

    /// <summary>What is missing or too much in <c>pagination</c>; null if nothing.</summary>
    public static string? PagingProblem(string type, bool next, bool query, bool body, bool hasJsonObject)
    {
        type = type.ToLowerInvariant();
        if (type is "nexturl" or "cursor" && !next)
            return $"Pagination by {(type == "cursor" ? "cursor" : "nextUrl")} needs next, a JSON pointer into the body.";
        if (type is "link" or "nexturl")
            return query || body ? "Pagination by link and by nextUrl takes the next page's URL as it is; remove query and body." : null;
        if (query == body)
            return "Pagination by cursor, page and offset needs either query, a parameter's name, or body, a property of the JSON body.";
        return body && !hasJsonObject ? "pagination.body sets a property of the JSON body, so json must be an object." : null;
    }

    private static IEnumerable<ConfigProblem> FileProblems(JsonElement config)
    {
        (string Pointer, JsonElement Path)[] paths =
        [
            .. config.TryGetProperty("file", out var file) ? [("/file", file)] : Array.Empty<(string, JsonElement)>(),
            .. config.TryGetProperty("download", out var download) && download.ValueKind == JsonValueKind.Object && download.TryGetProperty("path", out var path)
                ? [("/download/path", path)] : Array.Empty<(string, JsonElement)>(),
            .. Parts(config).Where(p => p.Part.TryGetProperty("file", out _)).Select(p => ($"/multipart/{p.Index}/file", p.Part.GetProperty("file"))),
        ];
        foreach (var (pointer, text) in paths)
        {
            if (text.ValueKind == JsonValueKind.String && !ScalarText.IsTemplate(text) && !FilePath.TryParse(text.GetString(), out _, out var problem))
                yield return new ConfigProblem(pointer, FileErrorCodes.PathNotAllowed, problem);
        }
    }

    private static IEnumerable<ConfigProblem> MultipartProblems(JsonElement config)
    {
        foreach (var (index, part) in Parts(config))
        {
            if (part.TryGetProperty("file", out _) == part.TryGetProperty("value", out _))
                yield return new ConfigProblem($"/multipart/{index}", "invalid_config", "A part has either value or file.");
        }
        if (config.TryGetProperty("multipart", out _) && config.TryGetProperty("contentType", out _))
            yield return new ConfigProblem("/contentType", "invalid_config", "contentType goes with text and file; the parts of multipart have their own.");
    }

    private static IEnumerable<ConfigProblem> AnswerProblems(JsonElement config)
    {
        var isHead = config.TryGetProperty("method", out var method) && method.ValueKind == JsonValueKind.String && method.ValueEquals("HEAD");
        var type = config.TryGetProperty("responseType", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "auto";
        var downloads = config.TryGetProperty("download", out _);
        if (downloads && type != "auto")
            yield return new ConfigProblem("/responseType", "invalid_config", "download saves the body as it is; remove responseType.");
        if (downloads && isHead)
            yield return new ConfigProblem("/download", "invalid_config", "The answer to HEAD has no body to save.");
        if (!config.TryGetProperty("pagination", out var pagination))
            yield break;
        if (downloads)
            yield return new ConfigProblem("/download", "invalid_config", "download saves one answer, and pagination asks for several; remove one of them.");
        if (type is not ("auto" or "json") && !ScalarText.IsTemplate(value))
            yield return new ConfigProblem("/responseType", "invalid_config", "pagination reads JSON; remove responseType.");
        if (isHead)
            yield return new ConfigProblem("/pagination", "invalid_config", "The answer to HEAD has no items.");
        if (pagination.ValueKind != JsonValueKind.Object || !pagination.TryGetProperty("type", out var way) || way.ValueKind != JsonValueKind.String || ScalarText.IsTemplate(way))
            yield break;
        var hasJson = config.TryGetProperty("json", out var json) && (json.ValueKind == JsonValueKind.Object || ScalarText.IsTemplate(json));
        if (PagingProblem(way.GetString()!, pagination.TryGetProperty("next", out _), pagination.TryGetProperty("query", out _), pagination.TryGetProperty("body", out _), hasJson) is { } problem)
            yield return new ConfigProblem("/pagination", "invalid_config", problem);
    }

    private static IEnumerable<(int Index, JsonElement Part)> Parts(JsonElement config) =>
        config.TryGetProperty("multipart", out var parts) && parts.ValueKind == JsonValueKind.Array
            ? parts.EnumerateArray().Index().Where(p => p.Item.ValueKind == JsonValueKind.Object)
            : [];

    private static string? MissingCredential(JsonElement auth)
    {
        var type = auth.TryGetProperty("type", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        var needed = type switch
        {
            "basic" => "username",
            "bearer" => "token",
            "apiKey" => "value",
            _ => null,
        };
        return needed is null || auth.TryGetProperty(needed, out _) ? null : $"Authentication of type {type} needs {needed}.";
    }

    // Of a URL with expressions, only what stands before the first is known.
    private static string? UrlProblem(string url)
    {
        var expression = url.IndexOf("{{", StringComparison.Ordinal);
        if (expression < 0)
            return OutboundUrl.TryParse(url, out _, out var problem) ? null : problem;
        var known = url[..expression].Trim();
        var scheme = known.IndexOf("://", StringComparison.Ordinal);
        return scheme >= 0 && known[..scheme].ToLowerInvariant() is not ("http" or "https")
            ? $"The URL's scheme is '{known[..scheme]}'; only http and https are called."
            : null;
    }
}
