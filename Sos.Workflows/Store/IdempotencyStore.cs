namespace Sos.Workflows.Store;

/// <summary>
/// The answers to requests that carried an <c>Idempotency-Key</c>, for requests other than the start of an execution,
/// whose key is kept on its own row.
/// </summary>
public sealed class IdempotencyStore(WorkspaceDatabase database)
{
    /// <summary>After how long a request that never was answered counts as dead, so that it may be sent again.</summary>
    private const string Abandoned = "interval '2 minutes'";

    /// <summary>Claims a key for a request, or finds what came of the request that has it.</summary>
    public async Task<IdempotencyClaim> BeginAsync(Guid workspaceId, string key, byte[] requestHash, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add($"""
            insert into idempotency_keys as k (workspace_id, key, request_hash) values ($1, $2, $3)
            on conflict (workspace_id, key) do update set created_at = now()
            where k.status is null and k.request_hash = $3 and k.created_at < now() - {Abandoned}
            returning 1
            """)
            .With(workspaceId).With(key).With(requestHash);
        batch.Add("select request_hash, status, body, location from idempotency_keys where workspace_id = $1 and key = $2")
            .With(workspaceId).With(key);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var reader = await results.NextAsync(cancellationToken);
        var claimed = await reader.ReadAsync(cancellationToken);
        await results.NextAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        IdempotencyClaim claim = claimed ? new IdempotencyClaim.Claimed()
            : !reader.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(requestHash) ? new IdempotencyClaim.KeyReused()
            : reader.IntOrNull(1) is { } status ? new IdempotencyClaim.Answered(status, reader.TextOrNull(2), reader.TextOrNull(3))
            : new IdempotencyClaim.InProgress();
        await results.FinishAsync(cancellationToken);
        return claim;
    }

    /// <summary>Keeps the answer for when the request comes again.</summary>
    public async Task CompleteAsync(Guid workspaceId, string key, int status, string? body, string? location, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add("update idempotency_keys set status = $3, body = $4, location = $5 where workspace_id = $1 and key = $2")
            .With(workspaceId).With(key).With(status).With(body).With(location);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Gives a key back after a request that did nothing.</summary>
    public async Task ForgetAsync(Guid workspaceId, string key, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add("delete from idempotency_keys where workspace_id = $1 and key = $2 and status is null").With(workspaceId).With(key);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What came of claiming a key.</summary>
public abstract record IdempotencyClaim
{
    private IdempotencyClaim() { }

    /// <summary>The request is the first with this key: do it.</summary>
    public sealed record Claimed : IdempotencyClaim;

    /// <summary>The same request was answered before: answer the same.</summary>
    /// <param name="Status">The answer's status.</param>
    /// <param name="Body">Its body.</param>
    /// <param name="Location">Its <c>Location</c>.</param>
    public sealed record Answered(int Status, string? Body, string? Location) : IdempotencyClaim;

    /// <summary>The same request is being done.</summary>
    public sealed record InProgress : IdempotencyClaim;

    /// <summary>Another request has this key.</summary>
    public sealed record KeyReused : IdempotencyClaim;
}
