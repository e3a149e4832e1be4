using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Executors.Rag.Ingest;

/// <summary>Puts chunks into an index: all of a document at once, in place of those that it had.</summary>
internal sealed class DocumentChunks(NpgsqlDataSource dataSource)
{
    // Bounds what one statement carries; few statements, because each counts its lexemes.
    private const int ChunksPerStatement = 4_000;
    private const int VectorsPerStatement = 500;
    private const char Separator = '\u001F';

    /// <summary>Replaces a document's chunks and ends the claim.</summary>
    /// <exception cref="RagException">The claim was lost, or index or document are gone.</exception>
    public async Task<RagDocument> ReplaceAsync(RagIndex index, IngestClaim claim, IngestContent content, string? title, int characters, byte[] hash, IReadOnlyList<NewChunk> chunks, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Holding the index's row keeps revisions in the order of commits, and lexemes free of deadlocks.
        await using (var revision = new NpgsqlCommand("update rag_indexes set revision = revision + 1, updated_at = now() where id = $1", connection, transaction))
        {
            revision.Parameters.AddWithValue(index.Id);
            if (await revision.ExecuteNonQueryAsync(cancellationToken) == 0)
                throw new RagException("index_not_found", $"The index '{index.Name}' was deleted meanwhile.");
        }
        var document = await RecordAsync(connection, transaction, claim, content, title, hash, (characters, chunks.Sum(c => c.Chunk.Tokens), chunks.Count), cancellationToken);
        await using (var batch = new NpgsqlBatch(connection, transaction))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from rag_chunks where document_id = $1") { Parameters = { new() { Value = claim.DocumentId } } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from rag_staged_embeddings where document_id = $1") { Parameters = { new() { Value = claim.DocumentId } } });
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        for (var from = 0; from < chunks.Count; from += ChunksPerStatement)
            await InsertAsync(connection, transaction, index, claim, chunks, from, Math.Min(chunks.Count, from + ChunksPerStatement), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return document;
    }

    /// <summary>Ends the claim on a document whose content is as before, and keeps what is said of it.</summary>
    public async Task<RagDocument> KeepAsync(IngestClaim claim, IngestContent content, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var document = await RecordAsync(connection, transaction, claim, content, null, claim.ContentHash!, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return document;
    }

    private static async Task<RagDocument> RecordAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IngestClaim claim, IngestContent content, string? title, byte[] hash,
        (int Characters, int Tokens, int Chunks)? size, CancellationToken cancellationToken)
    {
        // An upload that came meanwhile is not what was ingested: the document waits for it.
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from rag_uploads where document_id = $1 and created_at = $2")
        {
            Parameters = { new() { Value = claim.DocumentId }, new() { Value = (object?)content.UploadedAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            update rag_documents d set
              title = coalesce($3, case when $7 is null then title end), content_type = $4, metadata = $5, content_hash = $6,
              characters = coalesce($7, characters), tokens = coalesce($8, tokens), chunks = coalesce($9, chunks),
              revision = case when $7 is null then d.revision else (select i.revision from rag_indexes i where i.id = d.index_id) end,
              ingested_at = case when $7 is null then ingested_at else now() end, updated_at = now(),
              status = case when exists (select from rag_uploads u where u.document_id = d.id) then 'pending' else 'ready' end, error = null,
              ingest_key = null, ingest_until = null
            where d.id = $1 and d.ingest_key = $2
            returning {RagDocumentRow.Columns}
            """)
        {
            Parameters =
            {
                new() { Value = claim.DocumentId }, new() { Value = claim.Key },
                new() { Value = (object?)title ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = content.ContentType },
                new() { Value = Jsonb.Text(content.Metadata) ?? "{}", NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = hash }, Number(size?.Characters), Number(size?.Tokens), Number(size?.Chunks),
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? RagDocumentRow.Read(reader) : throw IngestClaims.Lost();

        static NpgsqlParameter Number(int? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };
    }

    private static async Task InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, RagIndex index, IngestClaim claim, IReadOnlyList<NewChunk> chunks, int from, int to, CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(from, to - from).Select(_ => Guid.CreateVersion7()).ToArray();
        var rows = chunks.Skip(from).Take(to - from).ToArray();
        await using (var command = new NpgsqlCommand("""
            insert into rag_chunks (id, workspace_id, index_id, document_id, position, headings, text, start_at, end_at, tokens, hash, language, embedding)
            select c.id, $1, $2, $3, c.position, string_to_array(c.headings, chr(31)), c.text, c.start_at, c.end_at, c.tokens, c.hash, $4, c.embedding
            from unnest($5, $6, $7, $8, $9, $10, $11, $12, $13) as c(id, position, headings, text, start_at, end_at, tokens, hash, embedding)
            """, connection, transaction))
        {
            command.Parameters.AddWithValue(index.WorkspaceId);
            command.Parameters.AddWithValue(index.Id);
            command.Parameters.AddWithValue(claim.DocumentId);
            command.Parameters.AddWithValue(index.Language);
            command.Parameters.AddWithValue(ids);
            command.Parameters.AddWithValue(Enumerable.Range(from, to - from).ToArray());
            command.Parameters.AddWithValue(rows.Select(c => string.Join(Separator, c.Chunk.Headings.Select(h => h.Replace(Separator, ' ')))).ToArray());
            command.Parameters.AddWithValue(rows.Select(c => c.Text).ToArray());
            command.Parameters.AddWithValue(rows.Select(c => c.Chunk.Start).ToArray());
            command.Parameters.AddWithValue(rows.Select(c => c.Chunk.End).ToArray());
            command.Parameters.AddWithValue(rows.Select(c => c.Chunk.Tokens).ToArray());
            command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Bytea, rows.Select(c => c.Hash.Bytes).ToArray());
            command.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Bytea, rows.Select(c => UnitVector.ToBytes(c.Vector)).ToArray());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        if (index.VectorStore != VectorStores.PgVector)
            return;
        for (var at = 0; at < rows.Length; at += VectorsPerStatement)
        {
            await using var command = new NpgsqlCommand($"""
                insert into {PgVectorTable.Of(index)} (chunk_id, embedding)
                select v.id, v.embedding::vector from unnest($1, $2) as v(id, embedding)
                """, connection, transaction);
            command.Parameters.AddWithValue(ids[at..Math.Min(ids.Length, at + VectorsPerStatement)]);
            command.Parameters.AddWithValue(rows.Skip(at).Take(VectorsPerStatement).Select(c => PgVectorTable.Literal(c.Vector)).ToArray());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}

/// <summary>The table of pgvector vectors that an index has to itself.</summary>
internal static class PgVectorTable
{
    /// <summary>Its name, made of the index's id alone; the schema's function rag_vectors_name makes the same.</summary>
    public static string Of(RagIndex index) => $"rag_vectors_{index.Id:N}";

    /// <summary>A vector as pgvector reads it.</summary>
    public static string Literal(ReadOnlySpan<float> vector)
    {
        var numbers = new string[vector.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = vector[i].ToString("R", CultureInfo.InvariantCulture);
        return $"[{string.Join(',', numbers)}]";
    }
}
