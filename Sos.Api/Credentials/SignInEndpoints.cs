using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Pages.SignIn;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Credentials;

/// <summary>Signing in with a browser: the way there, and <c>/oauth2/callback</c>, where it comes back.</summary>
internal static class SignInEndpoints
{
    private const int MaxCodeLength = 4_000;

    /// <summary>How long the browser waits for the code to be exchanged.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static void MapSignIns(this RouteGroupBuilder api) =>
        api.MapPost("/credentials/{id}/authorize", AuthorizeAsync).WithTags("Credentials").RequireAuthorization(Roles.Admin).Refuses(404, 409)
            .WithSummary("Begin to sign in with a credential")
            .WithDescription("For a credential of type oauth2 with the grant authorization_code, by its id or its name. Whoever opens 'authorizationUrl' in a browser within ten minutes, and signs in there, lets the workspace act for them. Another call voids the one before.");

    public static void MapSignInReturn(this WebApplication app) =>
        app.MapGet(CredentialSignIn.ReturnPath, ReturnAsync).AllowAnonymous().ExcludeFromDescription();

    private static async Task<Ok<AuthorizeAnswer>> AuthorizeAsync(
        HttpContext context, string id, CredentialChanges credentials, CredentialSignIn signIn, PublicAddress address, CancellationToken cancellationToken)
    {
        var caller = context.Caller();
        var credential = await credentials.GetAsync(caller.WorkspaceId, id, cancellationToken);
        return TypedResults.Ok(await signIn.BeginAsync(caller, credential, address.Of(context.Request), browser: null, cancellationToken));
    }

    private static async Task<SignInPage> ReturnAsync(
        HttpContext context, CredentialSignInStore signIns, CredentialWorkflows workflows, SessionCookie session, CancellationToken cancellationToken)
    {
        var state = context.Request.Query["state"].ToString();
        if (SignInState.Parse(state) is not { } carried)
            return SignInPage.Unknown;
        // Before the sign-in is taken: who comes with somebody else's state must not use it up.
        if (!carried.IsOf(session.Read(context)?.Browser))
            return SignInPage.OtherBrowser;
        var taken = await signIns.TakeAsync(carried.WorkspaceId, AuthorizationRequest.Hash(state), cancellationToken);
        if (taken is not SignInReturn.Taken signIn)
        {
            return taken switch
            {
                SignInReturn.Used => SignInPage.Used,
                SignInReturn.Expired => SignInPage.Expired,
                _ => SignInPage.Unknown,
            };
        }
        var page = await FinishAsync(context, signIn, signIns, workflows, cancellationToken);
        return carried.Proof is null ? page : page with { Back = $"/credentials/{signIn.CredentialId}" };
    }

    private static async Task<SignInPage> FinishAsync(
        HttpContext context, SignInReturn.Taken signIn, CredentialSignInStore signIns, CredentialWorkflows workflows, CancellationToken cancellationToken)
    {
        var query = context.Request.Query;
        string code = query["code"].ToString(), issuer = query["iss"].ToString(), error = query["error"].ToString();
        var name = signIn.CredentialName;
        if (!IsIssuer(signIn.Settings, issuer))
            return await RefusedAsync("issuer_mismatch", SignInPage.WrongIssuer(name));
        if (error.Length > 0)
            return await RefusedAsync(error.Length <= 100 ? error : error[..100], SignInPage.Refused(name, error, query["error_description"].ToString()));
        if (code.Length is 0 or > MaxCodeLength || !code.All(c => c is >= ' ' and <= '~'))
            return await RefusedAsync("code_missing", SignInPage.WithoutCode(name));

        await signIns.KeepCodeAsync(signIn, code, cancellationToken);
        var ended = await workflows.FinishSignInAsync(signIn.Who, signIn.Id, Patience, cancellationToken);
        return ended switch
        {
            null => SignInPage.Unfinished(name),
            { Status: ExecutionStatus.Completed } => SignInPage.SignedIn(name),
            _ => SignInPage.Failed(name, ended.Error?.Message ?? "The exchange of the code was cancelled."),
        };

        async Task<SignInPage> RefusedAsync(string why, SignInPage page)
        {
            await signIns.LogRefusalAsync(signIn, StorableJson.Clean(why), cancellationToken);
            return page;
        }
    }

    // RFC 9207: a server that names itself must be the one that was asked. Where nobody told its name, its origin is what
    // people were sent to.
    private static bool IsIssuer(IReadOnlyDictionary<string, string> settings, string issuer)
    {
        if (settings.TryGetValue("issuer", out var expected))
            return issuer == expected;
        return issuer.Length == 0
            || (Uri.TryCreate(issuer, UriKind.Absolute, out var given)
                && Uri.Compare(given, new Uri(settings["authorizationUrl"]), UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0);
    }
}
