using System.Globalization;
using System.Net;
using System.Text.Json;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;
using Sos.Workflows.Json;

namespace Sos.Executors.Credentials;

/// <summary>Reads what a token endpoint answers (RFC 6749 §5).</summary>
internal static class TokenAnswer
{
    private const int MaxTokenLength = 12_000;
    private const int MaxDescription = 300;
    private const int MaxScopeLength = 4_000;

    /// <summary>How long a token is taken for good whose lifetime nobody tells.</summary>
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(365);

    /// <summary>Whether an answer says that there is no token, whatever its status.</summary>
    public static bool IsRefusal(ReadOnlyMemory<byte> body) => Parse(body) is { } answer && answer.TextMember("error") is not null && answer.TextMember("access_token") is null;

    /// <summary>The token of a successful answer.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="grant">What it was asked for with.</param>
    /// <param name="sentAt">When it was asked for, from when its lifetime counts at the earliest.</param>
    /// <exception cref="CredentialException">There is none in it.</exception>
    public static AccessToken Read(ReadOnlyMemory<byte> body, Credential credential, string grant, DateTimeOffset sentAt)
    {
        if (Parse(body) is not { } answer || answer.TextMember("access_token") is not { Length: > 0 and <= MaxTokenLength } token || !token.All(c => c is > ' ' and <= '~'))
            throw Invalid(credential.Name, "its answer has no usable access_token");
        if (answer.TextMember("token_type") is { } type && !type.Equals("bearer", StringComparison.OrdinalIgnoreCase))
            throw Invalid(credential.Name, "its tokens are not of the type bearer");
        var refresh = answer.TextMember("refresh_token") is { Length: > 0 and <= MaxTokenLength } text ? text : null;
        // A sign-in without a refresh token lasts as long as its token: GitHub's, of which nobody says how long.
        DateTimeOffset? expiresAt = Lifetime(answer) is { } lifetime ? sentAt + lifetime
            : grant == CredentialType.AuthorizationCode && refresh is null ? null
            : sentAt + DefaultLifetime;
        return new AccessToken(token, expiresAt, refresh, answer.TextMember("scope") is { Length: <= MaxScopeLength } scope ? scope : null);
    }

    /// <summary>What a refusal means, and what to do about it.</summary>
    public static CredentialException Refusal(ReadOnlyMemory<byte> body, Credential credential, string grant, Uri url, HttpStatusCode status)
    {
        var answer = Parse(body);
        var error = answer is { } a ? a.TextMember("error") : null;
        var description = answer is { } b ? b.TextMember("error_description") : null;
        var said = error is null ? $"status {(int)status}" : $"{(int)status} {error}{(description is null ? "" : $": {description}")}";
        said = StorableJson.Clean(said.ReplaceLineEndings(" "));
        said = said.Length <= MaxDescription ? said : said[..MaxDescription] + "…";
        var who = $"{OutboundUrl.Short(url)} answered {said}";
        if (status == HttpStatusCode.TooManyRequests || (int)status >= 500)
            return new CredentialException("oauth2_unavailable", $"The credential '{credential.Name}' got no token: {who}.", retryable: true);
        // The other two are GitHub's.
        return (grant, error) switch
        {
            (CredentialType.RefreshToken, "invalid_grant" or "bad_refresh_token") when credential.Setting("grant") == CredentialType.AuthorizationCode =>
                CredentialException.SignInNeeded(credential, $"its sign-in is refused, because it expired or was revoked: {who}"),
            (CredentialType.RefreshToken, "invalid_grant") =>
                new CredentialException("credential_expired", $"The refresh token of the credential '{credential.Name}' is refused, because it expired or was revoked: {who}. Sign in again, and save the new refresh token."),
            (CredentialType.AuthorizationCode, "invalid_grant" or "bad_verification_code") =>
                new CredentialException("credential_sign_in_failed", $"Signing in with the credential '{credential.Name}' failed, because its code is refused: {who}. It is good for some minutes and once; sign in again."),
            _ => new CredentialException("oauth2_refused", $"The credential '{credential.Name}' was refused a token: {who}. Check its tokenUrl, clientId, clientSecret, clientAuthentication and scope."),
        };
    }

    private static CredentialException Invalid(string credential, string what) => new(
        "oauth2_invalid_answer", $"The token of the credential '{credential}' can't be used: {what}. Check that its tokenUrl is the token endpoint's.");

    private static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonElement.Parse(body.Span) is { ValueKind: JsonValueKind.Object } answer ? StorableJson.Clean(answer) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A number, which some services write as a text. One that is not above 0 tells nothing: no service gives a token that is
    // over already, and some mean "for ever" by it.
    private static TimeSpan? Lifetime(JsonElement answer)
    {
        if (!answer.TryGetProperty("expires_in", out var value)
            || !double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !double.IsFinite(seconds) || seconds <= 0)
            return null;
        return TimeSpan.FromSeconds(Math.Min(seconds, MaxLifetime.TotalSeconds));
    }
}
