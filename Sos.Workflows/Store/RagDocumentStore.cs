using System.Text.Json;
using Sos.Workflows.Rag;

namespace Sos.Workflows.Store;

/// <summary>Documents as the API sees them. It stores uploads and deletes documents; executors ingest.</summary>
public sealed class RagDocumentStore(WorkspaceDatabase database)
{
    /// <summary>Keeps an upload until it is ingested, for a new document or for the one that has the source.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="indexId">The index.</param>
    /// <param name="upload">The content.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The document; null where the index is gone.</returns>
    public Task<RagDocument?> UploadAsync(Guid workspaceId, Guid indexId, RagUpload upload, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            with document as (
              insert into rag_documents (id, workspace_id, index_id, source, title, content_type, metadata)
              select $1, $2, i.id, $4, $5, $6, $7 from rag_indexes i where i.id = $3
              on conflict (index_id, source) do update set status = 'pending', error = null, updated_at = now()
              returning {RagRows.DocumentColumns}
            ), upload as (
              insert into rag_uploads (document_id, workspace_id, title, content_type, metadata, content)
              select id, $2, $5, $6, $7, $8 from document
              on conflict (document_id) do update set
                title = excluded.title, content_type = excluded.content_type, metadata = excluded.metadata, content = excluded.content, created_at = now()
            )
            select {RagRows.DocumentColumns} from document
            """)
            .With(Guid.CreateVersion7()).With(workspaceId).With(indexId).With(upload.Source).With(upload.Title).With(upload.ContentType)
            .WithJson(Jsonb.Text(upload.Metadata) ?? "{}").With(upload.Content);
        return batch.FirstAsync(RagRows.ReadDocument, cancellationToken);
    }

    /// <summary>Documents of an index by age, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="indexId">The index.</param>
    /// <param name="filter">Which ones.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<RagDocument>> ListAsync(Guid workspaceId, Guid indexId, RagDocumentFilter filter, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {RagRows.DocumentColumns} from rag_documents
            where index_id = $1 and ($2::text is null or status = $2) and ($3::text is null or source = $3)
              and id < coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit $5
            """)
            .With(indexId).With(filter.Status).With(filter.Source).With(filter.Before).With(filter.Limit);
        return batch.AllAsync(RagRows.ReadDocument, cancellationToken);
    }

    /// <summary>A document; null where the index has none of that id.</summary>
    public Task<RagDocument?> GetAsync(Guid workspaceId, Guid indexId, Guid documentId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {RagRows.DocumentColumns} from rag_documents where index_id = $1 and id = $2").With(indexId).With(documentId);
        return batch.FirstAsync(RagRows.ReadDocument, cancellationToken);
    }

    /// <summary>Deletes a document with its chunks.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteAsync(Guid workspaceId, Guid indexId, Guid documentId, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        // The index's row first: whoever changes chunks holds it.
        batch.Add("""
            update rag_indexes set revision = revision + 1, updated_at = now()
            where id = $1 and exists (select from rag_documents where index_id = $1 and id = $2)
            """).With(indexId).With(documentId);
        batch.Add("delete from rag_documents where index_id = $1 and id = $2").With(indexId).With(documentId);
        return await batch.ExecuteNonQueryAsync(cancellationToken) > 0;
    }
}

/// <summary>Content to be ingested.</summary>
public sealed record RagUpload
{
    /// <summary>The user's own id of the document.</summary>
    public required string Source { get; init; }

    /// <summary>What it is called; null to take the content's own title.</summary>
    public string? Title { get; init; }

    /// <summary>Its media type.</summary>
    public required string ContentType { get; init; }

    /// <summary>What filters can ask for: an object; null for nothing.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>The content.</summary>
    public required byte[] Content { get; init; }
}

/// <summary>Which documents a list shows.</summary>
public sealed record RagDocumentFilter
{
    /// <summary>Only documents of this status.</summary>
    public string? Status { get; init; }

    /// <summary>Only the document of this source.</summary>
    public string? Source { get; init; }

    /// <summary>Only documents older than this one.</summary>
    public Guid? Before { get; init; }

    /// <summary>How many at most.</summary>
    public required int Limit { get; init; }
}
