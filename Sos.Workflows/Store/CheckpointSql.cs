using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>The statements of a checkpoint transaction. Rows travel as one array per column.</summary>
internal static partial class CheckpointSql
{
    /// <summary>NOTIFY payloads must stay under 8,000 bytes; an id and its comma take 33.</summary>
    private const int MaxNotifiedIds = 240;

    /// <summary>Moves the executions on, where the fence holds, and writes the steps and events of those.</summary>
    public static NpgsqlBatchCommand Main(IReadOnlyList<Checkpoint> batch, Guid executor)
    {
        var steps = batch.SelectMany(c => c.Steps.Select(s => (Checkpoint: c, Step: s))).ToArray();
        var events = batch.SelectMany(c => c.Events.Select(e => (Checkpoint: c, Event: e))).ToArray();
        return new NpgsqlBatchCommand("""
            with input as (
              select * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as
                c(id, epoch, seq, status, wake_at, output, error, step_mode, paused_before, signal_seen, run_span_id)
            ), fenced as (
              update workflow_executions e set
                checkpoint_seq = c.seq,
                lost_leases = 0,
                signal_seen = c.signal_seen,
                run_span_id = coalesce(c.run_span_id, e.run_span_id),
                step_mode = c.step_mode,
                paused_before = string_to_array(c.paused_before, ','),
                output = c.output,
                error = c.error,
                -- A signal that came in the meantime must not find the execution asleep.
                status = case when c.status in ('waiting', 'paused') and e.signal_seq > c.signal_seen then 'pending' else c.status end,
                due_at = case when c.status in ('waiting', 'paused') and e.signal_seq > c.signal_seen then now() else e.due_at end,
                wake_at = case when c.status = 'waiting' and e.signal_seq <= c.signal_seen then c.wake_at end,
                lease_owner = case when c.status = 'running' then e.lease_owner end,
                finished_at = case when c.status in ('completed', 'failed', 'cancelled') then now() end
              from input c
              where e.id = c.id and e.lease_owner = $1 and e.lease_epoch = c.epoch and e.checkpoint_seq = c.seq - 1
              returning e.id, e.status
            ), steps as (
              insert into execution_steps (execution_id, workspace_id, trace_id, node_id, iteration, type, status, attempt, attempts, branch,
                                           input, output, error, state, wake_at, span_id, started_at, finished_at, latency_ms)
              select s.* from unnest($13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31) as
                s(execution_id, workspace_id, trace_id, node_id, iteration, type, status, attempt, attempts, branch,
                  input, output, error, state, wake_at, span_id, started_at, finished_at, latency_ms)
              join fenced f on f.id = s.execution_id
              on conflict (execution_id, node_id, iteration) do update set
                status = excluded.status, attempt = excluded.attempt, attempts = excluded.attempts, branch = excluded.branch,
                input = coalesce(excluded.input, execution_steps.input), output = excluded.output, error = excluded.error, state = excluded.state,
                wake_at = excluded.wake_at, trace_id = excluded.trace_id, span_id = excluded.span_id, started_at = excluded.started_at,
                finished_at = excluded.finished_at, latency_ms = excluded.latency_ms
            ), events as (
              insert into event_logs (execution_id, workspace_id, organization_id, user_id, trace_id,
                                      event_type, node_id, iteration, context, status, latency_ms, span_id, timestamp)
              select v.execution_id, v.workspace_id, v.organization_id, v.user_id, v.trace_id,
                     v.event_type, v.node_id, v.iteration, v.context, v.status, v.latency_ms, v.span_id, v.timestamp
              from unnest($32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44) with ordinality as
                v(execution_id, workspace_id, organization_id, user_id, trace_id,
                  event_type, node_id, iteration, context, status, latency_ms, span_id, timestamp, position)
              join fenced f on f.id = v.execution_id
              order by v.position -- ids rise in the order in which things happened
            )
            select id, status from fenced
            """)
        {
            Parameters =
            {
                new() { Value = executor },

                Column(batch, c => c.ExecutionId),
                Column(batch, c => c.Epoch),
                Column(batch, c => c.Seq),
                Column(batch, c => c.Status.Name()),
                Time(batch, c => c.WakeAt),
                Json(batch, c => Jsonb.Text(c.Output)),
                Json(batch, c => Jsonb.Text(c.Error)),
                Column(batch, c => c.StepMode),
                Column(batch, c => string.Join(',', c.PausedBefore)),
                Column(batch, c => c.SignalSeen),
                Text(batch, c => c.RunSpanId),

                Column(steps, s => s.Checkpoint.ExecutionId),
                Column(steps, s => s.Checkpoint.WorkspaceId),
                Column(steps, s => s.Checkpoint.TraceId),
                Column(steps, s => s.Step.NodeId),
                Column(steps, s => s.Step.Iteration),
                Column(steps, s => s.Step.Type),
                Column(steps, s => s.Step.Status.Name()),
                Column(steps, s => s.Step.Attempt),
                Json(steps, s => Jsonb.Text(s.Step.Attempts)),
                Text(steps, s => s.Step.Branch),
                Json(steps, s => Jsonb.Text(s.Step.Input)),
                Json(steps, s => Jsonb.Text(s.Step.Output)),
                Json(steps, s => Jsonb.Text(s.Step.Error)),
                Json(steps, s => Jsonb.Text(s.Step.State)),
                Time(steps, s => s.Step.WakeAt),
                Text(steps, s => s.Step.SpanId),
                Time(steps, s => s.Step.StartedAt),
                Time(steps, s => s.Step.FinishedAt),
                Column(steps, s => s.Step.LatencyMs),

                Column(events, e => e.Checkpoint.ExecutionId),
                Column(events, e => e.Checkpoint.WorkspaceId),
                Column(events, e => e.Checkpoint.OrganizationId),
                Column(events, e => e.Checkpoint.UserId),
                Column(events, e => e.Checkpoint.TraceId),
                Column(events, e => e.Event.EventType),
                Text(events, e => e.Event.NodeId),
                Text(events, e => e.Event.Iteration),
                Json(events, e => Jsonb.Text(e.Event.Context)),
                Text(events, e => e.Event.Status),
                Column(events, e => e.Event.LatencyMs),
                Text(events, e => e.Event.SpanId),
                Time(events, e => e.Event.Timestamp),
            },
        };
    }

    /// <summary>Submits child executions, for checkpoints that the first statement applied.</summary>
    public static NpgsqlBatchCommand Children(IReadOnlyList<Checkpoint> batch)
    {
        var children = batch.SelectMany(c => c.Children.Select(n => (Checkpoint: c, Child: n))).ToArray();
        return new NpgsqlBatchCommand("""
            with submitted as (
              insert into workflow_executions (id, workspace_id, organization_id, user_id, workflow_id, version_id, version, workflow_name,
                input, traceparent, trace_id, parent_execution_id, parent_node_id, parent_iteration, depth, priority)
              select n.id, p.workspace_id, p.organization_id, p.user_id, n.workflow_id, n.version_id, n.version, n.workflow_name,
                n.input, n.traceparent, p.trace_id, p.id, n.node_id, n.iteration, n.depth, p.priority
              from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as
                n(parent, epoch, seq, id, workflow_id, version_id, version, workflow_name, input, traceparent, node_id, iteration, depth)
              join workflow_executions p on p.id = n.parent and p.lease_epoch = n.epoch and p.checkpoint_seq = n.seq
              on conflict (id) do nothing
              returning 1)
            select case when count(*) > 0 then pg_notify('sos_work', '') end from submitted
            """)
        {
            Parameters =
            {
                Column(children, n => n.Checkpoint.ExecutionId),
                Column(children, n => n.Checkpoint.Epoch),
                Column(children, n => n.Checkpoint.Seq),
                Column(children, n => n.Child.Id),
                Column(children, n => n.Child.WorkflowId),
                Column(children, n => n.Child.VersionId),
                Column(children, n => n.Child.Version),
                Column(children, n => n.Child.WorkflowName),
                Json(children, n => Jsonb.Text(n.Child.Input)),
                Column(children, n => n.Child.TraceParent),
                Column(children, n => n.Child.ParentNodeId),
                Column(children, n => n.Child.ParentIteration),
                Column(children, n => (short)n.Child.Depth),
            },
        };
    }

    /// <summary>Sends signals to other executions, for checkpoints that the first statement applied.</summary>
    public static NpgsqlBatchCommand Signals(IReadOnlyList<Checkpoint> batch)
    {
        var signals = batch.SelectMany(c => c.Signals.Select(s => (Checkpoint: c, Signal: s))).ToArray();
        // Several children of one execution may end in the same transaction: the target is updated once, its
        // signals are numbered one after another.
        return new NpgsqlBatchCommand("""
            with sent as (
              select s.*, row_number() over (partition by s.target order by s.position) as nth
              from unnest($1, $2, $3, $4, $5, $6, $7, $8) with ordinality as
                s(sender, epoch, seq, target, kind, node_id, iteration, payload, position)
              join workflow_executions e on e.id = s.sender and e.lease_epoch = s.epoch and e.checkpoint_seq = s.seq
            ), counted as (
              select target, count(*)::int as signals, bool_or(kind = 'cancel') as cancels from sent group by target
            ), told as (
              update workflow_executions e set
                signal_seq = e.signal_seq + c.signals,
                status = case when e.status = 'waiting' or (e.status = 'paused' and c.cancels) then 'pending' else e.status end,
                due_at = case when e.status = 'waiting' or (e.status = 'paused' and c.cancels) then now() else e.due_at end,
                priority = case when c.cancels then 32767 else e.priority end
              from counted c
              where e.id = c.target and e.status not in ('completed', 'failed', 'cancelled')
              returning e.id, e.workspace_id, e.signal_seq - c.signals as before, pg_notify('sos_signal', e.id::text), pg_notify('sos_work', '')
            )
            insert into execution_signals (execution_id, seq, workspace_id, kind, node_id, iteration, payload)
            select t.id, t.before + s.nth, t.workspace_id, s.kind, s.node_id, s.iteration, s.payload
            from sent s join told t on t.id = s.target
            """)
        {
            Parameters =
            {
                Column(signals, s => s.Checkpoint.ExecutionId),
                Column(signals, s => s.Checkpoint.Epoch),
                Column(signals, s => s.Checkpoint.Seq),
                Column(signals, s => s.Signal.Target),
                Column(signals, s => s.Signal.Kind),
                Text(signals, s => s.Signal.NodeId),
                Text(signals, s => s.Signal.Iteration),
                Json(signals, s => Jsonb.Text(s.Signal.Payload)),
            },
        };
    }

    /// <summary>Tells the listeners of these executions that something is new.</summary>
    public static NpgsqlBatchCommand Notify(IReadOnlyList<Checkpoint> batch) => new("select pg_notify('sos_events', $1)")
    {
        Parameters = { new() { Value = batch.Count <= MaxNotifiedIds ? string.Join(',', batch.Select(c => c.ExecutionId.ToString("N"))) : "" } },
    };

    private static NpgsqlParameter<TColumn[]> Column<T, TColumn>(IReadOnlyList<T> rows, Func<T, TColumn> column)
    {
        var values = new TColumn[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = column(rows[i]);
        return new NpgsqlParameter<TColumn[]> { TypedValue = values };
    }

    private static NpgsqlParameter Text<T>(IReadOnlyList<T> rows, Func<T, string?> column)
    {
        var parameter = Column(rows, column);
        parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
        return parameter;
    }

    /// <summary>Nulls among the times would leave the kind of time open, so the type is said.</summary>
    private static NpgsqlParameter Time<T>(IReadOnlyList<T> rows, Func<T, DateTimeOffset?> column)
    {
        var parameter = Column(rows, row => column(row)?.UtcDateTime);
        parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz;
        return parameter;
    }

    private static NpgsqlParameter Json<T>(IReadOnlyList<T> rows, Func<T, string?> column)
    {
        var parameter = Column(rows, column);
        parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb;
        return parameter;
    }
}
