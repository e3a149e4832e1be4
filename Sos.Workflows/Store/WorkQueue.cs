using Npgsql;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>The pending executions, and how executors take them.</summary>
public sealed class WorkQueue(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// Claims up to <paramref name="slots"/> due executions: by turns between workspaces, within one by priority,
    /// then by how long they have been due. Claims of several executors never wait for each other.
    /// </summary>
    public async Task<IReadOnlyList<ClaimedExecution>> ClaimAsync(Guid executor, int slots, CancellationToken cancellationToken)
    {
        // A claim that a server crash forgets is repeated by someone, and any checkpoint made under it would have
        // been forgotten too, so its commit need not wait for the disk.
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('synchronous_commit', 'off', true)"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            with recursive alive as (
              -- Holds the executor's row, so that recovery can't take it for dead in the middle of this claim.
              select id from executors where id = $1 and lease_until > clock_timestamp() for key share
            ), spaces as (
              -- The workspaces with pending work, by skipping through the index.
              (select workspace_id from workflow_executions where status = 'pending' order by workspace_id limit 1)
              union all
              select (select e.workspace_id from workflow_executions e
                      where e.status = 'pending' and e.workspace_id > s.workspace_id order by e.workspace_id limit 1)
              from spaces s where s.workspace_id is not null
            ), candidates as (
              -- More than are wanted, since other executors may be holding the first ones.
              select c.id, c.turn from spaces s cross join lateral (
                select e.id, row_number() over (order by e.priority desc, e.due_at, e.id) as turn
                from workflow_executions e
                where e.workspace_id = s.workspace_id and e.status = 'pending' and e.due_at <= now()
                order by e.priority desc, e.due_at, e.id limit $2 * 2 + 10) c
              where s.workspace_id is not null
            ), picked as (
              select e.id from workflow_executions e join candidates c on c.id = e.id
              where e.status = 'pending'
              order by c.turn, e.priority desc, e.due_at
              limit $2
              for update of e skip locked
            )
            update workflow_executions e
            set status = 'running', lease_owner = $1, lease_epoch = e.lease_epoch + 1, wake_at = null,
                started_at = coalesce(e.started_at, now())
            from picked, alive
            where e.id = picked.id
            returning e.id, e.workspace_id, e.organization_id, e.user_id, e.workflow_id, e.version_id, e.version, e.workflow_name,
                      e.input, e.step_mode, e.breakpoints, e.traceparent, e.run_span_id, e.parent_execution_id, e.parent_node_id,
                      e.parent_iteration, e.depth, e.source_execution_id is not null, e.lease_epoch, e.checkpoint_seq,
                      e.lost_leases, e.signal_seq, e.signal_seen, e.created_at, e.started_at, now() - e.due_at, e.trigger
            """)
        {
            Parameters = { new() { Value = executor }, new() { Value = slots } },
        });

        var claimed = new List<ClaimedExecution>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            claimed.Add(ClaimedExecution.Read(reader));
        return claimed;
    }

    /// <summary>
    /// Gives back what an executor owns without running it: a claim whose answer was lost on the way, or a run that
    /// failed in the engine itself.
    /// </summary>
    /// <param name="executor">The executor.</param>
    /// <param name="running">What it does run.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <returns>How many there were.</returns>
    public async Task<int> GiveBackAsync(Guid executor, IReadOnlyCollection<Guid> running, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            with given as (
              update workflow_executions
              set status = 'pending', lease_owner = null, due_at = now(), lost_leases = lost_leases + 1
              where status = 'running' and lease_owner = $1 and id <> all ($2)
              returning 1)
            select count(*), case when count(*) > 0 then pg_notify('sos_work', '') end from given
            """);
        command.Parameters.AddWithValue(executor);
        command.Parameters.AddWithValue(running.ToArray());
        return (int)(long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Makes waiting executions whose time has come pending.</summary>
    /// <returns>How many there were, and how long until the next one's time comes; null when none waits for a time.</returns>
    public async Task<(int Woken, TimeSpan? UntilNext)> WakeAsync(CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            with due as (
              select id from workflow_executions
              where status = 'waiting' and wake_at <= clock_timestamp()
              order by wake_at limit 1000
              for update skip locked
            ), woken as (
              update workflow_executions e set status = 'pending', due_at = e.wake_at, wake_at = null
              from due where e.id = due.id returning 1)
            select count(*), case when count(*) > 0 then pg_notify('sos_work', '') end from woken
            """));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            select min(wake_at) - clock_timestamp() from workflow_executions where status = 'waiting' and wake_at is not null
            """));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var woken = (int)reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (woken, reader.IsDBNull(0) ? null : Bounded(reader.GetFieldValue<NpgsqlInterval>(0)));
    }

    /// <summary>An interval of months has no fixed length, and a day is precise enough here.</summary>
    private static TimeSpan Bounded(NpgsqlInterval interval) =>
        interval.Months > 0 || interval.Days > 0 ? TimeSpan.FromDays(1) : TimeSpan.FromMicroseconds(interval.Time);
}
