using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components.Authorization;
using Sos.Api.Pages.Components;
using Microsoft.AspNetCore.DataProtection;
using Sos.Api.Pages.Costs;
using Sos.Api.Pages.Executions;
using Sos.Api.Pages.Layout;
using Sos.Api.Pages.SignIn;
using Sos.Api.Pages.Workflows;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Hosting;

/// <summary>Puts the pages into the API's host.</summary>
internal static class PagesHosting
{
    /// <summary>What the build calls its lists of files; by this program's name also where another one hosts it.</summary>
    private const string Assets = "Sos.Api.staticwebassets";

    /// <summary>The most that a browser sends at once, in bytes: a definition or an input of the largest size, all of its characters escaped.</summary>
    private const int LargestMessage = 2 * DefinitionLimits.Bytes + 64 * 1024;

    /// <summary>Where Blazor's connection, its script and the pages' own files are.</summary>
    private static readonly PathString[] Plumbing = ["/_blazor", "/_framework", "/_content"];

    public static void AddPages(this WebApplicationBuilder builder)
    {
        UseFilesWhereTheyAre(builder);
        // Else every unknown address would accept GET, and refuse the rest with 405 instead of 404.
        builder.Configuration["DisableStaticAssetNotFoundRuntimeFallback"] = "true";
        var services = builder.Services;
        services.AddSingleton<IDataProtectionProvider, KeyRingProtection>();
        services.AddRazorComponents().AddInteractiveServerComponents(options =>
        {
            options.DisconnectedCircuitMaxRetained = 50;
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
        }).AddHubOptions(options => options.MaximumReceiveMessageSize = LargestMessage);
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionRevalidation>();
        services.AddScoped<Session>();
        services.AddScoped<TabVisibility>();
        services.AddTransient<CalledRuns>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<SignInLink>();
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null);
        services.AddAntiforgery(options => options.Cookie.Name = "sos_form");
    }

    /// <summary>Headers of pages. Scripts and styles come from here alone, and none from the middle of a page.</summary>
    public static void UsePages(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (IsPage(context.Request.Path))
                context.Response.OnStarting(static state =>
                {
                    var headers = ((HttpResponse)state).Headers;
                    if (headers.ContentSecurityPolicy.Count == 0)
                        headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
                    return Task.CompletedTask;
                }, context.Response);
            return next(context);
        });
        app.UseWhen(
            context => IsPage(context.Request.Path) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal),
            pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
    }

    public static void MapPages(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapStaticAssets(Assets + ".endpoints.json").AllowAnonymous();
        app.MapSignIns();
        app.MapCostExport();
        app.MapDefinitionDownload();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null);
    }

    /// <summary>Built and not published, the program takes its files from the source folders and packages that the build noted.</summary>
    private static void UseFilesWhereTheyAre(WebApplicationBuilder builder)
    {
        var noted = Path.Combine(AppContext.BaseDirectory, Assets + ".runtime.json");
        if (!File.Exists(noted))
            return;
        builder.WebHost.UseSetting(WebHostDefaults.StaticWebAssetsKey, noted);
        builder.WebHost.UseStaticWebAssets();
    }

    /// <summary>Whether a request is for the user interface rather than for the API.</summary>
    public static bool IsPage(PathString path) =>
        !path.StartsWithSegments("/api") && !path.StartsWithSegments("/hooks") && !path.StartsWithSegments("/openapi") && !path.StartsWithSegments("/oauth2");

    /// <summary>Whether it may last: Blazor's connection does.</summary>
    public static bool IsPlumbing(PathString path) => Array.Exists(Plumbing, prefix => path.StartsWithSegments(prefix));
}
