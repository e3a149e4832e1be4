using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Workspaces;

/// <summary><c>/workspace</c>: the caller's workspace and its settings.</summary>
internal static class WorkspaceEndpoints
{
    public static void MapWorkspace(this RouteGroupBuilder api)
    {
        var workspace = api.MapGroup("/workspace").WithTags("Workspace");
        workspace.MapGet("", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(404)
            .WithSummary("Get the key's workspace with its settings");
        workspace.MapPatch("", ChangeAsync).RequireAuthorization(Roles.Admin)
            .Takes<WorkspaceRequest>(Examples.Workspace).Refuses(400, 404, 415)
            .WithSummary("Change the workspace's settings")
            .WithDescription("What is left out stays. With 'keepModelContent', prompts and answers of model calls are kept in the log tables from then on; switching it off removes none that are there.");
    }

    private static async Task<Ok<Workspace>> GetAsync(HttpContext context, WorkspaceStore store, CancellationToken cancellationToken)
    {
        var id = context.Caller().WorkspaceId;
        return TypedResults.Ok(await store.GetAsync(id, cancellationToken) ?? throw ProblemCatalog.NotFound("workspace", id));
    }

    private static async Task<Ok<Workspace>> ChangeAsync(HttpContext context, WorkspaceStore store, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.WorkspaceRequest, cancellationToken);
        var caller = context.Caller();
        var workspace = request.KeepModelContent is { } keep
            ? await store.KeepModelContentAsync(caller, keep, cancellationToken)
            : await store.GetAsync(caller.WorkspaceId, cancellationToken);
        return TypedResults.Ok(workspace ?? throw ProblemCatalog.NotFound("workspace", caller.WorkspaceId));
    }
}

/// <summary>Settings of the workspace to be changed.</summary>
public sealed record WorkspaceRequest
{
    /// <summary>Whether prompts and answers of model calls are kept in the log tables; stays as it is where left out.</summary>
    public bool? KeepModelContent { get; init; }
}
