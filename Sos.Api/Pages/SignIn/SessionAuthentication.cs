using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Sos.Api.Auth;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.SignIn;

/// <summary>Signs a browser's request in by its cookie. Pages alone accept it: the API takes keys only.</summary>
internal sealed class SessionAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionCookie cookie, KeyCache keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (cookie.Read(Context) is not { } ticket)
            return AuthenticateResult.NoResult();
        var (callers, active) = (new List<KeyHolder>(), (KeyHolder?)null);
        for (var i = 0; i < ticket.Keys.Count; i++)
        {
            if ((await keys.FindByHashAsync(ticket.Keys[i], Context.RequestAborted)).Caller is not { } caller)
                continue;
            callers.Add(caller.Holder);
            if (i == ticket.Active)
                active = caller.Holder;
        }
        return active is not null || (active = callers.FirstOrDefault()) is not null
            ? AuthenticateResult.Success(new AuthenticationTicket(new SessionUser(active, callers, ticket), SchemeName))
            : AuthenticateResult.Fail("The keys that this browser signed in with hold no longer.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var back = Request.Path == "/" && !Request.QueryString.HasValue ? "" : "?to=" + Uri.EscapeDataString(Request.Path + Request.QueryString);
        Response.Redirect("/sign-in" + back);
        return Task.CompletedTask;
    }
}

/// <summary>A person at a browser.</summary>
internal sealed class SessionUser(KeyHolder holder, IReadOnlyList<KeyHolder> workspaces, SessionTicket ticket) : Caller(holder)
{
    /// <summary>Every key that holds, one for each workspace.</summary>
    public IReadOnlyList<KeyHolder> Workspaces { get; } = workspaces;

    /// <summary>What the browser keeps.</summary>
    public SessionTicket Ticket { get; } = ticket;
}
