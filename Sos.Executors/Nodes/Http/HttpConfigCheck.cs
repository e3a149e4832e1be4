using System.Text.Json;
using Sos.Executors.Outbound;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Http;

/// <summary>What a definition's <c>http</c> config must satisfy beyond its schema.</summary>
internal static class HttpConfigCheck
{
    private static readonly string[] Bodies = ["json", "form", "text"];

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
    }

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
