using System.Text;
using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Outbound;
using Sos.Executors.Secrets;

namespace Sos.Executors.Nodes.Http;

/// <summary>Makes the request that a config describes.</summary>
internal static class HttpRequestFactory
{
    /// <summary>Reads the URL.</summary>
    /// <exception cref="HttpConfigException">It is none that can be called.</exception>
    public static Uri Url(HttpConfig config) => OutboundUrl.TryParse(config.Url, out var url, out var problem)
        ? url
        : throw new HttpConfigException("invalid_url", problem);

    /// <summary>Makes the request.</summary>
    /// <param name="config">The config.</param>
    /// <param name="credential">A stored credential that goes with it; null for none.</param>
    /// <param name="body">Its body.</param>
    /// <param name="idempotencyKey">The node's.</param>
    /// <param name="secrets">Learns the secrets in the request.</param>
    /// <exception cref="HttpConfigException">The config makes no request.</exception>
    public static OutboundRequest Create(HttpConfig config, HttpCredential? credential, HttpRequestBody body, string idempotencyKey, SecretScrubber secrets)
    {
        var url = Url(config);
        var headers = Headers(config.Headers, secrets);
        var query = HttpPairs.Of(config.Query, "query").ToList();
        var (secretHeader, secretParameter) = Authenticate(config.Auth, credential, headers, query, secrets);
        if (config.Method is not (HttpVerb.Get or HttpVerb.Head or HttpVerb.Options))
            headers.TryAdd("Idempotency-Key", idempotencyKey);
        headers.TryAdd("User-Agent", OutboundHeaders.UserAgent);
        if (body.Content is not null && body.ContentType is null && headers.ContainsKey("Content-Type"))
            throw new HttpConfigException("invalid_header", "Content-Type of multipart is set by SOS itself; remove the header.");

        return new OutboundRequest
        {
            Method = HttpMethod.Parse(config.Method.ToString().ToUpperInvariant()),
            Url = WithQuery(url, query),
            Headers = [.. headers],
            SecretHeaders = Names(secretHeader, StringComparer.OrdinalIgnoreCase),
            SecretParameters = Names(secretParameter, StringComparer.Ordinal),
            Body = body.Bytes,
            Content = body.Content,
            // What is secret here could have got into the body, too.
            HasSecretBody = HttpRequestBody.NamesSecrets(config) || (!secrets.IsEmpty && HttpRequestBody.HasValues(config)),
            ContentType = body.ContentType,
            MaxRedirects = config.FollowRedirects ? 10 : 0,
        };

        static HashSet<string> Names(string? name, StringComparer comparer) => new(name is null ? [] : [name], comparer);
    }

    private static Dictionary<string, string> Headers(IReadOnlyDictionary<string, JsonElement>? configured, SecretScrubber secrets)
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
                secrets.AddHeader(text);
        }
        return headers;
    }

    /// <summary>Adds the credentials.</summary>
    /// <returns>The header and the query parameter of any name that hold them.</returns>
    private static (string? Header, string? Parameter) Authenticate(
        HttpAuth? auth, HttpCredential? credential, Dictionary<string, string> headers, List<KeyValuePair<string, string>> query, SecretScrubber secrets)
    {
        switch (auth)
        {
            case null when credential is { IsHeader: true }:
                headers.Remove(credential.Name);
                Add(headers, credential.Name, credential.Value);
                secrets.AddHeader(credential.Value);
                return (credential.Name, null);
            case null when credential is not null:
                query.Add(new(credential.Name, credential.Value));
                secrets.Add(credential.Value);
                return (null, credential.Name);
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
                secrets.Add(auth.Value);
                return (auth.Name, null);
            case { Type: HttpAuthType.ApiKey, In: HttpApiKeyPlace.Query }:
                query.Add(new(auth.Name, Required(auth.Value, "value")));
                secrets.Add(auth.Value);
                return (null, auth.Name);
        }
        return (null, null);

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

    private static Uri WithQuery(Uri url, IReadOnlyList<KeyValuePair<string, string>> query)
    {
        if (query.Count == 0)
            return url;
        var own = url.Query.TrimStart('?');
        var whole = new UriBuilder(url) { Query = own.Length == 0 ? HttpPairs.Encode(query) : own + "&" + HttpPairs.Encode(query) };
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
