using Microsoft.AspNetCore.Authorization;

namespace Sos.Api.Auth;

/// <summary>What a key allows. Each role includes the ones before it.</summary>
internal static class Roles
{
    /// <summary>Reads everything but secrets.</summary>
    public const string Viewer = "viewer";

    /// <summary>Also changes workflows and runs them.</summary>
    public const string Developer = "developer";

    /// <summary>Also manages keys, model providers, prices, budgets and the workspace's settings.</summary>
    public const string Admin = "admin";

    /// <summary>The roles in their order.</summary>
    public static readonly string[] All = [Viewer, Developer, Admin];

    public static void AddPolicies(AuthorizationOptions options)
    {
        for (var i = 0; i < All.Length; i++)
        {
            var enough = All[i..];
            options.AddPolicy(All[i], policy => policy.AddAuthenticationSchemes(ApiKeyAuthentication.SchemeName).RequireRole(enough));
        }
    }
}
