using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sos.Workflows.Store;

namespace Sos.Api.Credentials;

/// <summary>A request to an authorization endpoint (RFC 6749 §4.1.1) with PKCE (RFC 7636) and a state of 256 random bits.</summary>
internal sealed record AuthorizationRequest
{
    private const int RandomBytes = 32;

    private AuthorizationRequest(SignInState state)
    {
        Verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        State = state.ToString();
    }

    /// <summary>PKCE's code verifier.</summary>
    public string Verifier { get; }

    /// <summary>What the browser brings back.</summary>
    public string State { get; }

    /// <summary>A new one.</summary>
    /// <param name="workspaceId">The credential's workspace.</param>
    /// <param name="browser">The browser session that must come back; null for any.</param>
    public static AuthorizationRequest New(Guid workspaceId, byte[]? browser) => new(SignInState.New(workspaceId, browser));

    /// <summary>What of a state is stored.</summary>
    public static byte[] Hash(string state) => SHA256.HashData(Encoding.UTF8.GetBytes(state));

    /// <summary>Where the browser goes.</summary>
    public string Url(StoredCredential credential, string redirectUri)
    {
        var settings = credential.Settings;
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("response_type", "code"),
            new("client_id", settings["clientId"]),
            new("redirect_uri", redirectUri),
            new("state", State),
            new("code_challenge", Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)))),
            new("code_challenge_method", "S256"),
        };
        if (settings.TryGetValue("scope", out var scope))
            parameters.Add(new("scope", scope));
        if (settings.TryGetValue("audience", out var audience))
            parameters.Add(new("audience", audience));
        var query = string.Join('&', parameters.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));
        if (settings.TryGetValue("authorizeParameters", out var more))
            query += "&" + more;
        var url = settings["authorizationUrl"];
        return $"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}";
    }

    /// <summary>No secret of it.</summary>
    public override string ToString() => nameof(AuthorizationRequest);
}
