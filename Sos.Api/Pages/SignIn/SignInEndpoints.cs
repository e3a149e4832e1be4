using Microsoft.AspNetCore.Antiforgery;

namespace Sos.Api.Pages.SignIn;

/// <summary>What changes the cookie: the link of the start, signing out, and the workspace switcher.</summary>
internal static class SignInEndpoints
{
    public static void MapSignIns(this WebApplication app)
    {
        app.MapGet("/sign-in/{secret}", Redeem).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/sign-out", SignOutAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/workspaces/{index:int}", SwitchAsync).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>Where a person goes after signing in: a page of this site, whatever the address says.</summary>
    public static string Target(string? to) =>
        to is { Length: > 1 and < 2_000 } && to[0] == '/' && to[1] is not ('/' or '\\') && !to.Contains('\\') && !to.Any(char.IsControl) ? to : "/";

    private static IResult Redeem(HttpContext context, string secret, SignInLink link, SessionCookie cookie)
    {
        if (link.Redeem(secret) is not { } key)
            return TypedResults.LocalRedirect("/sign-in?problem=link");
        cookie.Add(context, key);
        return TypedResults.LocalRedirect("/");
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery)
    {
        await antiforgery.ValidateRequestAsync(context);
        SessionCookie.Remove(context);
        return TypedResults.LocalRedirect("/sign-in");
    }

    private static async Task<IResult> SwitchAsync(HttpContext context, int index, SessionCookie cookie, IAntiforgery antiforgery)
    {
        await antiforgery.ValidateRequestAsync(context);
        if (cookie.Read(context) is { } ticket && index >= 0 && index < ticket.Keys.Count)
            cookie.Switch(context, ticket, index);
        return TypedResults.LocalRedirect("/");
    }
}
