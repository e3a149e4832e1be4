namespace Sos.Workflows.Store;

/// <summary>Sums over many executions: how they went, how they failed, what they cost.</summary>
public sealed class ExecutionStatistics(WorkspaceDatabase database)
{
    /// <summary>Executions accepted in a period, by workflow, the busiest 200 workflows first.</summary>
    public Task<List<WorkflowRuns>> RunsAsync(Guid workspaceId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select workflow_id, (array_agg(workflow_name order by id desc))[1], count(*),
                   count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed'),
                   count(*) filter (where status = 'cancelled'),
                   count(*) filter (where status in ('pending', 'running', 'waiting', 'paused')),
                   percentile_cont(array[0.5, 0.95]) within group (order by extract(epoch from finished_at - created_at)::float8 * 1000)
            from workflow_executions
            where workspace_id = $1 and created_at >= $2 and created_at < $3 and id >= $4
            group by workflow_id order by count(*) desc, workflow_id limit 200
            """)
            .With(workspaceId).With(from).With(to).With(ExecutionReader.FirstIdAt(from));
        return batch.AllAsync(r =>
        {
            var percentiles = r.GetFieldValue<double?[]>(7);
            return new WorkflowRuns
            {
                WorkflowId = r.GetGuid(0),
                WorkflowName = r.GetString(1),
                Runs = r.GetInt64(2),
                Completed = r.GetInt64(3),
                Failed = r.GetInt64(4),
                Cancelled = r.GetInt64(5),
                Active = r.GetInt64(6),
                P50Ms = percentiles[0],
                P95Ms = percentiles[1],
            };
        }, cancellationToken);
    }

    /// <summary>Failed executions that were accepted in a period, by the code of their error, the latest first.</summary>
    public Task<List<ErrorGroup>> ErrorsAsync(
        Guid workspaceId, DateTimeOffset from, DateTimeOffset to, Guid? workflowId, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            with failed as (
              select id, workflow_id, workflow_name, trace_id, finished_at, error,
                     row_number() over (partition by error ->> 'code' order by finished_at desc, id desc) as nth,
                     count(*) over (partition by error ->> 'code') as failures
              from workflow_executions
              where workspace_id = $1 and status = 'failed' and created_at >= $2 and created_at < $3 and id >= $4
                and ($5::uuid is null or workflow_id = $5)
            )
            select error ->> 'code', failures, id, workflow_id, workflow_name, error ->> 'nodeId', error ->> 'message', trace_id, finished_at
            from failed where nth = 1 order by finished_at desc, id desc limit $6
            """)
            .With(workspaceId).With(from).With(to).With(ExecutionReader.FirstIdAt(from)).With(workflowId).With(limit);
        return batch.AllAsync(r => new ErrorGroup
        {
            Code = r.TextOrNull(0) ?? "unknown",
            Count = r.GetInt64(1),
            LatestExecutionId = r.GetGuid(2),
            WorkflowId = r.GetGuid(3),
            WorkflowName = r.GetString(4),
            NodeId = r.TextOrNull(5),
            Message = r.TextOrNull(6) ?? "",
            TraceId = r.GetString(7),
            LatestAt = r.Time(8),
        }, cancellationToken);
    }

    /// <summary>What model calls cost in a period, by some dimensions, the dearest 1,000 groups first.</summary>
    public Task<List<CostGroup>> CostsAsync(
        Guid workspaceId, DateTimeOffset from, DateTimeOffset to, IReadOnlyList<CostDimension> groupBy, CancellationToken cancellationToken)
    {
        // Dimensions are an enumeration, so nothing of the caller's text gets into the statement.
        var keys = string.Join(", ", groupBy.Select(Sql));
        var grouping = groupBy.Count == 0 ? "" : "group by " + string.Join(", ", Enumerable.Range(1, groupBy.Count));
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {(groupBy.Count == 0 ? "" : keys + ", ")}
                   count(*), coalesce(sum(c.input_tokens), 0)::bigint, coalesce(sum(c.output_tokens), 0)::bigint,
                   coalesce(sum(c.tokens_total), 0)::bigint, coalesce(sum(c.cost_usd), 0), count(*) filter (where c.cost_usd is null)
            from model_cost_logs c
            where c.workspace_id = $1 and c.timestamp >= $2 and c.timestamp < $3
            {grouping} order by coalesce(sum(c.cost_usd), 0) desc, count(*) desc limit 1000
            """)
            .With(workspaceId).With(from).With(to);
        return batch.AllAsync(r =>
        {
            var group = new Dictionary<string, string?>(groupBy.Count);
            for (var i = 0; i < groupBy.Count; i++)
                group[groupBy[i].ToString().ToLowerInvariant()] = r.TextOrNull(i);
            var at = groupBy.Count;
            return new CostGroup
            {
                Group = group,
                Calls = r.GetInt64(at),
                InputTokens = r.GetInt64(at + 1),
                OutputTokens = r.GetInt64(at + 2),
                TotalTokens = r.GetInt64(at + 3),
                CostUsd = r.Amount(at + 4),
                UnpricedCalls = r.GetInt64(at + 5),
            };
        }, cancellationToken);
    }

    private static string Sql(CostDimension dimension) => dimension switch
    {
        CostDimension.Model => "c.model_name",
        CostDimension.Provider => "c.provider",
        CostDimension.Workflow => "c.workflow_id::text",
        CostDimension.Node => "c.node_id",
        CostDimension.Agent => "c.agent_id",
        CostDimension.User => "c.user_id::text",
        CostDimension.Operation => "c.operation",
        CostDimension.Day => "to_char(c.timestamp at time zone 'UTC', 'YYYY-MM-DD')",
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, null),
    };
}

/// <summary>What costs may be summed by.</summary>
public enum CostDimension
{
    /// <summary>The model.</summary>
    Model,

    /// <summary>Who serves the model.</summary>
    Provider,

    /// <summary>The workflow's id.</summary>
    Workflow,

    /// <summary>The node's id.</summary>
    Node,

    /// <summary>The agent.</summary>
    Agent,

    /// <summary>Who started the execution.</summary>
    User,

    /// <summary>The day, in UTC.</summary>
    Day,

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    Operation,
}

/// <summary>How the executions of one workflow went.</summary>
public sealed record WorkflowRuns
{
    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>Its name in its latest execution.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>Executions accepted in the period.</summary>
    public required long Runs { get; init; }

    /// <summary>Those that ended well.</summary>
    public required long Completed { get; init; }

    /// <summary>Those that failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Those that were cancelled.</summary>
    public required long Cancelled { get; init; }

    /// <summary>Those that have not ended.</summary>
    public required long Active { get; init; }

    /// <summary>Completed ones among those that completed or failed, 0 to 1; null where none did.</summary>
    public double? SuccessRate => Completed + Failed == 0 ? null : (double)Completed / (Completed + Failed);

    /// <summary>The median time from acceptance to end, waits included, in milliseconds; null where none ended.</summary>
    public double? P50Ms { get; init; }

    /// <summary>The 95th percentile of the same.</summary>
    public double? P95Ms { get; init; }
}

/// <summary>Failures with the same code.</summary>
public sealed record ErrorGroup
{
    /// <summary>The error's code.</summary>
    public required string Code { get; init; }

    /// <summary>How many executions failed with it.</summary>
    public required long Count { get; init; }

    /// <summary>The latest of them.</summary>
    public required Guid LatestExecutionId { get; init; }

    /// <summary>The latest one's workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>That workflow's name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The node that failed in it.</summary>
    public string? NodeId { get; init; }

    /// <summary>What it said.</summary>
    public required string Message { get; init; }

    /// <summary>Its trace.</summary>
    public required string TraceId { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset LatestAt { get; init; }
}

/// <summary>What a group of model calls cost.</summary>
public sealed record CostGroup
{
    /// <summary>The group's value of each dimension.</summary>
    public required IReadOnlyDictionary<string, string?> Group { get; init; }

    /// <summary>How many calls.</summary>
    public required long Calls { get; init; }

    /// <summary>Tokens in.</summary>
    public required long InputTokens { get; init; }

    /// <summary>Tokens out.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>Both together.</summary>
    public required long TotalTokens { get; init; }

    /// <summary>Their price in US dollars, without calls whose model's price is unknown.</summary>
    public required decimal CostUsd { get; init; }

    /// <summary>How many calls have no known price.</summary>
    public required long UnpricedCalls { get; init; }
}
