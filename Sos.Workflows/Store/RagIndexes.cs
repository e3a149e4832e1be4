using Npgsql;
using Sos.Workflows.Rag;

namespace Sos.Workflows.Store;

/// <summary>Indexes as executors see them, in any workspace.</summary>
public sealed class RagIndexes(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>An index by its name; null where there is none.</summary>
    public async Task<RagIndex?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select {RagRows.IndexColumns} from rag_indexes where workspace_id = $1 and name = $2")
            .With(workspaceId).With(name));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? RagRows.ReadIndex(reader) : null;
    }

    /// <summary>The names of a workspace's indexes, for messages; at most 20.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select name from rag_indexes where workspace_id = $1 order by name limit 20").With(workspaceId));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Makes an index from settings that were checked; where the name is taken, the index that has it.</summary>
    /// <returns>Null where pgvector was asked for and is not there.</returns>
    public async Task<RagIndex?> FindOrCreateAsync(Guid workspaceId, RagIndexSettings settings, CancellationToken cancellationToken)
    {
        if (await FindAsync(workspaceId, settings.Name, cancellationToken) is { } found)
            return found;
        var index = settings.ToIndex(workspaceId, time.GetUtcNow());
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await RunAsync(new NpgsqlBatchCommand(RagRows.InsertIndex).WithIndex(index)) is null)
        {
            await transaction.RollbackAsync(cancellationToken);
            return await FindAsync(workspaceId, settings.Name, cancellationToken);
        }
        if (settings.VectorStore is not VectorStores.Exact)
        {
            if (await RunAsync(new NpgsqlBatchCommand("select rag_use_pgvector($1)").With(index.Id)) is true)
                index = index with { VectorStore = VectorStores.PgVector };
            else if (settings.VectorStore is VectorStores.PgVector)
                return null;
        }
        await transaction.CommitAsync(cancellationToken);
        return index;

        async Task<object?> RunAsync(NpgsqlBatchCommand command)
        {
            await using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { command } };
            return await batch.ExecuteScalarAsync(cancellationToken);
        }
    }
}
