using System.Data;
using System.Runtime.InteropServices;
using Npgsql;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Search;

/// <summary>
/// Matrices of indexes, in memory. A matrix is loaded by whoever needs it first, while others wait; later only what
/// changed is read. When there is no room, the matrix that was not asked for longest goes.
/// </summary>
internal sealed class MatrixCache(NpgsqlDataSource dataSource, RagOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Entry> entries = [];
    private long clock;

    /// <summary>The matrix of an index, at least as new as the index that the caller has read.</summary>
    /// <exception cref="RagException">It does not fit into memory.</exception>
    public async Task<VectorMatrix> GetAsync(RagIndex index, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (gate)
        {
            entry = CollectionsMarshal.GetValueRefOrAddDefault(entries, index.Id, out _) ??= new Entry();
            entry.LastUsed = ++clock;
        }
        if (entry.Matrix is { } matrix && matrix.Revision >= index.Revision)
            return matrix;
        await entry.Loading.WaitAsync(cancellationToken);
        try
        {
            if (entry.Matrix is { } meanwhile && meanwhile.Revision >= index.Revision)
                return meanwhile;
            var loaded = await LoadAsync(index, entry.Matrix, cancellationToken);
            entry.Matrix = loaded;
            MakeRoom(index.Id);
            return loaded;
        }
        finally
        {
            entry.Loading.Release();
        }
    }

    /// <summary>How much memory the matrices take, in bytes.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
                return entries.Values.Sum(e => e.Matrix?.Bytes ?? 0);
        }
    }

    private void MakeRoom(Guid needed)
    {
        lock (gate)
        {
            var taken = entries.Values.Sum(e => e.Matrix?.Bytes ?? 0);
            foreach (var (id, entry) in entries.Where(e => e.Key != needed && e.Value.Matrix is not null).OrderBy(e => e.Value.LastUsed).ToList())
            {
                if (taken <= options.MaxCacheBytes)
                    return;
                taken -= entry.Matrix?.Bytes ?? 0;
                // Whoever searches in it has it still; whoever waits for it loads it again.
                entries.Remove(id);
            }
        }
    }

    private async Task<VectorMatrix> LoadAsync(RagIndex index, VectorMatrix? earlier, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        // One snapshot, so that the rows are those of the revision.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (revision, documents, chunks) = await ReadDocumentsAsync(connection, index, cancellationToken);
        var needed = chunks * index.Dimensions * sizeof(float);
        if (needed > options.MaxCacheBytes || needed / sizeof(float) > Array.MaxLength)
            throw new RagException("index_too_large", $"The vectors of the index '{index.Name}' take {needed / (1024 * 1024):N0} MiB of memory, more than Sos:Rag:MaxCacheBytes allows ({options.MaxCacheBytes / (1024 * 1024):N0} MiB). Raise it, search by text alone, or keep the documents in an index with pgvector.");
        var changed = documents.Where(d => earlier is null || earlier.DocumentRevisions.GetValueOrDefault(d.Key, -1) != d.Value).Select(d => d.Key).ToArray();
        var builder = new MatrixBuilder(index, earlier, documents, (int)chunks);
        await using (var command = new NpgsqlCommand("select id, document_id, embedding from rag_chunks where document_id = any ($1)", connection, transaction))
        {
            command.Parameters.AddWithValue(changed);
            command.CommandTimeout = 300;
            await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
            var bytes = new byte[index.Dimensions * sizeof(float)];
            while (await reader.ReadAsync(cancellationToken))
            {
                var row = builder.Add(reader.GetGuid(0), reader.GetGuid(1));
                var length = reader.GetBytes(2, 0, bytes, 0, bytes.Length);
                if (!UnitVector.TryRead(bytes.AsSpan(0, (int)length), row))
                    row.Clear();
            }
        }
        await transaction.CommitAsync(cancellationToken);
        return builder.Build(revision);
    }

    private static async Task<(long Revision, Dictionary<Guid, long> Documents, long Chunks)> ReadDocumentsAsync(NpgsqlConnection connection, RagIndex index, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select revision from rag_indexes where id = $1") { Parameters = { new() { Value = index.Id } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select id, revision, chunks from rag_documents where index_id = $1 and chunks > 0") { Parameters = { new() { Value = index.Id } } });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            throw new RagException("index_not_found", $"The index '{index.Name}' was deleted meanwhile.");
        var revision = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var documents = new Dictionary<Guid, long>();
        long chunks = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            documents[reader.GetGuid(0)] = reader.GetInt64(1);
            chunks += reader.GetInt32(2);
        }
        return (revision, documents, chunks);
    }

    private sealed class Entry
    {
        private VectorMatrix? matrix;

        public SemaphoreSlim Loading { get; } = new(1, 1);

        public long LastUsed { get; set; }

        public VectorMatrix? Matrix
        {
            get => Volatile.Read(ref matrix);
            set => Volatile.Write(ref matrix, value);
        }
    }
}
