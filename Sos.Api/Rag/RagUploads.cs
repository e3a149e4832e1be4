using System.Text.Json;
using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>Takes documents and has them ingested, for the API and for the pages.</summary>
internal sealed class RagUploads(RagDocumentStore documents, RagWorkflows workflows)
{
    private static readonly StorableJsonLimits MetadataLimits = new() { MaxBytes = RagLimits.MetadataBytes };

    /// <summary>Keeps an upload and starts its ingestion.</summary>
    /// <exception cref="ProblemException">It is refused; or the index is gone.</exception>
    public async Task<(RagUploadAnswer Answer, bool Ended, string ExecutionPath)> UploadAsync(KeyHolder who, RagIndex index, RagUpload upload, TimeSpan wait, CancellationToken cancellationToken)
    {
        Check(upload);
        var document = await documents.UploadAsync(who.WorkspaceId, index.Id, upload, cancellationToken) ?? throw ProblemCatalog.NotFound("index", index.Name);
        var (ended, receipt) = await workflows.IngestAsync(who, index.Name, document.Id, wait, cancellationToken);
        if (ended is null)
            return (new RagUploadAnswer { Document = document, ExecutionId = receipt!.Id, TraceId = receipt.TraceId, Status = receipt.Status }, false, receipt.Links.Self);
        return (new RagUploadAnswer
        {
            Document = await documents.GetAsync(who.WorkspaceId, index.Id, document.Id, cancellationToken) ?? document,
            ExecutionId = ended.Id,
            TraceId = ended.TraceId,
            Status = ended.Status,
            Error = ended.Error,
        }, true, "");
    }

    private static void Check(RagUpload upload)
    {
        var problems = new List<JsonProblem>();
        if (upload.Source.Length is 0 or > RagLimits.SourceLength || upload.Source.Contains('\0', StringComparison.Ordinal))
            problems.Add(new("/source", "invalid_source", $"The source is your own id of the document: 1 to {RagLimits.SourceLength} characters, without U+0000. With a raw body it is the parameter 'source'."));
        if (upload.Title is { Length: > RagLimits.TitleLength } || upload.Title?.Contains('\0', StringComparison.Ordinal) == true)
            problems.Add(new("/title", "invalid_title", $"The title has at most {RagLimits.TitleLength} characters, without U+0000."));
        if (upload.ContentType.Length > 200 || upload.ContentType.Contains('\0', StringComparison.Ordinal))
            problems.Add(new("/contentType", "invalid_content_type", "The content type has at most 200 characters."));
        if (upload.Content.Length == 0)
            problems.Add(new("/text", "empty_document", "The document is empty."));
        if (upload.Metadata is { } metadata)
        {
            if (metadata.ValueKind != JsonValueKind.Object)
                problems.Add(new("/metadata", "wrong_type", "The metadata must be an object."));
            problems.AddRange(StorableJson.Check(metadata, MetadataLimits).Select(p => p with { Pointer = "/metadata" + p.Pointer }));
        }
        if (problems.Count > 0)
            throw ProblemCatalog.Invalid("invalid_document", problems[0].Message, problems);
        if (upload.Content.Length > RagLimits.DocumentBytes)
            throw ProblemMiddleware.TooLarge(RagLimits.DocumentBytes);
    }
}
