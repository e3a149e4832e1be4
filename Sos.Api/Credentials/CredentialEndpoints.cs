using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Credentials;

/// <summary><c>/credentials</c>: what a workspace's nodes sign in to other services with.</summary>
internal static class CredentialEndpoints
{
    private const string Path = "/api/v1/credentials";

    public static void MapCredentials(this RouteGroupBuilder api)
    {
        var credentials = api.MapGroup("/credentials").WithTags("Credentials");
        credentials.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer)
            .WithSummary("List the credentials, by name")
            .WithDescription("All of the workspace's, 500 at most. Secrets are never shown, only their names.");
        credentials.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(404)
            .WithSummary("Get a credential without its secrets")
            .WithDescription("By its id or its name. 'signIn' says whether somebody is signed in, where somebody must be; 'lastTest' what the last test came to, null where there was none since its secrets were last changed.");
        credentials.MapPost("/{id}/test", TestAsync).RequireAuthorization(Roles.Developer)
            .Takes<CredentialTestRequest>(Examples.CredentialTest, optional: true).Refuses(400, 404, 415, 503)
            .WithMetadata(new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy))
            .WithSummary("Test a credential")
            .WithDescription("By its id or its name. An executor gets a token (oauth2), signs in to the database (postgres), and asks for 'testUrl' (body or setting) with it; without one it can only tell that the credential opens. 'ok' says how it went, and 'message' what was seen; the credential keeps both as 'lastTest'.");
        credentials.MapPost("", CreateAsync).RequireAuthorization(Roles.Admin)
            .Takes<CredentialRequest>(Examples.Credential).Refuses(400, 409, 415)
            .WithSummary("Save a credential")
            .WithDescription("Its secrets are stored encrypted. It is only ever sent to the hosts that it allows.");
        credentials.MapPut("/{id}", UpdateAsync).RequireAuthorization(Roles.Admin)
            .Takes<CredentialRequest>(Examples.Credential).Refuses(400, 404, 409, 415)
            .WithSummary("Change a credential")
            .WithDescription("Replaces everything but the secrets, which stay unless 'secrets' is given. They must be given again when the type or a setting changes or a host is added, so that nobody can have them sent elsewhere.");
        credentials.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Admin).Refuses(400, 404)
            .WithSummary("Delete a credential with its secrets");
    }

    private static async Task<Ok<ListAnswer<StoredCredential>>> ListAsync(HttpContext context, CredentialStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ListAnswer<StoredCredential>(await store.ListAsync(context.Caller().WorkspaceId, cancellationToken)));

    private static async Task<Ok<StoredCredential>> GetAsync(HttpContext context, string id, CredentialChanges credentials, CancellationToken cancellationToken) =>
        TypedResults.Ok(await credentials.GetAsync(context.Caller().WorkspaceId, id, cancellationToken));

    private static async Task<Ok<CredentialTestAnswer>> TestAsync(
        HttpContext context, string id, CredentialChanges credentials, CredentialWorkflows workflows, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, 16 * 1024, cancellationToken);
        var url = body.IsEmpty ? null : RequestBody.Parse(body.Span, ApiJson.Default.CredentialTestRequest).TestUrl;
        var caller = context.Caller();
        return TypedResults.Ok(await workflows.TestAsync(caller, await credentials.GetAsync(caller.WorkspaceId, id, cancellationToken), url, cancellationToken));
    }

    private static async Task<Created<StoredCredential>> CreateAsync(HttpContext context, CredentialChanges credentials, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.CredentialRequest, cancellationToken);
        var credential = await credentials.CreateAsync(context.Caller(), request, cancellationToken);
        return TypedResults.Created($"{Path}/{credential.Id}", credential);
    }

    private static async Task<Ok<StoredCredential>> UpdateAsync(HttpContext context, Guid id, CredentialChanges credentials, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.CredentialRequest, cancellationToken);
        return TypedResults.Ok(await credentials.UpdateAsync(context.Caller(), id, request, cancellationToken));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, CredentialChanges credentials, CancellationToken cancellationToken)
    {
        await credentials.DeleteAsync(context.Caller(), id, cancellationToken);
        return TypedResults.NoContent();
    }
}
