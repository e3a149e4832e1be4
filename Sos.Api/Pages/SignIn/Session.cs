using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Sos.Api.Auth;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.SignIn;

/// <summary>Who looks at a page, in which workspace, and what they may do. One for each request or connection.</summary>
internal sealed class Session(AuthenticationStateProvider authentication)
{
    /// <summary>Who looks.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in; pages that use this require it.</exception>
    public async Task<KeyHolder> HolderAsync() =>
        (await authentication.GetAuthenticationStateAsync()).User is Caller caller ? caller.Holder : throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Every workspace that this browser is signed in to.</summary>
    public async Task<IReadOnlyList<KeyHolder>> WorkspacesAsync() =>
        (await authentication.GetAuthenticationStateAsync()).User is SessionUser user ? user.Workspaces : [];

    /// <summary>What tells this browser's session from all others.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in; pages that use this require it.</exception>
    public async Task<byte[]> BrowserAsync() =>
        (await authentication.GetAuthenticationStateAsync()).User is SessionUser user ? user.Ticket.Browser : throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Who looks, if they have a role.</summary>
    /// <exception cref="UnauthorizedAccessException">They don't; the message is for them.</exception>
    public async Task<KeyHolder> RequireAsync(string role)
    {
        var holder = await HolderAsync();
        return Allows(holder, role) ? holder : throw new UnauthorizedAccessException($"This needs the role '{role}'; yours is '{holder.Role}'.");
    }

    /// <summary>Whether a role is enough; each includes the ones before it.</summary>
    public static bool Allows(KeyHolder holder, string role) => Array.IndexOf(Roles.All, holder.Role) >= Array.IndexOf(Roles.All, role);
}

/// <summary>Looks now and then whether an open page's key still holds; where it does not, the page is signed out.</summary>
internal sealed class SessionRevalidation(ILoggerFactory logs, ApiKeyStore store) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        authenticationState.User is SessionUser user
        && await store.FindAsync(user.Ticket.Keys[user.Ticket.Active], cancellationToken) is { } holder
        && holder == user.Holder;
}
