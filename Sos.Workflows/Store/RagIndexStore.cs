using Npgsql;
using Sos.Workflows.Rag;

namespace Sos.Workflows.Store;

/// <summary>Indexes as the API sees them.</summary>
public sealed class RagIndexStore(WorkspaceDatabase database, TimeProvider time)
{
    /// <summary>Makes an index from settings that were checked.</summary>
    public async Task<CreateIndexResult> CreateAsync(Guid workspaceId, RagIndexSettings settings, CancellationToken cancellationToken)
    {
        var index = settings.ToIndex(workspaceId, time.GetUtcNow());
        await using var transaction = await database.BeginAsync(workspaceId, cancellationToken);
        await using var making = transaction.Batch();
        making.Add(RagRows.InsertIndex).WithIndex(index);
        await using (var made = await making.ExecuteAsync(cancellationToken))
        {
            if (!await (await made.NextAsync(cancellationToken)).ReadAsync(cancellationToken))
                return new CreateIndexResult.NameTaken();
        }
        if (settings.VectorStore is not VectorStores.Exact)
        {
            await using var choosing = transaction.Batch();
            choosing.Add("select rag_use_pgvector($1)").With(index.Id);
            await using var chosen = await choosing.ExecuteAsync(cancellationToken);
            var reader = await chosen.NextAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.GetBoolean(0))
                index = index with { VectorStore = VectorStores.PgVector };
            else if (settings.VectorStore is VectorStores.PgVector)
                return new CreateIndexResult.NoPgVector();
        }
        await transaction.CommitAsync(cancellationToken);
        return new CreateIndexResult.Created(index);
    }

    /// <summary>An index with its size; null where there is none of that name.</summary>
    public Task<RagIndexAndSize?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {RagRows.IndexColumns}, {Size} from rag_indexes i where workspace_id = $1 and name = $2").With(workspaceId).With(name);
        return batch.FirstAsync(ReadWithSize, cancellationToken);
    }

    /// <summary>An index with its size; null where the workspace has none of that id.</summary>
    public Task<RagIndexAndSize?> GetAsync(Guid workspaceId, Guid indexId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {RagRows.IndexColumns}, {Size} from rag_indexes i where workspace_id = $1 and id = $2").With(workspaceId).With(indexId);
        return batch.FirstAsync(ReadWithSize, cancellationToken);
    }

    /// <summary>Indexes by age, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="before">Only those older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<RagIndexAndSize>> ListAsync(Guid workspaceId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {RagRows.IndexColumns}, {Size} from rag_indexes i
            where workspace_id = $1 and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit $3
            """)
            .With(workspaceId).With(before).With(limit);
        return batch.AllAsync(ReadWithSize, cancellationToken);
    }

    /// <summary>Changes what is said of an index; its settings stay as they are.</summary>
    /// <returns>The index; null where there is none of that name.</returns>
    public Task<RagIndexAndSize?> DescribeAsync(Guid workspaceId, string name, string? description, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            update rag_indexes i set description = $3, updated_at = now() where workspace_id = $1 and name = $2
            returning {RagRows.IndexColumns}, {Size}
            """)
            .With(workspaceId).With(name).With(description);
        return batch.FirstAsync(ReadWithSize, cancellationToken);
    }

    /// <summary>Deletes an index with all that is in it.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add("delete from rag_indexes where workspace_id = $1 and name = $2").With(workspaceId).With(name);
        return await batch.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private const string Size = """
        (select count(*) from rag_documents d where d.index_id = i.id),
        (select coalesce(sum(d.chunks), 0)::bigint from rag_documents d where d.index_id = i.id),
        (select coalesce(sum(d.characters), 0)::bigint from rag_documents d where d.index_id = i.id)
        """;

    private static RagIndexAndSize ReadWithSize(NpgsqlDataReader reader) => new(RagRows.ReadIndex(reader), reader.GetInt64(14), reader.GetInt64(15), reader.GetInt64(16));
}

/// <summary>An index and how much is in it.</summary>
/// <param name="Index">The index.</param>
/// <param name="Documents">How many documents it has, pending and failed ones included.</param>
/// <param name="Chunks">How many chunks can be found.</param>
/// <param name="Characters">The characters of its documents' texts.</param>
public sealed record RagIndexAndSize(RagIndex Index, long Documents, long Chunks, long Characters);

/// <summary>What came of making an index.</summary>
public abstract record CreateIndexResult
{
    private CreateIndexResult() { }

    /// <summary>It is there.</summary>
    public sealed record Created(RagIndex Index) : CreateIndexResult;

    /// <summary>Another index has the name.</summary>
    public sealed record NameTaken : CreateIndexResult;

    /// <summary>pgvector was asked for, but the database does not have it, or the vectors are too long for it.</summary>
    public sealed record NoPgVector : CreateIndexResult;
}
