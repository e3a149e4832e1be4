using System.Text;
using System.Text.Json;
using Sos.Executors.Outbound;

namespace Sos.Executors.Nodes.Http;

/// <summary>Makes the request that a config describes.</summary>
internal static class HttpRequestFactory
{
    private static readonly string UserAgent = $"SOS/{typeof(HttpRequestFactory).Assembly.GetName().Version?.ToString(2)}";

    /// <summary>Makes the request and lists the secrets in it.</summary>
    /// <exception cref="HttpConfigException">The config makes no request.</exception>
    public static (OutboundRequest Request, SecretMask Secrets) Create(HttpConfig config, string idempotencyKey)
    {
        if (!OutboundUrl.TryParse(config.Url, out var url, out var problem))
            throw new HttpConfigException("invalid_url", problem);
        var secrets = new SecretMask();
        var headers = Headers(config.Headers, secrets);
        var query = Pairs(config.Query, "query").ToList();
        Authenticate(config.Auth, headers, query, secrets);
        if (config.Method is not (HttpVerb.Get or HttpVerb.Head or HttpVerb.Options))
            headers.TryAdd("Idempotency-Key", idempotencyKey);
        headers.TryAdd("User-Agent", UserAgent);
        var (body, contentType) = Body(config);

        return (new OutboundRequest
        {
            Method = HttpMethod.Parse(config.Method.ToString().ToUpperInvariant()),
            Url = WithQuery(url, query),
            Headers = [.. headers],
            SecretHeaders = secrets.Headers,
            Body = body,
            ContentType = contentType,
            MaxRedirects = config.FollowRedirects ? 10 : 0,
        }, secrets);
    }

    private static Dictionary<string, string> Headers(IReadOnlyDictionary<string, JsonElement>? configured, SecretMask secrets)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in configured ?? new Dictionary<string, JsonElement>())
        {
            if (value.ValueKind == JsonValueKind.Null)
                continue;
            var text = ScalarText.Of(value)
                ?? throw new HttpConfigException("invalid_header", $"The value of the header '{name}' is {ScalarText.KindOf(value)}; it must be text.");
            Add(headers, name, text);
            if (SensitiveNames.Contains(name))
                secrets.Add(text);
        }
        return headers;
    }

    private static void Authenticate(HttpAuth? auth, Dictionary<string, string> headers, List<KeyValuePair<string, string>> query, SecretMask secrets)
    {
        switch (auth)
        {
            case { Type: HttpAuthType.Basic }:
                var pair = Required(auth.Username, "username") + ":" + (auth.Password ?? "");
                if (auth.Username!.Contains(':'))
                    throw new HttpConfigException("invalid_config", "auth.username holds a colon, which basic authentication can't send.");
                var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
                headers["Authorization"] = "Basic " + encoded;
                secrets.Add(encoded);
                secrets.Add(auth.Password);
                break;
            case { Type: HttpAuthType.Bearer }:
                var token = Required(auth.Token, "token");
                headers.Remove("Authorization");
                Add(headers, "Authorization", "Bearer " + token);
                secrets.Add(token);
                break;
            case { Type: HttpAuthType.ApiKey, In: HttpApiKeyPlace.Header }:
                headers.Remove(auth.Name);
                Add(headers, auth.Name, Required(auth.Value, "value"));
                secrets.AddHeader(auth.Name, auth.Value!);
                break;
            case { Type: HttpAuthType.ApiKey, In: HttpApiKeyPlace.Query }:
                query.Add(new(auth.Name, Required(auth.Value, "value")));
                secrets.AddParameter(auth.Name, auth.Value!);
                break;
        }

        static string Required(string? value, string property) => !string.IsNullOrEmpty(value)
            ? value
            : throw new HttpConfigException("invalid_config", $"auth.{property} is empty; this type of authentication needs it.");
    }

    private static void Add(Dictionary<string, string> headers, string name, string value)
    {
        if ((OutboundHeaders.NameProblem(name) ?? OutboundHeaders.ValueProblem(name, value)) is { } problem)
            throw new HttpConfigException("invalid_header", problem);
        if (!headers.TryAdd(name, value))
            throw new HttpConfigException("invalid_header", $"The header '{name}' is given twice, in different case.");
    }

    private static (ReadOnlyMemory<byte>? Body, string? ContentType) Body(HttpConfig config)
    {
        var hasJson = config.Json.ValueKind != JsonValueKind.Undefined;
        if ((hasJson ? 1 : 0) + (config.Form is null ? 0 : 1) + (config.Text is null ? 0 : 1) > 1)
            throw new HttpConfigException("invalid_config", "The config has several bodies; keep one of json, form and text.");
        if (hasJson)
            return (JsonSerializer.SerializeToUtf8Bytes(config.Json, HttpJson.Default.JsonElement), "application/json");
        if (config.Form is not null)
            return (Encoding.ASCII.GetBytes(Encode(Pairs(config.Form, "form")).Replace("%20", "+", StringComparison.Ordinal)), "application/x-www-form-urlencoded");
        if (config.Text is null)
            return (null, null);
        return OutboundHeaders.ValueProblem("Content-Type", config.ContentType) is { } problem
            ? throw new HttpConfigException("invalid_header", problem)
            : (Encoding.UTF8.GetBytes(config.Text), config.ContentType);
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(IReadOnlyDictionary<string, JsonElement>? values, string property)
    {
        foreach (var (name, value) in values ?? new Dictionary<string, JsonElement>())
        {
            foreach (var one in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().AsEnumerable() : [value])
            {
                if (one.ValueKind == JsonValueKind.Null)
                    continue;
                var text = ScalarText.Of(one)
                    ?? throw new HttpConfigException("invalid_config", $"'{name}' in {property} is {ScalarText.KindOf(one)}; it must be text or a list of texts.");
                yield return new(name, text);
            }
        }
    }

    private static string Encode(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join('&', pairs.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));

    private static Uri WithQuery(Uri url, IReadOnlyList<KeyValuePair<string, string>> query)
    {
        if (query.Count == 0)
            return url;
        var own = url.Query.TrimStart('?');
        var whole = new UriBuilder(url) { Query = own.Length == 0 ? Encode(query) : own + "&" + Encode(query) };
        return whole.Uri.AbsoluteUri.Length <= OutboundUrl.MaxLength
            ? whole.Uri
            : throw new HttpConfigException("invalid_url", $"The URL with its query has more than {OutboundUrl.MaxLength} characters; send the values in a body.");
    }
}

/// <summary>A config from which no request can be made.</summary>
internal sealed class HttpConfigException(string code, string message) : Exception(message)
{
    /// <summary>The error code.</summary>
    public string Code { get; } = code;
}
