using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>Executions, their steps and their events, as people read them.</summary>
public sealed class ExecutionReader(WorkspaceDatabase database)
{
    /// <summary>A page of steps or events ends early when its documents exceed this many bytes.</summary>
    private const int MaxPageBytes = 8 * 1024 * 1024;

    internal const string SummaryColumns = """
        id, workflow_id, workflow_name, version, status, error, trace_id, parent_execution_id, source_execution_id, source_kind,
        created_at, started_at, finished_at, cost_usd
        """;

    private const string Columns = $"{SummaryColumns}, input, output, step_mode, breakpoints, paused_before, parent_node_id, wake_at, trigger";

    /// <summary>An execution; null where there is none.</summary>
    public Task<Execution?> GetAsync(Guid workspaceId, Guid executionId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from workflow_executions where id = $1").With(executionId);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>Those of some executions that have ended, each read inside its own workspace, in one round trip.</summary>
    public async Task<IReadOnlyDictionary<Guid, Execution>> GetEndedAsync(IEnumerable<(Guid WorkspaceId, Guid Id)> executions, CancellationToken cancellationToken)
    {
        await using var batch = database.InSeveral();
        var workspaces = 0;
        foreach (var workspace in executions.GroupBy(e => e.WorkspaceId, e => e.Id))
        {
            workspaces++;
            batch.Enter(workspace.Key);
            batch.Add($"select {Columns} from workflow_executions where id = any ($1) and status in ('completed', 'failed', 'cancelled')")
                .With([.. workspace]);
        }
        var found = new Dictionary<Guid, Execution>();
        await using var results = await batch.ExecuteAsync(cancellationToken);
        for (var i = 0; i < workspaces; i++)
        {
            foreach (var execution in await results.RowsAsync(Read, cancellationToken))
                found[execution.Id] = execution;
        }
        await results.FinishAsync(cancellationToken);
        return found;
    }

    /// <summary>Executions that a filter lets through, newest first.</summary>
    public Task<List<ExecutionSummary>> ListAsync(Guid workspaceId, ExecutionFilter filter, CancellationToken cancellationToken)
    {
        // Only conditions that are asked for are in the statement, so that each combination uses its index.
        var batch = database.In(workspaceId);
        var sql = new StringBuilder($"select {SummaryColumns} from workflow_executions where workspace_id = $1");
        var command = batch.Add("").With(workspaceId);
        if (filter.WorkflowId is { } workflow)
            And("workflow_id =").With(workflow);
        if (filter.TraceId is { } trace)
            And("trace_id =").With(trace, NpgsqlDbType.Char);
        if (filter.Statuses is [var status])
            And("status =").With(status.Name());
        else if (filter.Statuses.Count > 0)
            And("status = any", "({0})").With([.. filter.Statuses.Select(s => s.Name())]);
        if (filter.Text is { } text)
            And("concat_ws(' ', workflow_name, error ->> 'code', error ->> 'message') ilike").With($"%{Like(text)}%");
        if (filter.MinCostUsd is { } cost)
            And("cost_usd >=").With(cost, NpgsqlDbType.Numeric);
        if (filter.Ids is { } ids)
            And("id = any", "({0})").With([.. ids]);
        if (filter.After is { } after)
            And("id >").With(after);
        if (filter.From is { } from)
        {
            And("created_at >=").With(from);
            And("id >=").With(FirstIdAt(from));
        }
        if (filter.To is { } to)
            And("created_at <").With(to);
        if (filter.Before is { } before)
            And("id <").With(before);
        sql.Append(" order by id desc limit $").Append(command.Parameters.Count + 1);
        command.With(filter.Limit).CommandText = sql.ToString();
        return batch.AllAsync(ReadSummary, cancellationToken);

        NpgsqlBatchCommand And(string condition, string value = "{0}")
        {
            sql.Append(" and ").Append(condition).Append(' ').Append(value.Replace("{0}", $"${command.Parameters.Count + 1}", StringComparison.Ordinal));
            return command;
        }

        // What a person types stands for itself.
        static string Like(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
    }

    /// <summary>
    /// The steps of an execution in the order in which they started; skipped ones by when they were skipped. The page
    /// ends early where documents are large.
    /// </summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="after">Begins after this step; null to begin with the first.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The steps, and whether there are more; null where there is no such execution.</returns>
    public async Task<Page<Step>?> ListStepsAsync(Guid workspaceId, Guid executionId, StepPosition? after, int limit, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        batch.Add("select 1 from workflow_executions where id = $1").With(executionId);
        batch.Add($"""
            select {StepColumns} from execution_steps
            where execution_id = $1
              and ($2::timestamptz is null or (coalesce(started_at, finished_at, 'infinity'), node_id, iteration) > ($2, $3, $4))
            order by coalesce(started_at, finished_at, 'infinity'), node_id, iteration
            limit $5
            """)
            .With(executionId).With(after?.At).With(after?.NodeId).With(after?.Iteration).With(limit + 1);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var reader = await results.NextAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        return await PageAsync(results, limit, ReadStep, SizeOf, cancellationToken);
    }

    /// <summary>The events of an execution after event <paramref name="after"/>, in their order.</summary>
    /// <returns>The events and where the execution stands; null where there is no such execution.</returns>
    public async Task<EventPage?> ListEventsAsync(Guid workspaceId, Guid executionId, long after, int limit, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        // The status comes first: events that commit between the two are then read, and none is missed before an end.
        batch.Add("select status from workflow_executions where id = $1").With(executionId);
        batch.Add($"select {EventColumns} from event_logs where execution_id = $1 and id > $2 order by id limit $3")
            .With(executionId).With(after).With(limit + 1);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var reader = await results.NextAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var status = StatusNames.ToExecutionStatus(reader.GetString(0));
        var page = await PageAsync(results, limit, ReadEvent, SizeOf, cancellationToken);
        return new EventPage(page.Items, page.HasMore, status);
    }

    internal const string StepColumns = """
        execution_id, node_id, iteration, type, status, attempt, attempts, branch, input, output, error, wake_at,
        started_at, finished_at, latency_ms, trace_id, span_id
        """;

    internal const string EventColumns =
        "id, event_type, execution_id, node_id, iteration, status, context, latency_ms, trace_id, span_id, timestamp";

    internal static Step ReadStep(NpgsqlDataReader reader) => new()
    {
        ExecutionId = reader.GetGuid(0),
        NodeId = reader.GetString(1),
        Iteration = reader.GetString(2),
        Type = reader.GetString(3),
        Status = StatusNames.ToStepStatus(reader.GetString(4)),
        Attempts = reader.GetInt32(5),
        AttemptLog = Jsonb.Read(reader, 6),
        Branch = reader.TextOrNull(7),
        Input = Jsonb.Read(reader, 8),
        Output = Jsonb.Read(reader, 9),
        Error = reader.Error(10),
        WakeAt = reader.TimeOrNull(11),
        StartedAt = reader.TimeOrNull(12),
        FinishedAt = reader.TimeOrNull(13),
        LatencyMs = reader.DoubleOrNull(14),
        TraceId = reader.TextOrNull(15),
        SpanId = reader.TextOrNull(16),
    };

    internal static ExecutionEvent ReadEvent(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetInt64(0),
        Type = reader.GetString(1),
        ExecutionId = reader.GuidOrNull(2),
        NodeId = reader.TextOrNull(3),
        Iteration = reader.TextOrNull(4),
        Status = reader.TextOrNull(5),
        Context = Jsonb.Read(reader, 6),
        LatencyMs = reader.DoubleOrNull(7),
        TraceId = reader.TextOrNull(8),
        SpanId = reader.TextOrNull(9),
        Timestamp = reader.Time(10),
    };

    /// <summary>Reads up to <paramref name="limit"/> rows of a result that holds one more where there are more.</summary>
    internal static async Task<Page<T>> PageAsync<T>(
        WorkspaceDatabase.Results results, int limit, Func<NpgsqlDataReader, T> read, Func<T, int> size, CancellationToken cancellationToken)
    {
        var reader = await results.NextAsync(cancellationToken);
        var items = new List<T>();
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (items.Count == limit || bytes > MaxPageBytes)
                return new Page<T>(items, true);
            var item = read(reader);
            bytes += size(item);
            items.Add(item);
        }
        return new Page<T>(items, false);
    }

    internal static int SizeOf(Step step) => SizeOf(step.Input) + SizeOf(step.Output) + SizeOf(step.AttemptLog);

    internal static int SizeOf(ExecutionEvent entry) => SizeOf(entry.Context);

    internal static int SizeOf(JsonElement? document) => document is { } d ? JsonMarshal.GetRawUtf8Value(d).Length : 0;

    private static Execution Read(NpgsqlDataReader reader) => new(ReadSummary(reader))
    {
        Input = Jsonb.Read(reader, 14)!.Value,
        Output = Jsonb.Read(reader, 15),
        StepMode = reader.GetBoolean(16),
        Breakpoints = reader.GetFieldValue<string[]>(17),
        PausedBefore = reader.GetFieldValue<string[]>(18),
        ParentNodeId = reader.TextOrNull(19),
        WakeAt = reader.TimeOrNull(20),
        Trigger = reader.Trigger(21),
    };

    internal static ExecutionSummary ReadSummary(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        WorkflowId = reader.GetGuid(1),
        WorkflowName = reader.GetString(2),
        Version = reader.GetInt32(3),
        Status = StatusNames.ToExecutionStatus(reader.GetString(4)),
        Error = reader.Error(5),
        TraceId = reader.GetString(6),
        ParentExecutionId = reader.GuidOrNull(7),
        SourceExecutionId = reader.GuidOrNull(8),
        SourceKind = reader.TextOrNull(9),
        CreatedAt = reader.Time(10),
        StartedAt = reader.TimeOrNull(11),
        FinishedAt = reader.TimeOrNull(12),
        CostUsd = reader.Amount(13),
    };

    /// <summary>
    /// An id below those of all executions accepted at a time or later, so that a period is found in the index by id.
    /// An id's time is that of the machine that chose it: its clock may be ten minutes behind.
    /// </summary>
    internal static Guid FirstIdAt(DateTimeOffset time)
    {
        var milliseconds = Math.Max(0, (time - TimeSpan.FromMinutes(10)).ToUnixTimeMilliseconds());
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, milliseconds << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
