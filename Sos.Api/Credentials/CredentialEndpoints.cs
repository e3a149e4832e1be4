using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Credentials;
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
            .WithDescription("By its id or its name. 'signIn' says whether somebody is signed in, where somebody must be.");
        credentials.MapPost("/{id}/test", TestAsync).RequireAuthorization(Roles.Developer)
            .Takes<CredentialTestRequest>(Examples.CredentialTest, optional: true).Refuses(400, 404, 415, 503)
            .WithMetadata(new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy))
            .WithSummary("Test a credential")
            .WithDescription("By its id or its name. An executor gets a token (oauth2), signs in to the database (postgres), and asks for 'testUrl' (body or setting) with it; without one it can only tell that the credential opens. 'ok' says how it went, and 'message' what was seen.");
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

    private static async Task<Ok<StoredCredential>> GetAsync(HttpContext context, string id, CredentialStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await FindAsync(context, id, store, cancellationToken));

    /// <summary>The credential of an id or a name, or the answer that there is none.</summary>
    internal static async Task<StoredCredential> FindAsync(HttpContext context, string id, CredentialStore store, CancellationToken cancellationToken) =>
        (id.Length <= 63 && !id.Contains('\0', StringComparison.Ordinal) ? await store.FindAsync(context.Caller().WorkspaceId, id, cancellationToken) : null)
            ?? throw ProblemCatalog.NotFound("credential", id.Length <= 63 ? id.Replace('\0', ' ') : id[..63] + "…");

    private static async Task<Ok<CredentialTestAnswer>> TestAsync(
        HttpContext context, string id, CredentialStore store, CredentialWorkflows workflows, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(context, 16 * 1024, cancellationToken);
        var url = body.IsEmpty ? null : RequestBody.Parse(body.Span, ApiJson.Default.CredentialTestRequest).TestUrl;
        var credential = await FindAsync(context, id, store, cancellationToken);
        if (url is not null)
            CheckTestUrl(credential, url);
        return TypedResults.Ok(await workflows.TestAsync(context.Caller(), credential.Name, url, cancellationToken));
    }

    private static void CheckTestUrl(StoredCredential credential, string url)
    {
        var message = credential.Type is CredentialType.Postgres or CredentialType.Custom
            ? $"A credential of type {credential.Type} is not sent to an address; leave testUrl out."
            : url.Length > 2_000 || !Uri.TryCreate(url, UriKind.Absolute, out var address) || address.UserInfo.Length > 0
            ? "testUrl must be an absolute URL without a user, such as https://api.example.com/me."
            : !credential.AllowedHosts.Any(h => AllowedHost.TryParse(h, out var host) && host.Includes(address))
            ? $"testUrl must be on one of the credential's allowedHosts: {string.Join(", ", credential.AllowedHosts)}."
            : null;
        if (message is not null)
            throw ProblemCatalog.Invalid("invalid_test", message, [new("/testUrl", "invalid_value", message)]);
    }

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
