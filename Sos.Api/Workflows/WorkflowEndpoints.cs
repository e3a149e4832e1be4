using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Sos.Api.Auth;
using Sos.Api.Idempotency;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;
using Sos.Workflows.Validation;

namespace Sos.Api.Workflows;

/// <summary><c>/workflows</c>: definitions and their versions.</summary>
internal static class WorkflowEndpoints
{
    public static void MapWorkflows(this RouteGroupBuilder api)
    {
        var workflows = api.MapGroup("/workflows").WithTags("Workflows");
        workflows.MapPost("", CreateAsync).RequireAuthorization(Roles.Developer).WithIdempotencyKey()
            .Takes<WorkflowDefinition>(Examples.Definition).Refuses(400, 409, 413, 415, 422)
            .WithSummary("Save a new workflow")
            .WithDescription("Takes a definition, or a graph in React Flow's shape. Everything that is wrong with it is listed at once, each with a JSON pointer.");
        workflows.MapPost("/import", CreateAsync).RequireAuthorization(Roles.Developer).WithIdempotencyKey()
            .Takes<JsonElement>(Examples.ReactFlow).Refuses(400, 409, 413, 415, 422)
            .WithSummary("Import a workflow")
            .WithDescription("Takes a graph in React Flow's shape ('nodes[].data.type', 'edges[].source') or a definition, and saves it as a new workflow.");
        workflows.MapPost("/validate", ValidateAsync).RequireAuthorization(Roles.Viewer)
            .Takes<JsonElement>(Examples.Definition).Refuses(413, 415)
            .WithSummary("Check a definition without saving it");
        workflows.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List workflows, newest first");
        workflows.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a workflow with its latest definition");
        workflows.MapPut("/{id}", UpdateAsync).RequireAuthorization(Roles.Developer)
            .Takes<WorkflowDefinition>(Examples.Definition).Refuses(400, 404, 409, 412, 413, 415)
            .WithSummary("Save a new version of a workflow")
            .WithDescription("A definition that equals the latest version's changes nothing. 'If-Match' with the version's number in quotes refuses to save over somebody else's change. Executions that run keep their version.");
        workflows.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404)
            .WithSummary("Delete a workflow")
            .WithDescription("No new execution of it can start. Its executions stay, and those that run go on.");
        workflows.MapGet("/{id}/versions", ListVersionsAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("List a workflow's versions, latest first");
        workflows.MapGet("/{id}/versions/{version}", GetVersionAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a version with its definition");
    }

    private static async Task<Created<WorkflowAnswer>> CreateAsync(
        HttpContext context, DefinitionInput input, WorkflowStore store, CancellationToken cancellationToken)
    {
        var (definition, warnings) = input.Accept((await ReadAsync(context, cancellationToken)).Span);
        var caller = context.Caller();
        switch (await store.CreateAsync(caller.WorkspaceId, caller.UserId, definition, cancellationToken))
        {
            case SaveWorkflowResult.Saved saved:
                context.Response.Headers.ETag = ETag(saved.Workflow.Version);
                return TypedResults.Created($"/api/v1/workflows/{saved.Workflow.Id}", WorkflowAnswer.Of(saved.Workflow) with { Warnings = warnings });
            default:
                throw NameTaken(definition.Name);
        }
    }

    private static async Task<Ok<ValidationAnswer>> ValidateAsync(HttpContext context, DefinitionInput input, CancellationToken cancellationToken)
    {
        var (read, warnings) = input.Check((await ReadAsync(context, cancellationToken)).Span);
        return TypedResults.Ok(new ValidationAnswer(read.IsValid, read.Problems, warnings));
    }

    private static async Task<Ok<ListAnswer<WorkflowAnswer>>> ListAsync(
        HttpContext context, WorkflowStore store, CancellationToken cancellationToken, string? name = null, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        if (name is { Length: > 200 } || name?.Contains('\0', StringComparison.Ordinal) == true)
            throw ProblemCatalog.InvalidParameter("name", "at most 200 characters");
        var rows = await store.ListAsync(context.Caller().WorkspaceId, name, Cursor.ReadId(Cursor.List.Workflows, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows.ConvertAll(w => WorkflowAnswer.Of(w)), count, w => Cursor.Of(Cursor.List.Workflows, w.Id)));
    }

    private static async Task<Ok<WorkflowAnswer>> GetAsync(HttpContext context, Guid id, WorkflowStore store, CancellationToken cancellationToken)
    {
        var workspace = context.Caller().WorkspaceId;
        var workflow = await store.GetAsync(workspace, id, cancellationToken) ?? throw ProblemCatalog.NotFound("workflow", id);
        var version = await store.GetVersionAsync(workspace, id, workflow.Version, cancellationToken) ?? throw ProblemCatalog.NotFound("workflow", id);
        context.Response.Headers.ETag = ETag(workflow.Version);
        return TypedResults.Ok(WorkflowAnswer.Of(workflow, version.Definition));
    }

    private static async Task<Ok<WorkflowAnswer>> UpdateAsync(
        HttpContext context, Guid id, DefinitionInput input, WorkflowStore store, WorkflowCache cache, CancellationToken cancellationToken)
    {
        var expected = ReadIfMatch(context.Request);
        var (definition, warnings) = input.Accept((await ReadAsync(context, cancellationToken)).Span);
        var caller = context.Caller();
        switch (await store.AddVersionAsync(caller.WorkspaceId, caller.UserId, id, definition, expected, cancellationToken))
        {
            case SaveWorkflowResult.Saved saved:
                cache.Forget(caller.WorkspaceId, id);
                context.Response.Headers.ETag = ETag(saved.Workflow.Version);
                return TypedResults.Ok(WorkflowAnswer.Of(saved.Workflow) with { Warnings = warnings });
            case SaveWorkflowResult.NameTaken:
                throw NameTaken(definition.Name);
            case SaveWorkflowResult.Changed changed:
                throw new ProblemException(StatusCodes.Status412PreconditionFailed, "version_changed",
                    $"The workflow is at version {changed.LatestVersion}, not {expected}: somebody saved in between. Get it, merge your change and save again.");
            default:
                throw ProblemCatalog.NotFound("workflow", id);
        }
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, WorkflowStore store, WorkflowCache cache, CancellationToken cancellationToken)
    {
        var workspace = context.Caller().WorkspaceId;
        if (!await store.DeleteAsync(workspace, id, cancellationToken))
            throw ProblemCatalog.NotFound("workflow", id);
        cache.Forget(workspace, id);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<ListAnswer<WorkflowVersion>>> ListVersionsAsync(
        HttpContext context, Guid id, WorkflowStore store, CancellationToken cancellationToken, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var before = Cursor.ReadNumber(Cursor.List.Versions, cursor);
        var rows = await store.ListVersionsAsync(context.Caller().WorkspaceId, id, before, count + 1, cancellationToken);
        if (rows.Count == 0 && before is null)
            throw ProblemCatalog.NotFound("workflow", id);
        return TypedResults.Ok(ListAnswer.Of(rows, count, v => Cursor.Of(Cursor.List.Versions, v.Version)));
    }

    private static async Task<Ok<WorkflowVersion>> GetVersionAsync(HttpContext context, Guid id, int version, WorkflowStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.GetVersionAsync(context.Caller().WorkspaceId, id, version, cancellationToken)
            ?? throw ProblemCatalog.NotFound("version of this workflow", version));

    private static Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, CancellationToken cancellationToken) =>
        RequestBody.ReadAsync(context, DefinitionLimits.Bytes, cancellationToken);

    internal static ProblemException NameTaken(string name) =>
        ProblemCatalog.Conflict("name_taken", $"Another workflow of this workspace is named '{name}'. Choose another name, or PUT to that workflow.");

    private static string ETag(int version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    private static int? ReadIfMatch(HttpRequest request)
    {
        string? header = request.Headers[HeaderNames.IfMatch];
        if (header is null or "*")
            return null;
        return int.TryParse(header.Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw ProblemCatalog.InvalidParameter("If-Match", "a version's number in quotes, such as \"3\"");
    }
}
