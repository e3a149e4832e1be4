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

    /// <summary>How long a token is taken for good whose lifetime nobody tells.</summary>
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(365);

    /// <summary>The token of a successful answer.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="credential">The credential's name.</param>
    /// <param name="sentAt">When it was asked for, from when its lifetime counts at the earliest.</param>
    /// <exception cref="CredentialException">There is none in it.</exception>
    public static AccessToken Read(ReadOnlyMemory<byte> body, string credential, DateTimeOffset sentAt)
    {
        if (Parse(body) is not { } answer || Text(answer, "access_token") is not { Length: > 0 and <= MaxTokenLength } token || !token.All(c => c is > ' ' and <= '~'))
            throw Invalid(credential, "its answer has no usable access_token");
        if (Text(answer, "token_type") is { } type && !type.Equals("bearer", StringComparison.OrdinalIgnoreCase))
            throw Invalid(credential, "its tokens are not of the type bearer");
        var refresh = Text(answer, "refresh_token");
        return new AccessToken(token, sentAt + Lifetime(answer), refresh is { Length: > 0 and <= MaxTokenLength } ? refresh : null);
    }

    /// <summary>What a refusal means, and what to do about it.</summary>
    public static CredentialException Refusal(ReadOnlyMemory<byte> body, Credential credential, Uri url, HttpStatusCode status)
    {
        var answer = Parse(body);
        var error = answer is { } a ? Text(a, "error") : null;
        var description = answer is { } b ? Text(b, "error_description") : null;
        var said = error is null ? $"status {(int)status}" : $"{(int)status} {error}{(description is null ? "" : $": {description}")}";
        said = StorableJson.Clean(said.ReplaceLineEndings(" "));
        said = said.Length <= MaxDescription ? said : said[..MaxDescription] + "…";
        var who = $"{OutboundUrl.Short(url)} answered {said}";
        if (status == HttpStatusCode.TooManyRequests || (int)status >= 500)
            return new CredentialException("oauth2_unavailable", $"The credential '{credential.Name}' got no token: {who}.", retryable: true);
        return error == "invalid_grant" && credential.Setting("grant") == CredentialType.RefreshToken
            ? new CredentialException("credential_expired", $"The refresh token of the credential '{credential.Name}' is refused, because it expired or was revoked: {who}. Sign in again, and save the new refresh token.")
            : new CredentialException("oauth2_refused", $"The credential '{credential.Name}' was refused a token: {who}. Check its tokenUrl, clientId, clientSecret, clientAuthentication and scope.");
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

    private static string? Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A number, which some services write as a text.
    private static TimeSpan Lifetime(JsonElement answer)
    {
        if (!answer.TryGetProperty("expires_in", out var value)
            || !double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !double.IsFinite(seconds))
            return DefaultLifetime;
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, MaxLifetime.TotalSeconds));
    }
}
