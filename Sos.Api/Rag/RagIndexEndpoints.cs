using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Sos.Api.Auth;
using Sos.Api.Executions;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
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

    private static async Task<Created<RagIndexAnswer>> CreateAsync(HttpContext context, RagIndexStore store, CancellationToken cancellationToken)
    {
        var settings = await context.ReadJsonAsync(ApiJson.Default.RagIndexSettings, cancellationToken);
        if (settings.Check() is [var first, ..] problems)
            throw ProblemCatalog.Invalid("invalid_index", first.Message, problems);
        return await store.CreateAsync(context.Caller().WorkspaceId, settings, cancellationToken) switch
        {
            CreateIndexResult.Created created => TypedResults.Created($"/api/v1/rag-indexes/{created.Index.Name}", RagIndexAnswer.Of(new RagIndexAndSize(created.Index, 0, 0))),
            CreateIndexResult.NoPgVector => throw ProblemCatalog.Conflict("pgvector_missing", "The database does not have pgvector 0.8 or newer, or the vectors have more than the 2,000 dimensions that its HNSW index takes. Use 'auto' or 'exact'."),
            _ => throw ProblemCatalog.Conflict("name_taken", $"There is an index '{settings.Name}' in this workspace already."),
        };
    }

    private static async Task<Ok<ListAnswer<RagIndexAnswer>>> ListAsync(
        HttpContext context, RagIndexStore store, CancellationToken cancellationToken, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var found = await store.ListAsync(context.Caller().WorkspaceId, Cursor.ReadId(Cursor.List.RagIndexes, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(found.ConvertAll(RagIndexAnswer.Of), count, i => Cursor.Of(Cursor.List.RagIndexes, i.Id)));
    }

    private static async Task<Ok<RagIndexAnswer>> GetAsync(HttpContext context, string name, RagIndexStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(RagIndexAnswer.Of(await FindAsync(context, store, name, cancellationToken)));

    private static async Task<Ok<RagIndexAnswer>> ChangeAsync(HttpContext context, string name, RagIndexStore store, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ChangeRagIndexRequest, cancellationToken);
        if (request.Description is { } description && (description.Length > 2_000 || description.Contains('\0', StringComparison.Ordinal)))
            throw ProblemCatalog.Invalid("invalid_index", "The description must be at most 2,000 characters, without U+0000.", [new("/description", "invalid_index", "The description must be at most 2,000 characters, without U+0000.")]);
        CheckName(name);
        return TypedResults.Ok(RagIndexAnswer.Of(
            await store.DescribeAsync(context.Caller().WorkspaceId, name, request.Description, cancellationToken) ?? throw ProblemCatalog.NotFound("index", name)));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, string name, RagIndexStore store, CancellationToken cancellationToken)
    {
        CheckName(name);
        return await store.DeleteAsync(context.Caller().WorkspaceId, name, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("index", name);
    }

    private static async Task<Results<Ok<RagQueryAnswer>, Accepted<ExecutionReceipt>>> QueryAsync(
        HttpContext context, string name, RagIndexStore store, RagWorkflows workflows, CancellationToken cancellationToken, string? wait = null)
    {
        var patience = QueryText.Wait(wait ?? "30s");
        var request = await context.ReadJsonAsync(ApiJson.Default.RagQueryRequest, cancellationToken, maxBytes: 256 * 1024);
        Require(request.Query.Length is > 0 and <= RagLimits.QueryLength, "/query", $"A question has 1 to {RagLimits.QueryLength:N0} characters.");
        Require(request.Mode is null or "retrieve" or "answer", "/mode", "The mode is retrieve or answer.");
        Require(request.Mode is not "answer" || !string.IsNullOrWhiteSpace(request.Model), "/model", "An answer needs a chat model.");
        Require(request.Search is null or "hybrid" or "vector" or "text", "/search", "The search is hybrid, vector or text.");
        Require(request.TopK is null or (>= 1 and <= RagLimits.TopK), "/topK", $"Up to {RagLimits.TopK} passages can be had.");
        var index = await FindAsync(context, store, name, cancellationToken);
        var (ended, receipt) = await workflows.QueryAsync(context.Caller(), index.Index.Name, request, patience, cancellationToken);
        return ended is null
            ? TypedResults.Accepted(receipt!.Links.Self, receipt)
            : TypedResults.Ok(new RagQueryAnswer { Status = ended.Status, Output = ended.Output, Error = ended.Error, ExecutionId = ended.Id, TraceId = ended.TraceId });

        static void Require(bool isFine, string pointer, string message)
        {
            if (!isFine)
                throw ProblemCatalog.Invalid("invalid_query", message, [new(pointer, "invalid_query", message)]);
        }
    }

    /// <summary>The index of a name, or the answer that there is none.</summary>
    internal static async Task<RagIndexAndSize> FindAsync(HttpContext context, RagIndexStore store, string name, CancellationToken cancellationToken)
    {
        CheckName(name);
        return await store.FindAsync(context.Caller().WorkspaceId, name, cancellationToken) ?? throw ProblemCatalog.NotFound("index", name);
    }

    // A name that no index can have need not be asked for, nor can all of them be.
    private static void CheckName(string name)
    {
        if (name.Length > 63 || name.Contains('\0', StringComparison.Ordinal))
            throw ProblemCatalog.NotFound("index", name.Length > 63 ? name[..63] + "…" : name.Replace('\0', ' '));
    }
}
