using System.Text.Json;
using System.Text.Json.Serialization;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>Every row that carries one trace id.</summary>
public sealed class TraceReader(WorkspaceDatabase database)
{
    /// <summary>How many rows of each kind are read at most.</summary>
    public const int MaxRows = 1000;

    /// <summary>The rows of a trace in their order; null where the workspace has none.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="traceId">32 lower-case hexadecimal digits.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<TraceRows?> ReadAsync(Guid workspaceId, string traceId, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add($"select {ExecutionReader.SummaryColumns} from workflow_executions where trace_id = $1 order by id limit {MaxRows + 1}")
            .With(traceId, NpgsqlDbType.Char);
        batch.Add($"""
            select {ExecutionReader.StepColumns} from execution_steps
            where execution_id = any (array(select id from workflow_executions where trace_id = $1 order by id limit {MaxRows}))
            order by execution_id, coalesce(started_at, finished_at), node_id, iteration limit {MaxRows + 1}
            """)
            .With(traceId, NpgsqlDbType.Char);
        batch.Add($"select {ExecutionReader.EventColumns} from event_logs where trace_id = $1 order by id limit {MaxRows + 1}")
            .With(traceId, NpgsqlDbType.Char);
        batch.Add($"""
            select id, agent_id, flow_id, execution_id, node_id, input_context, execution_nodes, output_summary, error, span_id, timestamp
            from agent_trace_history where trace_id = $1 order by timestamp, id limit {MaxRows + 1}
            """)
            .With(traceId, NpgsqlDbType.Char);
        batch.Add($"""
            select id, agent_id, workflow_execution_id, node_id, model_name, provider, input_tokens, output_tokens, tokens_total,
                   cost_usd, latency_ms, span_id, timestamp, operation, cached_input_tokens, cache_write_tokens, reasoning_tokens,
                   price_id, finish_reason, prompt, response
            from model_cost_logs where trace_id = $1 order by timestamp, id limit {MaxRows + 1}
            """)
            .With(traceId, NpgsqlDbType.Char);

        await using var results = await batch.ExecuteAsync(cancellationToken);
        var executions = await ExecutionReader.PageAsync(results, MaxRows, ExecutionReader.ReadSummary, _ => 0, cancellationToken);
        var steps = await ExecutionReader.PageAsync(results, MaxRows, ExecutionReader.ReadStep, ExecutionReader.SizeOf, cancellationToken);
        var events = await ExecutionReader.PageAsync(results, MaxRows, ExecutionReader.ReadEvent, ExecutionReader.SizeOf, cancellationToken);
        var agents = await ExecutionReader.PageAsync(results, MaxRows, r => new AgentTrace
        {
            Id = r.GetGuid(0),
            AgentId = r.GetString(1),
            WorkflowId = r.GuidOrNull(2),
            ExecutionId = r.GuidOrNull(3),
            NodeId = r.TextOrNull(4),
            InputContext = Jsonb.Read(r, 5),
            ExecutionNodes = Jsonb.Read(r, 6),
            OutputSummary = r.TextOrNull(7),
            Error = Jsonb.Read(r, 8),
            SpanId = r.TextOrNull(9),
            Timestamp = r.Time(10),
        }, a => ExecutionReader.SizeOf(a.InputContext) + ExecutionReader.SizeOf(a.ExecutionNodes), cancellationToken);
        var costs = await ExecutionReader.PageAsync(results, MaxRows, r => new ModelCost
        {
            Id = r.GetGuid(0),
            AgentId = r.TextOrNull(1),
            ExecutionId = r.GuidOrNull(2),
            NodeId = r.TextOrNull(3),
            Model = r.GetString(4),
            Provider = r.GetString(5),
            InputTokens = r.LongOrNull(6),
            OutputTokens = r.LongOrNull(7),
            TotalTokens = r.LongOrNull(8),
            CostUsd = r.AmountOrNull(9),
            LatencyMs = r.DoubleOrNull(10),
            SpanId = r.TextOrNull(11),
            Timestamp = r.Time(12),
            Operation = r.GetString(13),
            CachedInputTokens = r.LongOrNull(14),
            CacheWriteTokens = r.LongOrNull(15),
            ReasoningTokens = r.LongOrNull(16),
            PriceId = r.GuidOrNull(17),
            FinishReason = r.TextOrNull(18),
            Prompt = r.TextOrNull(19),
            Response = r.TextOrNull(20),
        }, c => (c.Prompt?.Length ?? 0) + (c.Response?.Length ?? 0), cancellationToken);

        var truncated = executions.HasMore || steps.HasMore || events.HasMore || agents.HasMore || costs.HasMore;
        var rows = new TraceRows(executions.Items, steps.Items, events.Items, agents.Items, costs.Items, truncated);
        return rows.IsEmpty ? null : rows;
    }
}

/// <summary>The rows of a trace.</summary>
/// <param name="Executions">Executions, oldest first.</param>
/// <param name="Steps">Their steps.</param>
/// <param name="EventLogs">Rows of <c>event_logs</c>.</param>
/// <param name="AgentTraces">Rows of <c>agent_trace_history</c>.</param>
/// <param name="ModelCosts">Rows of <c>model_cost_logs</c>.</param>
/// <param name="Truncated">Whether there are more rows of a kind than <see cref="TraceReader.MaxRows"/>, or too large ones.</param>
public sealed record TraceRows(
    IReadOnlyList<ExecutionSummary> Executions,
    IReadOnlyList<Step> Steps,
    IReadOnlyList<ExecutionEvent> EventLogs,
    IReadOnlyList<AgentTrace> AgentTraces,
    IReadOnlyList<ModelCost> ModelCosts,
    bool Truncated)
{
    internal bool IsEmpty => Executions.Count == 0 && EventLogs.Count == 0 && AgentTraces.Count == 0 && ModelCosts.Count == 0;
}

/// <summary>A row of <c>agent_trace_history</c>.</summary>
public sealed record AgentTrace
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The workflow it ran in.</summary>
    public Guid? WorkflowId { get; init; }

    /// <summary>The execution it ran in.</summary>
    public Guid? ExecutionId { get; init; }

    /// <summary>The node that ran it.</summary>
    public string? NodeId { get; init; }

    /// <summary>What it was given.</summary>
    public JsonElement? InputContext { get; init; }

    /// <summary>Its iterations and tool calls, in order.</summary>
    public JsonElement? ExecutionNodes { get; init; }

    /// <summary>What it answered, in short.</summary>
    public string? OutputSummary { get; init; }

    /// <summary>Why it failed.</summary>
    public JsonElement? Error { get; init; }

    /// <summary>Its span.</summary>
    public string? SpanId { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A row of <c>model_cost_logs</c>.</summary>
public sealed record ModelCost
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>The agent that called the model; null for a plain call.</summary>
    public string? AgentId { get; init; }

    /// <summary>The execution.</summary>
    public Guid? ExecutionId { get; init; }

    /// <summary>The node.</summary>
    public string? NodeId { get; init; }

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Who serves it.</summary>
    public required string Provider { get; init; }

    /// <summary>Tokens in, cached ones included.</summary>
    public long? InputTokens { get; init; }

    /// <summary>Tokens out, reasoning included.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>Both together.</summary>
    public long? TotalTokens { get; init; }

    /// <summary>Input tokens that the provider had in its cache.</summary>
    public long? CachedInputTokens { get; init; }

    /// <summary>Input tokens that the provider wrote into its cache.</summary>
    public long? CacheWriteTokens { get; init; }

    /// <summary>Output tokens of reasoning.</summary>
    public long? ReasoningTokens { get; init; }

    /// <summary>The price in US dollars; null where the model's price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>The row of <c>model_prices</c> that was applied.</summary>
    public Guid? PriceId { get; init; }

    /// <summary>Why the model stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The prompt, where the workspace kept it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Prompt { get; init; }

    /// <summary>The answer, where the workspace kept it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Response { get; init; }

    /// <summary>How long the call took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Its span.</summary>
    public string? SpanId { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}
