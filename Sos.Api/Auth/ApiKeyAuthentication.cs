using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Sos.Api.Problems;

namespace Sos.Api.Auth;

/// <summary>Signs a request in by the key in <c>Authorization: Bearer</c> or <c>X-API-Key</c>.</summary>
internal sealed class ApiKeyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyCache keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer ";

    private ProblemException? refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? authorization = Request.Headers.Authorization, header = Request.Headers["X-API-Key"];
        if (authorization is null && header is null)
            return AuthenticateResult.NoResult();
        if (authorization is not null && !authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return Refuse("invalid_authorization", "The Authorization header must be 'Bearer' and an API key.");
        var key = authorization?[Bearer.Length..].Trim() ?? header!.Trim();
        if (authorization is not null && header is not null && header.Trim() != key)
            return Refuse("invalid_authorization", "Authorization and X-API-Key hold different keys. Send one of them.");

        var answer = await keys.FindAsync(key, Context.Connection.RemoteIpAddress?.ToString() ?? "", Context.RequestAborted);
        if (answer.TooManyLookups)
        {
            refusal = new ProblemException(StatusCodes.Status429TooManyRequests, "too_many_keys", "Too many unknown keys came from this address. Wait a moment.") { RetryAfterSeconds = 1 };
            return AuthenticateResult.Fail("Too many look-ups.");
        }
        return answer.Caller is { } caller
            ? AuthenticateResult.Success(new AuthenticationTicket(caller, SchemeName))
            : Refuse("invalid_key", "The API key is unknown, expired or revoked.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var problem = refusal ?? new ProblemException(StatusCodes.Status401Unauthorized, "missing_key", "Send an API key: 'Authorization: Bearer sos_…' or 'X-API-Key: sos_…'.");
        if (problem.Status == StatusCodes.Status401Unauthorized)
            Response.Headers.WWWAuthenticate = "Bearer";
        return ProblemWriter.WriteAsync(Context, problem);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var needed = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>()
            .Select(a => a.Policy).MaxBy(p => Array.IndexOf(Roles.All, p));
        return ProblemWriter.WriteAsync(Context, StatusCodes.Status403Forbidden, "role_too_low",
            $"This needs a key with the role '{needed}'; yours has '{Context.Caller().Role}'.");
    }

    private AuthenticateResult Refuse(string code, string detail)
    {
        refusal = new ProblemException(StatusCodes.Status401Unauthorized, code, detail);
        return AuthenticateResult.Fail(detail);
    }
}
