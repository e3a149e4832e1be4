using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.ModelProviders;

/// <summary><c>/model-providers</c>: a workspace's connections to model providers.</summary>
internal static class ModelProviderEndpoints
{
    private const string Path = "/api/v1/model-providers";

    public static void MapModelProviders(this RouteGroupBuilder api)
    {
        var providers = api.MapGroup("/model-providers").WithTags("Model providers");
        providers.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer)
            .WithSummary("List the connections to model providers, by name")
            .WithDescription("All of the workspace's, 100 at most; those of the installation's configuration are not among them. API keys are never shown.");
        providers.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a connection");
        providers.MapPost("", CreateAsync).RequireAuthorization(Roles.Admin)
            .Takes<ModelProviderRequest>(Examples.ModelProvider).Refuses(400, 409, 415)
            .WithSummary("Connect a model provider")
            .WithDescription("The API key is stored encrypted. Whether the address may be reached is checked when it is used.");
        providers.MapPut("/{id}", UpdateAsync).RequireAuthorization(Roles.Admin)
            .Takes<ModelProviderRequest>(Examples.ModelProvider).Refuses(400, 404, 409, 415)
            .WithSummary("Change a connection")
            .WithDescription("Replaces everything but the API key, which stays unless 'apiKey' or 'removeApiKey' is given. When the kind or the address changes, the key must be given again, so that nobody can have it sent elsewhere.");
        providers.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Admin).Refuses(400, 404)
            .WithSummary("Delete a connection with its API key");
    }

    private static async Task<Ok<ListAnswer<ModelProvider>>> ListAsync(HttpContext context, ModelProviderStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ListAnswer<ModelProvider>(await store.ListAsync(context.Caller().WorkspaceId, cancellationToken)));

    private static async Task<Ok<ModelProvider>> GetAsync(HttpContext context, Guid id, ModelProviderStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.GetAsync(context.Caller().WorkspaceId, id, cancellationToken) ?? throw ProblemCatalog.NotFound("model provider", id));

    private static async Task<Created<ModelProvider>> CreateAsync(HttpContext context, ModelProviderStore store, CancellationToken cancellationToken)
    {
        var draft = (await context.ReadJsonAsync(ApiJson.Default.ModelProviderRequest, cancellationToken)).Check();
        var provider = Saved(await store.CreateAsync(context.Caller(), draft, cancellationToken), draft.Name, id: null);
        return TypedResults.Created($"{Path}/{provider.Id}", provider);
    }

    private static async Task<Ok<ModelProvider>> UpdateAsync(HttpContext context, Guid id, ModelProviderStore store, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ModelProviderRequest, cancellationToken);
        var draft = request.Check();
        return TypedResults.Ok(Saved(await store.UpdateAsync(context.Caller(), id, draft, request.RemoveApiKey, cancellationToken), draft.Name, id));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, ModelProviderStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(context.Caller(), id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("model provider", id);

    private static ModelProvider Saved(SaveProviderResult result, string name, Guid? id) => result switch
    {
        SaveProviderResult.Saved saved => saved.Provider,
        SaveProviderResult.NameTaken => throw ProblemCatalog.Conflict("name_taken", $"Another model provider of this workspace is named '{name}'. Choose another name, or change that one."),
        SaveProviderResult.TooMany => throw ProblemCatalog.Conflict("too_many_providers", $"A workspace has {ModelProviderStore.MaxProviders} model providers at most. Delete one that is not needed."),
        SaveProviderResult.KeyNeeded => throw ProblemCatalog.Invalid("api_key_needed",
            "The kind or the address changes, so the API key must be given again ('apiKey') or removed ('removeApiKey'); it is never sent to another address by itself.",
            [new("/apiKey", "api_key_needed", "Give the API key again, or remove it.")]),
        _ => throw ProblemCatalog.NotFound("model provider", id!),
    };
}
