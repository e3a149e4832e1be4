using System.Net;
using System.Text;
using Sos.Executors.Outbound;
using Sos.Executors.Secrets;
using Sos.Workflows.Credentials;
using Sos.Workflows.Store;

namespace Sos.Executors.Credentials;

/// <summary>
/// Fetches access tokens (RFC 6749) with the grants <c>client_credentials</c>, <c>refresh_token</c> and <c>authorization_code</c>.
/// A request that was sent is not given up before its 15 s are over: codes and many refresh tokens are good once, so what
/// they were given for must arrive.
/// </summary>
internal sealed class OAuthTokens(OutboundHttp http, TimeProvider time)
{
    private const int MaxAnswerBytes = 64 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    /// <summary>Fetches a token, without anybody's help.</summary>
    /// <param name="credential">The credential, of type <c>oauth2</c>.</param>
    /// <param name="secrets">Learns what is sent beside the credential's own secrets.</param>
    /// <exception cref="CredentialException">None came; the error says why and what to do.</exception>
    public Task<AccessToken> FetchAsync(Credential credential, SecretScrubber secrets)
    {
        var grant = credential.Setting("grant") == CredentialType.ClientCredentials ? CredentialType.ClientCredentials : CredentialType.RefreshToken;
        var form = new List<KeyValuePair<string, string>> { new("grant_type", grant) };
        if (grant == CredentialType.RefreshToken)
            form.Add(new("refresh_token", credential.Secret("refreshToken") ?? ""));
        // What somebody signed in for is settled by that (RFC 6749 §6).
        foreach (var name in credential.Setting("grant") == CredentialType.AuthorizationCode ? [] : (string[])["scope", "audience"])
        {
            if (credential.Setting(name) is { } value)
                form.Add(new(name, value));
        }
        return SendAsync(credential, grant, form, secrets);
    }

    /// <summary>Exchanges the code that somebody came back with for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).</summary>
    /// <param name="signIn">The sign-in.</param>
    /// <param name="secrets">Learns what is sent beside the credential's own secrets, the code and the verifier.</param>
    /// <exception cref="CredentialException">None came; the error says why and what to do.</exception>
    public Task<AccessToken> ExchangeAsync(ReturnedSignIn signIn, SecretScrubber secrets) => SendAsync(
        signIn.Credential,
        CredentialType.AuthorizationCode,
        [
            new("grant_type", CredentialType.AuthorizationCode),
            new("code", signIn.Code),
            new("redirect_uri", signIn.RedirectUri),
            new("code_verifier", signIn.Verifier),
        ],
        secrets);

    private async Task<AccessToken> SendAsync(Credential credential, string grant, List<KeyValuePair<string, string>> form, SecretScrubber secrets)
    {
        var url = new Uri(credential.Setting("tokenUrl")!);
        using var deadline = new CancellationTokenSource(Timeout, time);
        try
        {
            var sentAt = time.GetUtcNow();
            using var response = await http.SendAsync(Request(credential, url, form, secrets), deadline.Token);
            var body = await OutboundBody.ReadAsync(response.Content, MaxAnswerBytes, deadline.Token);
            // Some services say with status 200 that they refuse.
            return response.StatusCode == HttpStatusCode.OK && !TokenAnswer.IsRefusal(body)
                ? TokenAnswer.Read(body, credential, grant, sentAt)
                : throw TokenAnswer.Refusal(body, credential, grant, url, response.StatusCode);
        }
        catch (Exception e) when (e is not CredentialException)
        {
            if (deadline.IsCancellationRequested)
                throw new CredentialException("oauth2_unavailable", $"{OutboundUrl.Short(url)} gave the credential '{credential.Name}' no token within {Timeout.TotalSeconds:0} s.", retryable: true);
            if (OutboundFailure.From(e, url) is not { } failure)
                throw;
            throw new CredentialException("oauth2_unavailable", $"The token of the credential '{credential.Name}' can't be fetched. {failure.Message}", failure.Retryable);
        }
    }

    private static OutboundRequest Request(Credential credential, Uri url, List<KeyValuePair<string, string>> form, SecretScrubber secrets)
    {
        var headers = new List<KeyValuePair<string, string>> { new("Accept", "application/json") };
        var (id, secret) = (credential.Setting("clientId")!, credential.Secret("clientSecret"));
        if (secret is not null && credential.Setting("clientAuthentication") == "header")
        {
            // RFC 6749 §2.3.1: both are form-encoded before they are joined.
            var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Encode(id)}:{Encode(secret)}"));
            secrets.Add(pair);
            headers.Add(new("Authorization", "Basic " + pair));
        }
        else
        {
            form.Add(new("client_id", id));
            if (secret is not null)
                form.Add(new("client_secret", secret));
        }
        return new OutboundRequest
        {
            Method = HttpMethod.Post,
            Url = url,
            Headers = headers,
            Body = Encoding.ASCII.GetBytes(string.Join('&', form.Select(p => $"{Encode(p.Key)}={Encode(p.Value)}"))),
            ContentType = "application/x-www-form-urlencoded",
            MaxRedirects = 0,
        };
    }

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
