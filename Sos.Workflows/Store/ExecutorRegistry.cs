using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>
/// The executors that are alive. An executor's row is its lease on all executions it owns: one row renewed per
/// executor, however many executions it runs.
/// </summary>
public sealed class ExecutorRegistry(NpgsqlDataSource dataSource)
{
    /// <summary>Enters an executor and gives it its first lease.</summary>
    public async Task RegisterAsync(Guid executor, string name, string version, int slots, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            insert into executors (id, name, version, slots, lease_until)
            values ($1, $2, $3, $4, clock_timestamp() + $5)
            """);
        command.Parameters.AddWithValue(executor);
        command.Parameters.AddWithValue(name);
        command.Parameters.AddWithValue(version);
        command.Parameters.AddWithValue(slots);
        command.Parameters.AddWithValue(lease);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Renews an executor's lease, and looks whether another one's has expired and how much work is due.</summary>
    public async Task<LeaseState> RenewAsync(Guid executor, TimeSpan lease, CancellationToken cancellationToken)
    {
        // A renewal that a server crash forgets only shortens the lease, so its commit need not wait for the disk.
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('synchronous_commit', 'off', true)"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            with renewed as (
              update executors set lease_until = clock_timestamp() + $2 where id = $1 returning id)
            select exists (select from renewed),
                   exists (select from executors where lease_until < clock_timestamp() and id <> $1),
                   queue_depth()
            """)
        {
            Parameters = { new() { Value = executor }, new() { Value = lease } },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new LeaseState(reader.GetBoolean(0), reader.GetBoolean(1), reader.GetInt64(2));
    }

    /// <summary>Takes back the executions of executors whose lease has expired, so that anyone can claim them.</summary>
    /// <param name="all">Takes every executor for dead: for a process that knows it is the only one on this database.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <returns>How many executors were dead and how many executions they held.</returns>
    public async Task<(int Executors, int Executions)> RecoverAsync(bool all, CancellationToken cancellationToken)
    {
        // Deleting the executor's row comes first and on its own: a claim holds that row, so no claim of a dead
        // executor can slip in between, and the second statement sees that it is gone.
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            delete from executors
            where id in (select id from executors where $1 or lease_until < clock_timestamp() for update skip locked)
            """)
        { Parameters = { new() { Value = all } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            with lost as (
              update workflow_executions e
              set status = 'pending', lease_owner = null, due_at = now(), lost_leases = lost_leases + 1
              where e.status = 'running' and not exists (select from executors x where x.id = e.lease_owner)
              returning 1)
            select count(*), case when count(*) > 0 then pg_notify('sos_work', '') end from lost
            """));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken); // the delete has no rows, so the first result is the second statement's
        var executions = (int)reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        return ((int)batch.BatchCommands[0].RecordsAffected, executions);
    }

    /// <summary>Hands everything the executor still owns back to the others and removes it.</summary>
    /// <returns>How many executions were handed back.</returns>
    public async Task<int> LeaveAsync(Guid executor, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("delete from executors where id = $1") { Parameters = { new() { Value = executor } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            update workflow_executions
            set status = 'pending', lease_owner = null, due_at = now()
            where status = 'running' and lease_owner = $1
            """)
        { Parameters = { new() { Value = executor } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_notify('sos_work', '')"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return (int)batch.BatchCommands[1].RecordsAffected;
    }
}

/// <summary>What an executor learns when it renews its lease.</summary>
/// <param name="Renewed">False when it was taken for dead, and owns nothing any more.</param>
/// <param name="OthersExpired">Whether the lease of another executor has expired.</param>
/// <param name="Due">How many executions are due and unclaimed; counted to 100,000 at most.</param>
public readonly record struct LeaseState(bool Renewed, bool OthersExpired, long Due);
