using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>How a workspace is doing, in one round trip.</summary>
public sealed class WorkspaceOverviewReader(WorkspaceDatabase database)
{
    /// <summary>How many due executions are counted at most.</summary>
    public const int MaxQueue = 100_000;

    /// <summary>Reads it.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="from">Executions accepted from this time on are counted.</param>
    /// <param name="to">The end of the period.</param>
    /// <param name="latest">How many failures and approvals are listed at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<WorkspaceOverview> ReadAsync(Guid workspaceId, DateTimeOffset from, DateTimeOffset to, int latest, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add("""
            select date_bin('1 minute', created_at, $2), status, count(*) from workflow_executions
            where workspace_id = $1 and created_at >= $2 and created_at < $3 and id >= $4
            group by 1, 2
            """)
            .With(workspaceId).With(from).With(to).With(ExecutionReader.FirstIdAt(from));
        batch.Add("""
            select percentile_cont(array[0.5, 0.95]) within group (order by extract(epoch from finished_at - created_at)::float8 * 1000)
            from workflow_executions
            where workspace_id = $1 and created_at >= $2 and created_at < $3 and id >= $4 and finished_at is not null
            """)
            .With(workspaceId).With(from).With(to).With(ExecutionReader.FirstIdAt(from));
        batch.Add($"""
            select count(*), min(due_at) from (
              select due_at from workflow_executions where workspace_id = $1 and status = 'pending' and due_at <= now() limit {MaxQueue}) due
            """)
            .With(workspaceId);
        batch.Add("""
            select x.id, x.name, x.version, x.slots, x.started_at, x.lease_until, x.lease_until > clock_timestamp(), coalesce(l.executions, 0)
            from executors x left join executor_leases() l on l.executor_id = x.id
            order by x.lease_until > clock_timestamp() desc, x.name, x.id limit 100
            """);
        batch.Add("""
            select count(*), coalesce(sum(input_tokens), 0)::bigint, coalesce(sum(output_tokens), 0)::bigint, coalesce(sum(cost_usd), 0), count(*) filter (where cost_usd is null)
            from model_cost_logs where workspace_id = $1 and timestamp >= $2
            """)
            .With(workspaceId).With(new DateTimeOffset(to.UtcDateTime.Date, TimeSpan.Zero));
        batch.Add($"""
            select {ExecutionReader.SummaryColumns} from workflow_executions
            where workspace_id = $1 and status = 'failed' order by id desc limit $2
            """)
            .With(workspaceId).With(latest);
        ApprovalReader.AddWaiting(batch, workspaceId, ApprovalReader.MaxCount);
        batch.Add("select exists (select from workflow_executions where workspace_id = $1), exists (select from workflows where workspace_id = $1 and deleted_at is null)")
            .With(workspaceId);

        await using var results = await batch.ExecuteAsync(cancellationToken);
        var minutes = await results.RowsAsync(r => new RunsOfMinute(r.Time(0), StatusNames.ToExecutionStatus(r.GetString(1)), r.GetInt64(2)), cancellationToken);
        var percentiles = (await results.RowsAsync(r => r.IsDBNull(0) ? [null, null] : r.GetFieldValue<double?[]>(0), cancellationToken))[0];
        var queue = (await results.RowsAsync(r => (Depth: r.GetInt64(0), Oldest: r.TimeOrNull(1)), cancellationToken))[0];
        var executors = await results.RowsAsync(
            r => new ExecutorState(r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetInt32(3), r.Time(4), r.Time(5), r.GetBoolean(6), r.GetInt64(7)), cancellationToken);
        var spent = (await results.RowsAsync(r => new SpentToday(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.Amount(3), r.GetInt64(4)), cancellationToken))[0];
        var failures = await results.RowsAsync(ExecutionReader.ReadSummary, cancellationToken);
        var approvals = await results.RowsAsync(ApprovalReader.ReadWaiting, cancellationToken);
        var exists = (await results.RowsAsync(r => (Executions: r.GetBoolean(0), Workflows: r.GetBoolean(1)), cancellationToken))[0];
        await results.FinishAsync(cancellationToken);
        return new WorkspaceOverview
        {
            From = from,
            To = to,
            Minutes = minutes,
            P50Ms = percentiles[0],
            P95Ms = percentiles[1],
            QueueDepth = queue.Depth,
            OldestDueAt = queue.Oldest,
            Executors = executors,
            Today = spent,
            Failures = failures,
            Approvals = approvals,
            HasExecutions = exists.Executions,
            HasWorkflows = exists.Workflows,
        };
    }
}

/// <summary>How a workspace is doing.</summary>
public sealed record WorkspaceOverview
{
    /// <summary>The first moment of the period that executions are counted in.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Its end.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Executions accepted in each minute, by what they are now; minutes without any are left out.</summary>
    public required IReadOnlyList<RunsOfMinute> Minutes { get; init; }

    /// <summary>The median time from acceptance to end in milliseconds; null where none ended.</summary>
    public double? P50Ms { get; init; }

    /// <summary>The 95th percentile of the same.</summary>
    public double? P95Ms { get; init; }

    /// <summary>How many executions are due and wait for an executor; counted to <see cref="WorkspaceOverviewReader.MaxQueue"/>.</summary>
    public required long QueueDepth { get; init; }

    /// <summary>Since when the oldest of them is due.</summary>
    public DateTimeOffset? OldestDueAt { get; init; }

    /// <summary>The installation's executors, those that live first.</summary>
    public required IReadOnlyList<ExecutorState> Executors { get; init; }

    /// <summary>What model calls took since midnight UTC.</summary>
    public required SpentToday Today { get; init; }

    /// <summary>The latest executions that failed.</summary>
    public required IReadOnlyList<ExecutionSummary> Failures { get; init; }

    /// <summary>What waits for a decision, the oldest first; <see cref="ApprovalReader.MaxCount"/> at most.</summary>
    public required IReadOnlyList<WaitingApproval> Approvals { get; init; }

    /// <summary>Whether anything ever ran.</summary>
    public required bool HasExecutions { get; init; }

    /// <summary>Whether there is a workflow.</summary>
    public required bool HasWorkflows { get; init; }
}

/// <summary>Executions of one minute with one status.</summary>
/// <param name="At">The minute's beginning.</param>
/// <param name="Status">What they are now.</param>
/// <param name="Count">How many.</param>
public sealed record RunsOfMinute(DateTimeOffset At, ExecutionStatus Status, long Count);

/// <summary>An executor.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Slots">How many executions it runs at once.</param>
/// <param name="StartedAt">Since when it runs.</param>
/// <param name="LeaseUntil">Until when its lease holds.</param>
/// <param name="Alive">Whether that is still to come.</param>
/// <param name="Leases">How many executions it owns, those of other workspaces included.</param>
public sealed record ExecutorState(Guid Id, string Name, string Version, int Slots, DateTimeOffset StartedAt, DateTimeOffset LeaseUntil, bool Alive, long Leases);

/// <summary>What model calls took on a day.</summary>
/// <param name="Calls">How many calls.</param>
/// <param name="InputTokens">Tokens in.</param>
/// <param name="OutputTokens">Tokens out.</param>
/// <param name="CostUsd">Their price in US dollars, without calls whose model's price is unknown.</param>
/// <param name="UnpricedCalls">How many calls have no known price.</param>
public sealed record SpentToday(long Calls, long InputTokens, long OutputTokens, decimal CostUsd, long UnpricedCalls);
