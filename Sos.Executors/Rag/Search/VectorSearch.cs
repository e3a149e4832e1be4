using System.Globalization;
using Npgsql;
using Sos.Executors.Rag.Ingest;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Search;

/// <summary>Finds the chunks whose vectors are most like the question's: in memory, or by pgvector.</summary>
internal sealed class VectorSearch(NpgsqlDataSource dataSource, MatrixCache matrices)
{
    /// <summary>The best chunks, scored by cosine.</summary>
    public Task<List<Ranked>> FindAsync(RagIndex index, float[] question, MetadataFilter? filter, int count, CancellationToken cancellationToken) =>
        index.VectorStore == VectorStores.PgVector
            ? FindByPgVectorAsync(index, question, filter, count, cancellationToken)
            : FindExactlyAsync(index, question, filter, count, cancellationToken);

    private async Task<List<Ranked>> FindExactlyAsync(RagIndex index, float[] question, MetadataFilter? filter, int count, CancellationToken cancellationToken)
    {
        var allowed = filter is null ? null : await ReadAllowedAsync(index, filter, cancellationToken);
        var matrix = await matrices.GetAsync(index, cancellationToken);
        return matrix.Nearest(question, count, allowed, cancellationToken);
    }

    private async Task<HashSet<Guid>> ReadAllowedAsync(RagIndex index, MetadataFilter filter, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        command.Parameters.AddWithValue(index.Id);
        command.CommandText = $"select d.id from rag_documents d where d.index_id = $1 and {filter.ToSql(command.Parameters)}";
        var allowed = new HashSet<Guid>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            allowed.Add(reader.GetGuid(0));
        return allowed;
    }

    private async Task<List<Ranked>> FindByPgVectorAsync(RagIndex index, float[] question, MetadataFilter? filter, int count, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        // How thoroughly the graph is searched; and that it is searched on while the filter leaves too few.
        var thoroughness = Math.Clamp(2 * count, 100, 1_000).ToString(CultureInfo.InvariantCulture);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'strict_order', true)")
        {
            Parameters = { new() { Value = thoroughness } },
        });
        var search = new NpgsqlBatchCommand();
        search.Parameters.Add(new NpgsqlParameter { Value = PgVectorTable.Literal(question) });
        search.Parameters.Add(new NpgsqlParameter { Value = count });
        var where = filter is null ? "" : $"where exists (select from rag_chunks c join rag_documents d on d.id = c.document_id where c.id = v.chunk_id and {filter.ToSql(search.Parameters)})";
        search.CommandText = $"""
            select v.chunk_id, 1 - (v.embedding <=> $1::text::vector) as score from {PgVectorTable.Of(index)} v
            {where}
            order by v.embedding <=> $1::text::vector limit $2
            """;
        batch.BatchCommands.Add(search);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var found = new List<Ranked>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var score = reader.GetDouble(1);
            found.Add(new Ranked(reader.GetGuid(0), double.IsNaN(score) ? 0 : score)); // a vector of zeros is like nothing
        }
        return found;
    }
}
