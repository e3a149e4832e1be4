using Npgsql;
using NpgsqlTypes;
using Sos.Executors.Models.Providers.Local;
using Sos.Executors.Rag;
using Sos.Executors.Rag.Ingest;
using Sos.Testing.Postgres;
using Sos.Workflows.Rag;

namespace Sos.Benchmarks.Rag;

/// <summary>Fills an index faster than documents could be ingested: with rows as ingestion would leave them.</summary>
internal static class BulkChunks
{
    private const int ChunksPerDocument = 50;
    private const int Shelves = 20;

    public static async Task FillAsync(TestDatabase database, RagIndex index, MadeUpText text, int chunks, CancellationToken cancellationToken)
    {
        for (var done = 0; done < chunks;)
        {
            var count = Math.Min(5_000, chunks - done);
            await InsertAsync(database, index, text, done, count, cancellationToken);
            done += count;
            await Console.Error.WriteLineAsync($"{done:N0} chunks …");
        }
        await database.ExecuteAsync($"update rag_indexes set revision = 1 where id = '{index.Id}'; update rag_documents d set revision = 1, status = 'ready', chunks = (select count(*) from rag_chunks c where c.document_id = d.id)", cancellationToken);
        foreach (var table in new[] { "rag_chunks", "rag_lexemes", "rag_documents" })
            await database.ExecuteAsync($"vacuum analyze {table}", cancellationToken);
    }

    private static async Task InsertAsync(TestDatabase database, RagIndex index, MadeUpText text, int from, int count, CancellationToken cancellationToken)
    {
        var texts = Enumerable.Range(0, count).Select(_ => text.Chunk()).ToArray();
        var vectors = texts.Select(t =>
        {
            var vector = new float[index.Dimensions];
            HashedFeatures.Embed(t, vector);
            return vector;
        }).ToArray();
        var ids = texts.Select(_ => Guid.CreateVersion7()).ToArray();
        var documents = Enumerable.Range(0, (count + ChunksPerDocument - 1) / ChunksPerDocument).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { Timeout = 600 };
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into rag_documents (id, workspace_id, index_id, source, content_type, metadata)
            select d.id, $1, $2, d.id::text, 'text/plain', jsonb_build_object('shelf', d.place % $4) from unnest($3) with ordinality as d(id, place)
            """)
        {
            Parameters = { new() { Value = index.WorkspaceId }, new() { Value = index.Id }, new() { Value = documents }, new() { Value = Shelves } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            insert into rag_chunks (id, workspace_id, index_id, document_id, position, headings, text, start_at, end_at, tokens, hash, language, embedding)
            select c.id, $1, $2, c.document, c.place, '{}', c.text, 0, length(c.text), 200, '', 'english', c.embedding
            from unnest($3, $4, $5, $6) with ordinality as c(id, document, text, embedding, place)
            """)
        {
            Parameters =
            {
                new() { Value = index.WorkspaceId }, new() { Value = index.Id }, new() { Value = ids },
                new() { Value = ids.Select((_, i) => documents[i / ChunksPerDocument]).ToArray() }, new() { Value = texts },
                new() { Value = vectors.Select(v => UnitVector.ToBytes(v)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        });
        if (index.VectorStore == VectorStores.PgVector)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"insert into {PgVectorTable.Of(index)} (chunk_id, embedding) select v.id, v.embedding::vector from unnest($1, $2) as v(id, embedding)")
            {
                Parameters = { new() { Value = ids }, new() { Value = vectors.Select(v => PgVectorTable.Literal(v)).ToArray() } },
            });
        }
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
