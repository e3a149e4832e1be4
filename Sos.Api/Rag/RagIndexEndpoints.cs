using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Sos.Api.Auth;
using Sos.Api.Executions;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Requests;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary><c>/rag-indexes</c>: indexes of documents, and questions to them.</summary>
internal static class RagIndexEndpoints
{
    public static void MapRagIndexes(this RouteGroupBuilder api)
    {
        var indexes = api.MapGroup("/rag-indexes").WithTags("Document indexes");
        indexes.MapPost("", CreateAsync).RequireAuthorization(Roles.Developer)
            .Takes<RagIndexSettings>(Examples.RagIndex).Refuses(400, 409, 413, 415)
            .WithSummary("Make an index of documents")
            .WithDescription("How an index embeds, cuts and stores is fixed when it is made. Without a model it uses the built-in local embedder, which compares spelling and no meaning. 'vectorStore: auto' takes pgvector where the database has it.");
        indexes.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List indexes, newest first");
        indexes.MapGet("/{name}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(404)
            .WithSummary("Get an index with its size");
        indexes.MapPut("/{name}", ChangeAsync).RequireAuthorization(Roles.Developer)
            .Takes<ChangeRagIndexRequest>(Examples.RagIndexChange).Refuses(400, 404, 413, 415)
            .WithSummary("Change an index's description")
            .WithDescription("Its other settings stay: what was embedded otherwise can't be compared. Make another index for other settings.");
        indexes.MapDelete("/{name}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(404)
            .WithSummary("Delete an index with all its documents");
        indexes.MapPost("/{name}/query", QueryAsync).RequireAuthorization(Roles.Developer)
            .Takes<RagQueryRequest>(Examples.RagQuery).Refuses(400, 404, 413, 415, 503)
            .WithMetadata(new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy))
            .WithSummary("Ask an index")
            .WithDescription("Runs the workflow 'rag-query' and waits for it ('wait', 30s unless said otherwise); answers 202 when it takes longer.");
    }

    private static async Task<Created<RagIndexAnswer>> CreateAsync(HttpContext context, RagIndexChanges changes, CancellationToken cancellationToken)
    {
        var settings = await context.ReadJsonAsync(ApiJson.Default.RagIndexSettings, cancellationToken);
        var index = await changes.CreateAsync(context.Caller(), settings, cancellationToken);
        return TypedResults.Created($"/api/v1/rag-indexes/{index.Name}", RagIndexAnswer.Of(new RagIndexAndSize(index, 0, 0, 0)));
    }

    private static async Task<Ok<ListAnswer<RagIndexAnswer>>> ListAsync(
        HttpContext context, RagIndexStore store, CancellationToken cancellationToken, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var found = await store.ListAsync(context.Caller().WorkspaceId, Cursor.ReadId(Cursor.List.RagIndexes, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(found.ConvertAll(RagIndexAnswer.Of), count, i => Cursor.Of(Cursor.List.RagIndexes, i.Id)));
    }

    private static async Task<Ok<RagIndexAnswer>> GetAsync(HttpContext context, string name, RagIndexChanges indexes, CancellationToken cancellationToken) =>
        TypedResults.Ok(RagIndexAnswer.Of(await indexes.FindAsync(context.Caller(), name, cancellationToken)));

    private static async Task<Ok<RagIndexAnswer>> ChangeAsync(HttpContext context, string name, RagIndexChanges changes, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ChangeRagIndexRequest, cancellationToken);
        return TypedResults.Ok(RagIndexAnswer.Of(await changes.DescribeAsync(context.Caller(), name, request.Description, cancellationToken)));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, string name, RagIndexChanges changes, CancellationToken cancellationToken)
    {
        await changes.DeleteAsync(context.Caller(), name, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<RagQueryAnswer>, Accepted<ExecutionReceipt>>> QueryAsync(
        HttpContext context, string name, RagQueries queries, CancellationToken cancellationToken, string? wait = null)
    {
        var patience = QueryText.Wait(wait ?? "30s");
        var request = await context.ReadJsonAsync(ApiJson.Default.RagQueryRequest, cancellationToken, maxBytes: 256 * 1024);
        var (ended, receipt) = await queries.AskAsync(context.Caller(), name, request, patience, cancellationToken);
        return ended is null
            ? TypedResults.Accepted(receipt!.Links.Self, receipt)
            : TypedResults.Ok(new RagQueryAnswer { Status = ended.Status, Output = ended.Output, Error = ended.Error, ExecutionId = ended.Id, TraceId = ended.TraceId });
    }
}
