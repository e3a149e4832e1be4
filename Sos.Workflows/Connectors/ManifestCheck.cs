using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Workflows.Credentials;
using Sos.Workflows.Definitions;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Connectors;

/// <summary>What must be true of a manifest beyond its schema.</summary>
internal static partial class ManifestCheck
{
    private const int MaxProblems = 100;
    private static readonly TimeSpan LongestPer = TimeSpan.FromDays(1);

    // What servers and proxies agree on about messages is not a manifest's to say.
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    public static IEnumerable<JsonProblem> Of(ConnectorManifest manifest, int maxProblems = MaxProblems) => All(manifest).Take(maxProblems);

    private static IEnumerable<JsonProblem> All(ConnectorManifest manifest)
    {
        var problems = Base(manifest.BaseUrl, "/baseUrl", manifest)
            .Concat(Auth(manifest.Auth, "/auth"))
            .Concat(Templates(manifest.Headers, "/headers"))
            .Concat(Errors(manifest.Errors, "/errors"))
            .Concat(Limit(manifest.RateLimit, "/rateLimit"))
            .Concat(Providers(manifest));
        foreach (var problem in problems)
            yield return problem;
        foreach (var (name, action) in manifest.Actions)
        {
            var pointer = JsonPointer.Append("/actions", name);
            foreach (var problem in Action(action, manifest))
                yield return problem with { Pointer = pointer + problem.Pointer };
        }
        if (manifest.Actions.Count == 0 && !manifest.Providers.Any(p => p.Type == ProviderType.Mcp))
            yield return new("/actions", "no_actions", "A connector needs actions, unless a provider is an MCP server, whose tools are its actions.");
    }

    /// <summary>What is wrong with the schemas of parameters, which whoever writes a manifest can mend; what an imported description says that ours can't express is left to the service.</summary>
    public static IEnumerable<JsonProblem> OfSchemas(ConnectorManifest manifest) =>
        (from action in manifest.Actions
         from parameter in action.Value.Parameters
         from problem in JsonSchema.TryCompile(parameter.Value.Schema, out _, out var mistakes) ? [] : mistakes
         select problem with { Pointer = $"{JsonPointer.Append(JsonPointer.Append("/actions", action.Key) + "/parameters", parameter.Key)}{problem.Pointer}" }).Take(MaxProblems);

    private static IEnumerable<JsonProblem> Providers(ConnectorManifest manifest)
    {
        if (manifest.Providers.Count == 0 && manifest.BaseUrl is null)
            yield return new("/baseUrl", JsonProblemCodes.MissingProperty, "Say where the API is: baseUrl, or a baseUrl, server, url or connector for each of the providers.");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, provider) in manifest.Providers.Index())
        {
            var pointer = JsonPointer.Append("/providers", index);
            if (!ids.Add(provider.Id))
                yield return new($"{pointer}/id", "duplicate_id", $"Two providers are called '{provider.Id}'.");
            var ways = (provider.Server is null ? 0 : 1) + (provider.Url is null ? 0 : 1) + (provider.Connector is null ? 0 : 1);
            if (provider.Type == ProviderType.Mcp ? ways != 1 || provider.Connector is not null : ways > (provider.Connector is null ? 0 : 1))
                yield return new(pointer, "invalid_provider", "A provider of type mcp has a server or a url, one of both; any other may have a baseUrl or a connector.");
            if (provider.Type != ProviderType.Mcp && provider.Connector is null && provider.BaseUrl is null && manifest.BaseUrl is null)
                yield return new($"{pointer}/baseUrl", JsonProblemCodes.MissingProperty, $"The provider '{provider.Id}' has no baseUrl, and the connector has none for it.");
            if (provider.Connector == manifest.Id)
                yield return new($"{pointer}/connector", "invalid_provider", "A connector can't be its own provider.");
            if (provider.Url is not null && (!Uri.TryCreate(provider.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")))
                yield return new($"{pointer}/url", "invalid_url", "An MCP server's url is an absolute http or https URL.");
            foreach (var (name, action) in provider.Actions)
            {
                if (manifest.Actions.Count > 0 && !manifest.Actions.ContainsKey(name))
                    yield return new(JsonPointer.Append($"{pointer}/actions", name), "unknown_action", $"The connector has no action '{name}'.");
                foreach (var problem in Compiled(action.With, JsonPointer.Append($"{pointer}/actions", name) + "/with"))
                    yield return problem;
            }
            var rest = Base(provider.BaseUrl, $"{pointer}/baseUrl", manifest)
                .Concat(Auth(provider.Auth ?? [], $"{pointer}/auth"))
                .Concat(Templates(provider.Headers ?? new Dictionary<string, JsonElement>(), $"{pointer}/headers"))
                .Concat(provider.Errors is null ? [] : Errors(provider.Errors, $"{pointer}/errors"))
                .Concat(Limit(provider.RateLimit, $"{pointer}/rateLimit"));
            foreach (var problem in rest)
                yield return problem;
        }
    }

    private static IEnumerable<JsonProblem> Action(ConnectorAction action, ConnectorManifest manifest)
    {
        if (!ActionPlan.TryCreate(action, out var plan, out var problems))
        {
            foreach (var problem in problems)
                yield return problem;
            yield break;
        }
        if (action.Path.Length > 0 && (action.Path[0] != '/' || action.Path.Contains('?') || action.Path.Contains('#')))
            yield return new("/path", "invalid_path", "A path begins with '/' and holds no '?' and no '#'; what follows a '?' is said in query.");
        var inPath = plan.Parameters.Where(p => p.Place == ParameterPlace.Path).Select(p => p.Target).ToHashSet(StringComparer.Ordinal);
        foreach (var name in Placeholders(action.Path).Where(n => !inPath.Contains(n) && !manifest.Settings.ContainsKey(n) && !IsAuthPlace(manifest, n)))
            yield return new("/path", "unknown_parameter", $"The path names {{{name}}}, which is neither a parameter nor a setting.");
        foreach (var parameter in plan.Parameters)
        {
            var pointer = JsonPointer.Append("/parameters", parameter.Name);
            if (parameter is { Place: ParameterPlace.Path, Parameter.Required: false } && parameter.Parameter.Schema.TryGetProperty("default", out _) == false)
                yield return new($"{pointer}/required", "invalid_parameter", "What stands in the path must be required or have a default.");
            if (parameter.Place == ParameterPlace.Header && HeaderProblem(parameter.Target) is { } wrong)
                yield return new($"{pointer}/as", "invalid_header", wrong);
            if (parameter.Place is ParameterPlace.Body or ParameterPlace.WholeBody && action.Method is "GET" or "HEAD")
                yield return new($"{pointer}/in", "invalid_parameter", $"A {action.Method} has no body.");
        }
        if (action.Body.ValueKind != JsonValueKind.Undefined && action.Method is "GET" or "HEAD")
            yield return new("/body", "invalid_body", $"A {action.Method} has no body.");
        foreach (var header in action.Headers.Keys)
        {
            if (HeaderProblem(header) is { } problem)
                yield return new(JsonPointer.Append("/headers", header), "invalid_header", problem);
        }
        if (action.Idempotency is { } idempotency && HeaderProblem(idempotency.Header) is { } bad)
            yield return new("/idempotency/header", "invalid_header", bad);
        if (action.Pagination is { } pagination)
        {
            foreach (var problem in Pagination(pagination))
                yield return problem;
        }
        if (action is { Pagination: not null, Idempotency: not null })
            yield return new("/idempotency", "invalid_pagination", "An action that reads a list page by page sends no idempotency key, by which each page would be the first.");
        foreach (var problem in action.Errors is null ? [] : Errors(action.Errors, "/errors"))
            yield return problem;
    }

    private static IEnumerable<JsonProblem> Pagination(ConnectorPagination pagination)
    {
        var sends = (pagination.Query is null ? 0 : 1) + (pagination.Body is null ? 0 : 1);
        switch (pagination.Type)
        {
            case PaginationType.Cursor when (pagination.Next is null) == (pagination.LastItem is null):
                yield return new("/pagination", "invalid_pagination", "A cursor is read from next or from lastItem; say one of them.");
                break;
            case PaginationType.NextUrl when pagination.Next is null:
                yield return new("/pagination/next", JsonProblemCodes.MissingProperty, "Say where in the body the next page's URL is.");
                break;
        }
        if (pagination.Type is PaginationType.Cursor or PaginationType.Page or PaginationType.Offset && sends != 1)
            yield return new("/pagination", "invalid_pagination", "Say where the next request says which page it wants: query or body.");
        if (pagination.Type is PaginationType.Link or PaginationType.NextUrl && sends != 0)
            yield return new("/pagination", "invalid_pagination", "The next page's URL says it all; leave query and body out.");
    }

    private static IEnumerable<JsonProblem> Base(string? url, string pointer, ConnectorManifest manifest)
    {
        if (url is null)
            yield break;
        foreach (var name in Placeholders(url).Where(n => !manifest.Settings.ContainsKey(n) && !IsAuthPlace(manifest, n)))
            yield return new(pointer, "unknown_setting", $"The URL names {{{name}}}, which is no setting of the connector.");
        var authority = url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? url[(scheme + 3)..].Split('/')[0] : "";
        foreach (var name in Placeholders(authority).Where(n => IsAuthPlace(manifest, n)))
            yield return new(pointer, "invalid_url", $"{{{name}}} is a credential and can't say which host it is sent to.");
        if (!Uri.TryCreate(Placeholder().Replace(url, "x"), UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https") || parsed.UserInfo.Length > 0
            || parsed.Query.Length > 0 || parsed.Fragment.Length > 0)
        {
            yield return new(pointer, "invalid_url", "A base URL is an absolute http or https URL without user name, query and fragment, such as https://api.example.com/v1.");
        }
    }

    private static IEnumerable<JsonProblem> Auth(IReadOnlyList<ConnectorAuth> auth, string pointer)
    {
        foreach (var (index, way) in auth.Index())
        {
            var at = JsonPointer.Append(pointer, index);
            if ((way.In is null) != (way.Name is null))
                yield return new(at, "invalid_auth", "in and name go together.");
            if (way.Type == CredentialType.Custom ? way.In is not null : way.Headers.Count + way.Query.Count + way.Body.Count + way.Secrets.Count > 0)
                yield return new(at, "invalid_auth", "A custom credential is placed by headers, query and body; any other by in, name and prefix.");
            if (way is { In: AuthPlace.Header, Name: { } name } && HeaderProblem(name) is { } problem)
                yield return new($"{at}/name", "invalid_header", problem);
            foreach (var wrong in Templates(way.Headers, $"{at}/headers").Concat(Templates(way.Query, $"{at}/query")).Concat(Templates(way.Body, $"{at}/body")))
                yield return wrong;
        }
    }

    private static IEnumerable<JsonProblem> Errors(ConnectorErrors errors, string pointer) =>
        new[] { ("failed", errors.Failed), ("rateLimitedWhen", errors.RateLimitedWhen), ("retryAfter", errors.RetryAfter) }
            .Where(t => t.Item2 is not null)
            .SelectMany(t => Compiled(JsonSerializer.SerializeToElement(t.Item2!, ConnectorJson.Default.String), $"{pointer}/{t.Item1}"));

    private static IEnumerable<JsonProblem> Limit(ConnectorRateLimit? limit, string pointer)
    {
        if (limit is not null && (!Duration.TryParse(limit.Per, out var per) || per <= TimeSpan.Zero || per > LongestPer))
            yield return new($"{pointer}/per", "invalid_duration", "per is more than 0 and at most 1d.");
    }

    private static IEnumerable<JsonProblem> Templates(IReadOnlyDictionary<string, JsonElement> values, string pointer) =>
        values.SelectMany(v => (pointer.EndsWith("/headers", StringComparison.Ordinal) && HeaderProblem(v.Key) is { } problem
            ? [new JsonProblem(JsonPointer.Append(pointer, v.Key), "invalid_header", problem)]
            : Enumerable.Empty<JsonProblem>()).Concat(Compiled(v.Value, JsonPointer.Append(pointer, v.Key))));

    private static IEnumerable<JsonProblem> Compiled(JsonElement value, string pointer) =>
        value.ValueKind == JsonValueKind.Undefined || Template.TryCompile(value, null, out _, out var problems)
            ? []
            : problems.Select(p => new JsonProblem(pointer + p.Pointer, "invalid_expression", p.Error.ToString()));

    private static bool IsAuthPlace(ConnectorManifest manifest, string name) =>
        manifest.Auth.Concat(manifest.Providers.SelectMany(p => p.Auth ?? [])).Any(a => a.In == AuthPlace.Path && a.Name == name);

    /// <summary>Why a header can't be sent under a name; null where it can.</summary>
    internal static string? HeaderProblem(string name)
    {
        if (!HeaderName().IsMatch(name))
            return $"'{(name.Length > 60 ? name[..60] + "…" : name)}' is not a header name: use letters, digits and hyphens.";
        return OwnHeaders.Contains(name) ? $"The header '{name}' is set by SOS itself; remove it." : null;
    }

    private static IEnumerable<string> Placeholders(string text) => Placeholder().Matches(text).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"\{\+?([^{}/+][^{}/]*)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$")]
    private static partial Regex HeaderName();
}
