using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Sos.Api.Credentials;

/// <summary>What somebody sees who comes back from signing in: a page that consists of itself alone and runs nothing.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What happened, in short.</param>
/// <param name="Text">What happened.</param>
/// <param name="Advice">What to do now.</param>
internal sealed record SignInPage(int Status, string Title, string Text, string Advice) : IResult
{
    private const int MaxQuoted = 300;

    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1f2430;background:#fff}h1{font-size:1.4rem}p{overflow-wrap:anywhere}a{color:#2f50d8}"
        + "@media(prefers-color-scheme:dark){body{color:#e6e8ee;background:#14161c}a{color:#91a7ff}}";

    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string BeginAnew = "Begin anew: choose Sign in on the credential's page, or ask for another authorization URL (POST /api/v1/credentials/…/authorize) and open it.";

    /// <summary>The credential's page, for who came from there; null for who did not.</summary>
    public string? Back { get; init; }

    public static SignInPage Unknown { get; } = new(400, "This sign-in is not known", "Nobody began it here, or another one was begun since, which voids it.", BeginAnew);

    public static SignInPage Used { get; } = new(400, "This sign-in was used already", "The address that you came back to works once. If you reloaded the page, the first answer counts.", "Look at the credential: it says whether you are signed in. If not, begin anew.");

    public static SignInPage Expired { get; } = new(400, "This sign-in is void", "It took more than ten minutes, or the credential was changed meanwhile.", BeginAnew);

    public static SignInPage OtherBrowser { get; } = new(403, "This sign-in belongs to another browser", "It was begun in another browser, or you have signed out of SOS since. Nothing was changed, and no account was connected.", "If you began it, go on in the browser where you did. If somebody sent you this address, don't use it: it would have connected an account to somebody else's credential.");

    public static SignInPage SignedIn(string credential) => new(200, "Signed in", $"Workflows can use the credential '{credential}' now.", "You can close this window.");

    public static SignInPage Unfinished(string credential) => new(202, "Almost there", $"You came back well, but signing in with the credential '{credential}' is not finished yet.", "Close this window, and look at the credential in a moment: it will say whether you are signed in. If not, see that an executor is running.");

    public static SignInPage Failed(string credential, string why) => new(400, "Signing in failed", $"The credential '{credential}' can't be used yet. {why}", BeginAnew);

    public static SignInPage WithoutCode(string credential) => new(400, "Signing in failed", $"The service sent you back without a usable code for the credential '{credential}'.", BeginAnew);

    public static SignInPage WrongIssuer(string credential) => new(400, "Signing in was stopped", $"You came back from another service than the one that the credential '{credential}' belongs to. Nothing was sent to anybody.", "Ask an admin to check the credential's authorizationUrl and issuer, and begin anew.");

    public static SignInPage Refused(string credential, string error, string description) => new(
        400,
        error == "access_denied" ? "You did not sign in" : "The service refused",
        error == "access_denied"
            ? $"You, or the service, declined: the credential '{credential}' can't be used yet.{Said(description)}"
            : $"It answered '{Short(error)}' for the credential '{credential}'.{Said(description)}",
        error == "access_denied" ? "If you did not mean to, begin anew." : "Ask an admin to check the credential's clientId, scope and authorizeParameters, and that the service knows the redirect URI; then begin anew.");

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-store";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        await response.WriteAsync(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>{Html(Title)} – SOS</title><style>{Style}</style></head>
            <body><main><h1>{Html(Title)}</h1><p>{Html(Text)}</p><p>{Html(Advice)}</p>{(Back is null ? "" : $"<p><a href=\"{Html(Back)}\">Back to the credential</a></p>")}</main></body>
            </html>
            """,
            httpContext.RequestAborted);
    }

    private static string Said(string description) => description.Length == 0 ? "" : $" It said: {Short(description)}";

    private static string Short(string text) => text.Length <= MaxQuoted ? text : text[..MaxQuoted] + "…";

    private static string Html(string text) => HtmlEncoder.Default.Encode(text);
}
