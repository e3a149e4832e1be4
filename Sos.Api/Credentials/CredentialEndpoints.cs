using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
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
        credentials.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a credential without its secrets");
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

    private static async Task<Ok<StoredCredential>> GetAsync(HttpContext context, Guid id, CredentialStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.GetAsync(context.Caller().WorkspaceId, id, cancellationToken) ?? throw ProblemCatalog.NotFound("credential", id));

    private static async Task<Created<StoredCredential>> CreateAsync(HttpContext context, CredentialStore store, CancellationToken cancellationToken)
    {
        var draft = (await context.ReadJsonAsync(ApiJson.Default.CredentialRequest, cancellationToken)).Check();
        var credential = Saved(await store.CreateAsync(context.Caller(), draft, cancellationToken), draft.Name, id: null);
        return TypedResults.Created($"{Path}/{credential.Id}", credential);
    }

    private static async Task<Ok<StoredCredential>> UpdateAsync(HttpContext context, Guid id, CredentialStore store, CancellationToken cancellationToken)
    {
        var draft = (await context.ReadJsonAsync(ApiJson.Default.CredentialRequest, cancellationToken)).Check();
        return TypedResults.Ok(Saved(await store.UpdateAsync(context.Caller(), id, draft, cancellationToken), draft.Name, id));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, CredentialStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(context.Caller(), id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("credential", id);

    private static StoredCredential Saved(SaveCredentialResult result, string name, Guid? id) => result switch
    {
        SaveCredentialResult.Saved saved => saved.Credential,
        SaveCredentialResult.NameTaken => throw ProblemCatalog.Conflict("name_taken", $"Another credential of this workspace is named '{name}'. Choose another name, or change that one."),
        SaveCredentialResult.TooMany => throw ProblemCatalog.Conflict("too_many_credentials", $"A workspace has {CredentialStore.MaxCredentials} credentials at most. Delete one that is not needed."),
        SaveCredentialResult.SecretsNeeded => throw ProblemCatalog.Invalid("secrets_needed",
            id is null ? "A new credential needs its secrets." : "The type or a setting changes, or a host is added, so the secrets must be given again; they are never sent elsewhere by themselves.",
            [new("/secrets", "secrets_needed", "Give the secrets.")]),
        _ => throw ProblemCatalog.NotFound("credential", id!),
    };
}
