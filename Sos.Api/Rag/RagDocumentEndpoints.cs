using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary><c>/rag-indexes/{name}/documents</c>: what is in an index.</summary>
internal static class RagDocumentEndpoints
{
    public static void MapRagDocuments(this RouteGroupBuilder api)
    {
        var documents = api.MapGroup("/rag-indexes/{name}/documents").WithTags("Document indexes");
        documents.MapPost("", UploadAsync).RequireAuthorization(Roles.Developer)
            .Accepts<RagUploadRequest>(isOptional: false, "application/json", RagUploadReader.RawTypes).WithMetadata(new RequestExample(Examples.RagUpload)).Refuses(400, 404, 413, 415, 503)
            .WithMetadata(new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy), new RequestSizeLimitAttribute(RagUploadReader.MaxBodyBytes))
            .WithSummary("Upload a document")
            .WithDescription("Plain text, Markdown, HTML or CSV of at most 10 MiB: as JSON, as a form with a file, or as the body itself with 'source', 'title' and 'metadata' (JSON) as parameters. It is stored at once and ingested by an execution of the workflow 'rag-ingest': 202, or 200 when it has ended within 'wait'. The same source again replaces the document; the same content again costs nothing.");
        documents.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("List an index's documents, newest first");
        documents.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a document");
        documents.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404)
            .WithSummary("Delete a document");
    }

    private static async Task<Results<Accepted<RagUploadAnswer>, Ok<RagUploadAnswer>>> UploadAsync(
        HttpContext context, string name, RagIndexChanges indexes, RagUploads uploads, CancellationToken cancellationToken, string? wait = null)
    {
        var patience = QueryText.Wait(wait);
        var index = (await indexes.FindAsync(context.Caller(), name, cancellationToken)).Index;
        var upload = await RagUploadReader.ReadAsync(context, cancellationToken);
        var (answer, ended, path) = await uploads.UploadAsync(context.Caller(), index, upload, patience, cancellationToken);
        return ended ? TypedResults.Ok(answer) : TypedResults.Accepted(path, answer);
    }

    private static async Task<Ok<ListAnswer<RagDocument>>> ListAsync(
        HttpContext context, string name, RagIndexChanges indexes, RagDocumentStore documents, CancellationToken cancellationToken,
        string? status = null, string? source = null, string? cursor = null, string? limit = null)
    {
        if (status is not (null or RagDocumentStatus.Pending or RagDocumentStatus.Ready or RagDocumentStatus.Failed))
            throw ProblemCatalog.InvalidParameter("status", "one of pending, ready and failed");
        if (source is { Length: > RagLimits.SourceLength } || source?.Contains('\0', StringComparison.Ordinal) == true)
            throw ProblemCatalog.InvalidParameter("source", $"at most {RagLimits.SourceLength} characters");
        var count = QueryText.Limit(limit);
        var before = Cursor.ReadId(Cursor.List.RagDocuments, cursor);
        var index = (await indexes.FindAsync(context.Caller(), name, cancellationToken)).Index;
        var found = await documents.ListAsync(
            context.Caller().WorkspaceId, index.Id, new RagDocumentFilter { Status = status, Source = source, Before = before, Limit = count + 1 }, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(found, count, d => Cursor.Of(Cursor.List.RagDocuments, d.Id)));
    }

    private static async Task<Ok<RagDocument>> GetAsync(
        HttpContext context, string name, Guid id, RagIndexChanges indexes, RagDocumentStore documents, CancellationToken cancellationToken)
    {
        var index = (await indexes.FindAsync(context.Caller(), name, cancellationToken)).Index;
        return TypedResults.Ok(await documents.GetAsync(context.Caller().WorkspaceId, index.Id, id, cancellationToken) ?? throw ProblemCatalog.NotFound("document", id));
    }

    private static async Task<NoContent> DeleteAsync(
        HttpContext context, string name, Guid id, RagIndexChanges indexes, RagDocumentStore documents, CancellationToken cancellationToken)
    {
        var index = (await indexes.FindAsync(context.Caller(), name, cancellationToken)).Index;
        return await documents.DeleteAsync(context.Caller().WorkspaceId, index.Id, id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("document", id);
    }
}
