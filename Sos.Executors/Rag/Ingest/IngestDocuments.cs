using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Executors.Rag.Ingest;

/// <summary>Documents as nodes see them: reads uploads and rows, deletes.</summary>
internal sealed class IngestDocuments(NpgsqlDataSource dataSource)
{
    /// <summary>A document, and the upload that waits for its ingestion, if any; null where the index has no such document.</summary>
    public async Task<(RagDocument Document, IngestContent? Upload)?> FindAsync(RagIndex index, Guid documentId, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select {RagDocumentRow.Columns} from rag_documents where index_id = $1 and id = $2")
        {
            Parameters = { new() { Value = index.Id }, new() { Value = documentId } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select title, content_type, metadata, content, created_at from rag_uploads where document_id = $1")
        {
            Parameters = { new() { Value = documentId } },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var document = RagDocumentRow.Read(reader);
        await reader.NextResultAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return (document, null);
        return (document, new IngestContent
        {
            Source = document.Source,
            Title = await reader.IsDBNullAsync(0, cancellationToken) ? null : reader.GetString(0),
            ContentType = reader.GetString(1),
            Metadata = Jsonb.Read(reader, 2),
            Content = reader.GetFieldValue<byte[]>(3),
            UploadedAt = reader.GetFieldValue<DateTimeOffset>(4),
        });
    }

    /// <summary>Documents, newest first.</summary>
    /// <param name="index">The index.</param>
    /// <param name="source">Only the document of this source; null for all.</param>
    /// <param name="status">Only those of this status; null for all.</param>
    /// <param name="before">Only those older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<List<RagDocument>> ListAsync(RagIndex index, string? source, string? status, Guid? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            select {RagDocumentRow.Columns} from rag_documents
            where index_id = $1 and ($2::text is null or source = $2) and ($3::text is null or status = $3)
              and id < coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit $5
            """);
        command.Parameters.AddWithValue(index.Id);
        command.Parameters.Add(Nullable(source, NpgsqlDbType.Text));
        command.Parameters.Add(Nullable(status, NpgsqlDbType.Text));
        command.Parameters.Add(Nullable(before, NpgsqlDbType.Uuid));
        command.Parameters.AddWithValue(limit);
        var documents = new List<RagDocument>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            documents.Add(RagDocumentRow.Read(reader));
        return documents;
    }

    /// <summary>Deletes a document with its chunks.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteAsync(RagIndex index, Guid? documentId, string? source, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(Command("""
            update rag_indexes set revision = revision + 1, updated_at = now()
            where id = $1 and exists (select from rag_documents where index_id = $1 and (id = $2 or source = $3))
            """));
        batch.BatchCommands.Add(Command("delete from rag_documents where index_id = $1 and (id = $2 or source = $3)"));
        return await batch.ExecuteNonQueryAsync(cancellationToken) > 0;

        NpgsqlBatchCommand Command(string sql) => new(sql)
        {
            Parameters = { new() { Value = index.Id }, Nullable(documentId, NpgsqlDbType.Uuid), Nullable(source, NpgsqlDbType.Text) },
        };
    }

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
