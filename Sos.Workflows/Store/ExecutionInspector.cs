using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Executions;
using Sos.Workflows.Telemetry;

namespace Sos.Workflows.Store;

/// <summary>
/// What somebody who looks into one execution needs: everything that happened, without the documents, and each
/// document when it is asked for. An execution of ten thousand steps is read in one go.
/// </summary>
public sealed class ExecutionInspector(WorkspaceDatabase database)
{
    /// <summary>How many steps are read at most.</summary>
    public const int MaxSteps = 50_000;

    /// <summary>How many marks and how many model calls are read at most.</summary>
    public const int MaxMarks = 10_000;

    private const string OutlineColumns = """
        node_id, iteration, type, status, attempt, attempts, branch, error - 'details', wake_at, started_at, finished_at, latency_ms, span_id
        """;

    private const string CallColumns = """
        id, node_id, iteration, agent_id, operation, model_name, provider, input_tokens, output_tokens, cost_usd, latency_ms,
        span_id, timestamp, finish_reason, prompt is not null or response is not null
        """;

    // What shows waits, retries and tool calls; that nodes start and end, their steps say.
    private static readonly string[] MarkTypes =
    [
        EventTypes.WorkflowStarted, EventTypes.WorkflowResumed, EventTypes.WorkflowWaiting, EventTypes.WorkflowPausing, EventTypes.WorkflowPaused,
        EventTypes.NodeRetrying, EventTypes.NodeWaiting, EventTypes.ApprovalDecided, "tool_executed",
    ];

    /// <summary>All steps without their documents, and what happened between them; null where there is no such execution.</summary>
    public async Task<ExecutionOutline?> ReadAsync(Guid workspaceId, Guid executionId, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        // The newest event comes first: what commits after it is in the next read of changes.
        batch.Add("select coalesce((select max(id) from event_logs where execution_id = $1), 0) from workflow_executions where id = $1").With(executionId);
        batch.Add($"""
            select {OutlineColumns} from execution_steps where execution_id = $1
            order by coalesce(started_at, finished_at, 'infinity'), node_id, iteration limit {MaxSteps}
            """).With(executionId);
        batch.Add($"""
            select {ExecutionReader.EventColumns} from event_logs where execution_id = $1 and event_type = any ($2) order by id limit {MaxMarks}
            """).With(executionId).With(MarkTypes);
        batch.Add($"select {CallColumns} from model_cost_logs where workflow_execution_id = $1 order by timestamp, id limit {MaxMarks}").With(executionId);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var reader = await results.NextAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var lastEvent = reader.GetInt64(0);
        return new ExecutionOutline(
            await results.RowsAsync(ReadOutline, cancellationToken),
            await results.RowsAsync(ExecutionReader.ReadEvent, cancellationToken),
            await results.RowsAsync(ReadCall, cancellationToken),
            lastEvent);
    }

    /// <summary>What changed since an event: the steps that events name, new marks and new model calls.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="afterEvent">The last event that is known.</param>
    /// <param name="callsSince">Model calls that ended at this time or later are read.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<ExecutionOutline> ReadChangesAsync(
        Guid workspaceId, Guid executionId, long afterEvent, DateTimeOffset callsSince, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add("select coalesce(max(id), $2) from event_logs where execution_id = $1 and id > $2").With(executionId).With(afterEvent);
        batch.Add($"""
            select {OutlineColumns} from execution_steps s
            join (select distinct node_id as node, coalesce(iteration, '') as turn from event_logs
                  where execution_id = $1 and id > $2 and node_id is not null) e on s.node_id = e.node and s.iteration = e.turn
            where s.execution_id = $1 limit {MaxSteps}
            """).With(executionId).With(afterEvent);
        batch.Add($"""
            select {ExecutionReader.EventColumns} from event_logs where execution_id = $1 and id > $2 and event_type = any ($3) order by id limit {MaxMarks}
            """).With(executionId).With(afterEvent).With(MarkTypes);
        batch.Add($"select {CallColumns} from model_cost_logs where workflow_execution_id = $1 and timestamp >= $2 order by timestamp, id limit {MaxMarks}")
            .With(executionId).With(callsSince);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var reader = await results.NextAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var lastEvent = reader.GetInt64(0);
        return new ExecutionOutline(
            await results.RowsAsync(ReadOutline, cancellationToken),
            await results.RowsAsync(ExecutionReader.ReadEvent, cancellationToken),
            await results.RowsAsync(ReadCall, cancellationToken),
            lastEvent);
    }

    /// <summary>One step with its documents; null where there is none.</summary>
    public Task<Step?> GetStepAsync(Guid workspaceId, Guid executionId, string nodeId, string iteration, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {ExecutionReader.StepColumns} from execution_steps where execution_id = $1 and node_id = $2 and iteration = $3")
            .With(executionId).With(nodeId).With(iteration);
        return batch.FirstAsync(ExecutionReader.ReadStep, cancellationToken);
    }

    /// <summary>The events of one step, in their order; the first thousand.</summary>
    public Task<List<ExecutionEvent>> ListStepEventsAsync(Guid workspaceId, Guid executionId, string nodeId, string iteration, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {ExecutionReader.EventColumns} from event_logs
            where execution_id = $1 and node_id = $2 and coalesce(iteration, '') = $3 order by id limit 1000
            """).With(executionId).With(nodeId).With(iteration);
        return batch.AllAsync(ExecutionReader.ReadEvent, cancellationToken);
    }

    /// <summary>The prompt and the answer of a model call; null where there is no such call.</summary>
    public Task<ModelContent?> GetModelContentAsync(Guid workspaceId, Guid executionId, Guid callId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("select prompt, response from model_cost_logs where workflow_execution_id = $1 and id = $2").With(executionId).With(callId);
        return batch.FirstAsync(r => new ModelContent(r.TextOrNull(0), r.TextOrNull(1)), cancellationToken);
    }

    /// <summary>The executions that an execution started by its nodes, and those that retry or re-run it; a hundred of each at most.</summary>
    public async Task<ExecutionRelatives> ReadRelativesAsync(Guid workspaceId, Guid executionId, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add($"select {ExecutionReader.SummaryColumns}, parent_node_id from workflow_executions where parent_execution_id = $1 order by id limit 100").With(executionId);
        batch.Add($"select {ExecutionReader.SummaryColumns} from workflow_executions where source_execution_id = $1 order by id limit 100").With(executionId);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var children = await results.RowsAsync(r => (ExecutionReader.ReadSummary(r), r.TextOrNull(14)), cancellationToken);
        var replays = await results.RowsAsync(ExecutionReader.ReadSummary, cancellationToken);
        return new ExecutionRelatives([.. children.Select(c => new NodeExecution(c.Item2, c.Item1))], replays);
    }

    /// <summary>The execution that a step of a <c>workflow</c> node called, at its latest attempt; null where there is none.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="step">The step.</param>
    /// <param name="takenOver">Whether the step was taken over from the execution that this one retries or re-runs: its call was that one's.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<Guid?> FindCalledAsync(Guid workspaceId, Guid executionId, StepKey step, bool takenOver, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            with recursive line as (
              select id, source_execution_id, 0 as back from workflow_executions where id = $1
              union all
              select e.id, e.source_execution_id, line.back + 1
              from line join workflow_executions e on e.id = line.source_execution_id
              where $4 and line.back < 100)
            select called.id from line join workflow_executions called on called.parent_execution_id = line.id
            where called.parent_node_id = $2 and coalesce(called.parent_iteration, '') = $3
            order by line.back, called.id desc limit 1
            """).With(executionId).With(step.NodeId).With(step.Iteration).With(takenOver, NpgsqlDbType.Boolean);
        return await batch.AllAsync(r => r.GetGuid(0), cancellationToken) is [var called] ? called : null;
    }

    /// <summary>A digest of each step's output, so that two executions are compared without reading their documents.</summary>
    public async Task<IReadOnlyDictionary<StepKey, string>> ReadOutputDigestsAsync(Guid workspaceId, Guid executionId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select node_id, iteration, md5(output::text) from execution_steps where execution_id = $1 and output is not null limit {MaxSteps}").With(executionId);
        var rows = await batch.AllAsync(r => (Key: new StepKey(r.GetString(0), r.GetString(1)), Digest: r.GetString(2)), cancellationToken);
        return rows.ToDictionary(r => r.Key, r => r.Digest);
    }

    private static StepOutline ReadOutline(NpgsqlDataReader reader) => new()
    {
        NodeId = reader.GetString(0),
        Iteration = reader.GetString(1),
        Type = reader.GetString(2),
        Status = StatusNames.ToStepStatus(reader.GetString(3)),
        Attempts = reader.GetInt32(4),
        AttemptLog = Jsonb.Read(reader, 5),
        Branch = reader.TextOrNull(6),
        Error = reader.Error(7),
        WakeAt = reader.TimeOrNull(8),
        StartedAt = reader.TimeOrNull(9),
        FinishedAt = reader.TimeOrNull(10),
        LatencyMs = reader.DoubleOrNull(11),
        SpanId = reader.TextOrNull(12),
    };

    private static ModelCallOutline ReadCall(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        NodeId = reader.TextOrNull(1),
        Iteration = reader.TextOrNull(2) ?? "",
        AgentId = reader.TextOrNull(3),
        Operation = reader.GetString(4),
        Model = reader.GetString(5),
        Provider = reader.GetString(6),
        InputTokens = reader.LongOrNull(7),
        OutputTokens = reader.LongOrNull(8),
        CostUsd = reader.AmountOrNull(9),
        LatencyMs = reader.DoubleOrNull(10),
        SpanId = reader.TextOrNull(11),
        EndedAt = reader.Time(12),
        FinishReason = reader.TextOrNull(13),
        HasContent = reader.GetBoolean(14),
    };
}
