using Sos.Workflows.Json;

namespace Sos.Workflows.Credentials;

/// <summary>What the settings of an <c>oauth2</c> credential must be.</summary>
internal static class OAuthSettings
{
    // What SOS itself says to the authorization endpoint.
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "response_type", "response_mode", "client_id", "client_secret", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "request", "request_uri",
    };

    /// <summary>Everything that is wrong with them.</summary>
    public static IEnumerable<JsonProblem> Problems(IReadOnlyDictionary<string, string> settings)
    {
        if (settings.TryGetValue("tokenUrl", out var tokenUrl) && !IsAddress(tokenUrl))
            yield return new("/settings/tokenUrl", "invalid_value", "tokenUrl must be an absolute URL without a user, such as https://login.example.com/oauth2/token.");
        if (settings.TryGetValue("authorizationUrl", out var authorizationUrl) && !IsAddress(authorizationUrl))
            yield return new("/settings/authorizationUrl", "invalid_value", "authorizationUrl must be an absolute URL without a user, such as https://login.example.com/oauth2/authorize.");
        if (settings.TryGetValue("issuer", out var issuer) && !IsAddress(issuer))
            yield return new("/settings/issuer", "invalid_value", "issuer must be the authorization server's URL, exactly as it names itself, such as https://login.example.com.");
        if (settings.TryGetValue("authorizeParameters", out var parameters) && !AreParameters(parameters))
            yield return new("/settings/authorizeParameters", "invalid_value", $"authorizeParameters is written like a query, such as access_type=offline&prompt=consent, and has none of {string.Join(", ", Own)}.");
        if (settings.GetValueOrDefault("grant") == CredentialType.AuthorizationCode)
        {
            if (!settings.ContainsKey("authorizationUrl"))
                yield return new("/settings", "missing_property", "The grant authorization_code needs authorizationUrl in settings: where people sign in.");
            yield break;
        }
        foreach (var name in (string[])["authorizationUrl", "authorizeParameters", "issuer"])
        {
            if (settings.ContainsKey(name))
                yield return new($"/settings/{name}", "unknown_property", $"{name} belongs to the grant authorization_code only.");
        }
    }

    /// <summary>Whether a text is an absolute URL that can be called: http or https, without user and fragment.</summary>
    public static bool IsAddress(string text) => text.All(c => c is > ' ' and <= '~')
        && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url is { UserInfo: "", Fragment: "", Host.Length: > 0 };

    /// <summary>
    /// The addresses that would get secrets, or people's sign-ins, without TLS although nobody said so: plain http is for this
    /// machine, and for hosts that are allowed with http:// before them.
    /// </summary>
    public static IEnumerable<JsonProblem> PlainProblems(IReadOnlyDictionary<string, string> settings, IReadOnlyList<AllowedHost> hosts)
    {
        foreach (var name in (string[])["tokenUrl", "authorizationUrl"])
        {
            if (settings.TryGetValue(name, out var text) && IsAddress(text) && new Uri(text) is { Scheme: "http", IsLoopback: false } url && !hosts.Any(h => h.Includes(url)))
                yield return new($"/settings/{name}", "invalid_value", $"{name} is without TLS: write it with https, or name http://{url.Authority} in allowedHosts where that is meant.");
        }
    }

    private static bool AreParameters(string text) => text.All(c => c is > ' ' and <= '~' and not '#') && text.Split('&').All(p =>
        p.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && !Own.Contains(Uri.UnescapeDataString(p[..end])));
}
