namespace Sos.Workflows.Store;

/// <summary>How workflows and their nodes did lately: each question is one statement, however many workflows or nodes it is about.</summary>
public sealed class WorkflowStatistics(WorkspaceDatabase database)
{
    /// <summary>The most executions whose steps are summed up, the latest ones.</summary>
    public const int MaxExecutions = 10_000;

    /// <summary>Workflows with their last execution and their executions of the last 24 hours, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="name">Only those whose name holds this text, regardless of case; null for all.</param>
    /// <param name="before">Only those older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="now">The end of the 24 hours.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<WorkflowOverview>> ListAsync(
        Guid workspaceId, string? name, Guid? before, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var from = now.AddHours(-WorkflowOverview.Hours);
        var batch = database.In(workspaceId);
        batch.Add("""
            with page as (
              select id, name, description, latest_version, created_at, updated_at from workflows
              where workspace_id = $1 and deleted_at is null
                and ($2::text is null or strpos(lower(name), lower($2)) > 0)
                and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
              order by id desc limit $4
            ), hourly as materialized (
              select e.workflow_id, least(23, greatest(0, floor(extract(epoch from e.created_at - $5) / 3600)))::int as hour,
                     count(*)::int as runs, count(*) filter (where e.status = 'completed')::int as completed,
                     count(*) filter (where e.status = 'failed')::int as failed
              from workflow_executions e
              where e.workspace_id = $1 and e.workflow_id in (select id from page) and e.created_at >= $5 and e.id >= $6
              group by 1, 2
            )
            select page.id, page.name, page.description, page.latest_version, page.created_at, page.updated_at,
                   last.id, last.status, last.created_at, day.runs, day.completed, day.failed
            from page
            left join lateral (
              select e.id, e.status, e.created_at from workflow_executions e where e.workflow_id = page.id order by e.id desc limit 1
            ) last on true
            cross join lateral (
              select array_agg(coalesce(h.runs, 0) order by n) as runs, array_agg(coalesce(h.completed, 0) order by n) as completed,
                     array_agg(coalesce(h.failed, 0) order by n) as failed
              from generate_series(0, 23) n left join hourly h on h.workflow_id = page.id and h.hour = n
            ) day
            order by page.id desc
            """)
            .With(workspaceId).With(name).With(before).With(limit).With(from).With(ExecutionReader.FirstIdAt(from));
        return batch.AllAsync(r => new WorkflowOverview
        {
            Workflow = new Workflow
            {
                Id = r.GetGuid(0),
                Name = r.GetString(1),
                Description = r.TextOrNull(2),
                Version = r.GetInt32(3),
                CreatedAt = r.Time(4),
                UpdatedAt = r.Time(5),
            },
            LastExecutionId = r.GuidOrNull(6),
            LastStatus = r.TextOrNull(7),
            LastAt = r.TimeOrNull(8),
            RunsByHour = r.GetFieldValue<int[]>(9),
            Completed = r.GetFieldValue<int[]>(10).Sum(),
            FailedByHour = r.GetFieldValue<int[]>(11),
        }, cancellationToken);
    }

    /// <summary>
    /// How each node of a workflow did in the executions accepted since a time, all versions together; of more than
    /// <see cref="MaxExecutions"/>, in the latest ones. Nodes that did nothing are left out.
    /// </summary>
    public Task<List<NodeRuns>> NodesAsync(Guid workspaceId, Guid workflowId, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            with runs as (
              select id from workflow_executions
              where workspace_id = $1 and workflow_id = $2 and created_at >= $3 and id >= $4
              order by id desc limit $5
            ), steps as (
              select node_id, count(*) filter (where status in ('completed', 'failed')) as runs, count(*) filter (where status = 'failed') as failed,
                     coalesce(sum(greatest(attempt - 1, 0)), 0)::bigint as retries,
                     percentile_cont(array[0.5, 0.95]) within group (order by latency_ms) filter (where status in ('completed', 'failed')) as percentiles
              from execution_steps
              where execution_id in (select id from runs) and execution_id >= $4 and status <> 'skipped'
              group by node_id
            ), costs as (
              select node_id, sum(cost_usd) as cost, sum(tokens_total)::bigint as tokens
              from model_cost_logs
              where workspace_id = $1 and timestamp >= $3 and workflow_execution_id in (select id from runs) and node_id is not null
              group by node_id
            )
            select node_id, coalesce(s.runs, 0), coalesce(s.failed, 0), coalesce(s.retries, 0), s.percentiles, c.cost, coalesce(c.tokens, 0)
            from steps s full join costs c using (node_id)
            """)
            .With(workspaceId).With(workflowId).With(from).With(ExecutionReader.FirstIdAt(from)).With(MaxExecutions);
        return batch.AllAsync(r =>
        {
            var percentiles = r.IsDBNull(4) ? [null, null] : r.GetFieldValue<double?[]>(4);
            return new NodeRuns
            {
                NodeId = r.GetString(0),
                Runs = r.GetInt64(1),
                Failed = r.GetInt64(2),
                Retries = r.GetInt64(3),
                P50Ms = percentiles[0],
                P95Ms = percentiles[1],
                CostUsd = r.AmountOrNull(5),
                Tokens = r.GetInt64(6),
            };
        }, cancellationToken);
    }
}

/// <summary>A workflow and how it did in the last 24 hours.</summary>
public sealed record WorkflowOverview
{
    /// <summary>How many hours are looked at.</summary>
    public const int Hours = 24;

    /// <summary>The workflow.</summary>
    public required Workflow Workflow { get; init; }

    /// <summary>Its latest execution; null before the first.</summary>
    public Guid? LastExecutionId { get; init; }

    /// <summary>Where that one stands.</summary>
    public string? LastStatus { get; init; }

    /// <summary>When that one was accepted.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>Executions accepted in each of the hours, the oldest first.</summary>
    public required IReadOnlyList<int> RunsByHour { get; init; }

    /// <summary>Those of them that failed.</summary>
    public required IReadOnlyList<int> FailedByHour { get; init; }

    /// <summary>How many of all ended well.</summary>
    public required int Completed { get; init; }

    /// <summary>How many executions there were.</summary>
    public int Runs => RunsByHour.Sum();

    /// <summary>How many failed.</summary>
    public int Failed => FailedByHour.Sum();

    /// <summary>Completed ones among those that completed or failed, 0 to 1; null where none did.</summary>
    public double? SuccessRate => Completed + Failed == 0 ? null : (double)Completed / (Completed + Failed);
}

/// <summary>How a node did in many executions; every iteration counts.</summary>
public sealed record NodeRuns
{
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>Steps that completed or failed.</summary>
    public required long Runs { get; init; }

    /// <summary>Those that failed for good.</summary>
    public required long Failed { get; init; }

    /// <summary>Attempts beyond the first of each step.</summary>
    public required long Retries { get; init; }

    /// <summary>The median time of a step, retries and waits included, in milliseconds; null where none ended.</summary>
    public double? P50Ms { get; init; }

    /// <summary>The 95th percentile of the same.</summary>
    public double? P95Ms { get; init; }

    /// <summary>What its model calls cost in US dollars, without calls whose model's price is unknown; null where it made none.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Tokens of its model calls.</summary>
    public required long Tokens { get; init; }

    /// <summary>Failed steps among those that ended, 0 to 1; null where none did.</summary>
    public double? FailureRate => Runs == 0 ? null : (double)Failed / Runs;
}
