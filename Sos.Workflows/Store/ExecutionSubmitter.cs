using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>
/// Accepts executions. Submissions that come at the same time share one transaction and one round trip, and each is
/// answered after its commit.
/// </summary>
public sealed class ExecutionSubmitter : IAsyncDisposable
{
    /// <summary>
    /// How often a start that can't reach the database tries again, for about ten seconds in all; so do the reads before
    /// it, so that a database that restarts costs no start. Ids are chosen before, so sending twice is harmless.
    /// </summary>
    public const int Attempts = 7;

    private readonly WorkspaceDatabase database;
    private readonly DatabaseRetry retry;
    private readonly GroupCommit<ExecutionSubmission, SubmitResult> commits;

    /// <summary>Starts the writer.</summary>
    public ExecutionSubmitter(WorkspaceDatabase database, TimeProvider time)
    {
        this.database = database;
        retry = new DatabaseRetry(time, Attempts);
        commits = new(CommitAsync, maxBatch: 250, writers: 2);
    }

    /// <summary>Accepts an execution; returns after the commit.</summary>
    /// <exception cref="NpgsqlException">The database stayed away, or refused the row.</exception>
    public Task<SubmitResult> SubmitAsync(ExecutionSubmission submission, CancellationToken cancellationToken) =>
        commits.AddAsync(submission, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => commits.DisposeAsync();

    private async Task<IReadOnlyList<SubmitResult>> CommitAsync(IReadOnlyList<ExecutionSubmission> items, CancellationToken cancellationToken) =>
        await retry.ExecuteAsync(async token =>
        {
            var createdAt = await InsertAsync(items, token);
            var results = new SubmitResult[items.Count];
            var others = new List<int>();
            for (var i = 0; i < items.Count; i++)
            {
                if (createdAt.TryGetValue(items[i].Id, out var time))
                    results[i] = new SubmitResult.Accepted(time);
                else
                    others.Add(i);
            }
            if (others.Count > 0)
                await FindAsync(items, others, results, token);
            return (IReadOnlyList<SubmitResult>)results;
        }, cancellationToken);

    /// <summary>Inserts what is not there yet and gives the creation times of the inserted rows by id.</summary>
    private async Task<Dictionary<Guid, DateTimeOffset>> InsertAsync(IReadOnlyList<ExecutionSubmission> items, CancellationToken cancellationToken)
    {
        await using var batch = database.InSeveral();
        // In one order everywhere, so that two transactions with the same keys can't wait for each other.
        var workspaces = items.OrderBy(s => s.WorkspaceId).ThenBy(s => s.IdempotencyKey, StringComparer.Ordinal).GroupBy(s => s.WorkspaceId).ToList();
        foreach (var workspace in workspaces)
        {
            batch.Enter(workspace.Key);
            batch.Add(ExecutionInsert.Of()).WithRows([.. workspace]);
        }
        batch.Add("select pg_notify('sos_work', '')");

        var createdAt = new Dictionary<Guid, DateTimeOffset>(items.Count);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        foreach (var _ in workspaces)
        {
            var reader = await results.NextAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                createdAt[reader.GetGuid(0)] = reader.Time(1);
        }
        await results.FinishAsync(cancellationToken);
        return createdAt;
    }

    /// <summary>
    /// Finds the executions that were there already: those of an earlier request with the same key, and those of this
    /// very transaction when its commit succeeded but its answer was lost.
    /// </summary>
    private async Task FindAsync(IReadOnlyList<ExecutionSubmission> items, List<int> others, SubmitResult[] results, CancellationToken cancellationToken)
    {
        foreach (var workspace in others.GroupBy(i => items[i].WorkspaceId))
        {
            var batch = database.In(workspace.Key);
            batch.Add("""
                select id, created_at, idempotency_key, request_hash from workflow_executions
                where id = any ($1) or (workspace_id = $2 and idempotency_key = any ($3))
                """)
                .With([.. workspace.Select(i => items[i].Id)]).With(workspace.Key)
                .With(workspace.Select(i => items[i].IdempotencyKey).Where(k => k is not null).ToArray());
            var rows = await batch.AllAsync(
                r => (Id: r.GetGuid(0), CreatedAt: r.Time(1), Key: r.TextOrNull(2), Hash: r.IsDBNull(3) ? null : r.GetFieldValue<byte[]>(3)),
                cancellationToken);
            var byId = rows.ToDictionary(r => r.Id);
            var byKey = rows.Where(r => r.Key is not null).ToDictionary(r => r.Key!, StringComparer.Ordinal);
            foreach (var i in workspace)
            {
                var item = items[i];
                if (byId.TryGetValue(item.Id, out var own))
                    results[i] = new SubmitResult.Accepted(own.CreatedAt);
                else if (item.IdempotencyKey is { } key && byKey.TryGetValue(key, out var first))
                    results[i] = first.Hash.AsSpan().SequenceEqual(item.RequestHash) ? new SubmitResult.Repeated(first.Id) : new SubmitResult.KeyReused();
                else
                    throw new InvalidOperationException($"Execution {item.Id} was neither inserted nor found.");
            }
        }
    }
}
