using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>What model calls and agents add to a checkpoint transaction; sent only when there is some.</summary>
internal static partial class CheckpointSql
{
    /// <summary>
    /// Logs model calls and counts what they cost, for checkpoints that the first statement applied; with
    /// <paramref name="fenced"/> false for executions that another executor has taken over, since the money is spent all
    /// the same. Sent twice, a call is counted once.
    /// </summary>
    public static NpgsqlBatchCommand ModelCalls(IReadOnlyList<Checkpoint> batch, bool fenced = true)
    {
        var calls = batch.SelectMany(c => c.ModelCalls.Select(m => (Checkpoint: c, Call: m))).ToArray();
        return new NpgsqlBatchCommand("""
            with logged as (
              insert into model_cost_logs (workflow_execution_id, workspace_id, organization_id, user_id, workflow_id, trace_id,
                id, node_id, iteration, agent_id, operation, model_name, provider, input_tokens, output_tokens, cached_input_tokens,
                cache_write_tokens, reasoning_tokens, tokens_total, cost_usd, price_id, finish_reason, prompt, response, span_id, latency_ms, timestamp)
              select m.execution_id, m.workspace_id, m.organization_id, m.user_id, m.workflow_id, m.trace_id,
                m.id, m.node_id, m.iteration, m.agent_id, m.operation, m.model_name, m.provider, m.input_tokens, m.output_tokens, m.cached_input_tokens,
                m.cache_write_tokens, m.reasoning_tokens, m.input_tokens + m.output_tokens, m.cost_usd, m.price_id, m.finish_reason, m.prompt, m.response,
                m.span_id, m.latency_ms, m.timestamp
              from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29) as
                m(execution_id, epoch, seq, workspace_id, organization_id, user_id, workflow_id, trace_id,
                  id, node_id, iteration, agent_id, operation, model_name, provider, input_tokens, output_tokens, cached_input_tokens,
                  cache_write_tokens, reasoning_tokens, cost_usd, price_id, finish_reason, prompt, response, span_id, latency_ms, timestamp)
              where not $1 or exists (
                select from workflow_executions e where e.id = m.execution_id and e.lease_epoch = m.epoch and e.checkpoint_seq = m.seq)
              on conflict (id, timestamp) do nothing
              returning workflow_execution_id, workspace_id, workflow_id, cost_usd, (timestamp at time zone 'UTC')::date as day
            ), spent as (
              insert into model_spend (workspace_id, day, workflow_id, cost_usd, calls)
              select workspace_id, day, workflow_id, sum(coalesce(cost_usd, 0)), count(*) from logged
              group by workspace_id, day, workflow_id
              order by workspace_id, day, workflow_id -- every transaction locks in the same order
              on conflict (workspace_id, day, workflow_id) do update set
                cost_usd = model_spend.cost_usd + excluded.cost_usd,
                calls = model_spend.calls + excluded.calls
            )
            update workflow_executions e set cost_usd = e.cost_usd + c.cost
            from (select workflow_execution_id as id, sum(cost_usd) as cost from logged group by 1) c
            where e.id = c.id and c.cost > 0
            """)
        {
            Parameters =
            {
                new() { Value = fenced },
                Column(calls, m => m.Checkpoint.ExecutionId),
                Column(calls, m => m.Checkpoint.Epoch),
                Column(calls, m => m.Checkpoint.Seq),
                Column(calls, m => m.Checkpoint.WorkspaceId),
                Column(calls, m => m.Checkpoint.OrganizationId),
                Column(calls, m => m.Checkpoint.UserId),
                Column(calls, m => m.Checkpoint.WorkflowId),
                Column(calls, m => m.Checkpoint.TraceId),
                Column(calls, m => m.Call.Id),
                Column(calls, m => m.Call.NodeId),
                Column(calls, m => m.Call.Iteration),
                Text(calls, m => m.Call.AgentId),
                Column(calls, m => m.Call.Operation),
                Column(calls, m => m.Call.Model),
                Column(calls, m => m.Call.Provider),
                Column(calls, m => m.Call.Usage.InputTokens),
                Column(calls, m => m.Call.Usage.OutputTokens),
                Column(calls, m => m.Call.Usage.CachedInputTokens),
                Column(calls, m => m.Call.Usage.CacheWriteTokens),
                Column(calls, m => m.Call.Usage.ReasoningTokens),
                Column(calls, m => m.Call.CostUsd),
                Column(calls, m => m.Call.PriceId),
                Text(calls, m => m.Call.FinishReason),
                Text(calls, m => m.Call.Prompt),
                Text(calls, m => m.Call.Response),
                Text(calls, m => m.Call.SpanId),
                Column(calls, m => m.Call.LatencyMs),
                Time(calls, m => m.Call.Timestamp),
            },
        };
    }

    /// <summary>Logs what agents did, for checkpoints that the first statement applied.</summary>
    public static NpgsqlBatchCommand AgentTraces(IReadOnlyList<Checkpoint> batch)
    {
        var traces = batch.SelectMany(c => c.AgentTraces.Select(t => (Checkpoint: c, Trace: t))).ToArray();
        return new NpgsqlBatchCommand("""
            insert into agent_trace_history (execution_id, workspace_id, organization_id, user_id, flow_id, trace_id,
              id, agent_id, node_id, iteration, input_context, execution_nodes, output_summary, error, span_id, timestamp)
            select t.execution_id, t.workspace_id, t.organization_id, t.user_id, t.flow_id, t.trace_id,
              t.id, t.agent_id, t.node_id, t.iteration, t.input_context, t.execution_nodes, t.output_summary, t.error, t.span_id, t.timestamp
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) as
              t(execution_id, epoch, seq, workspace_id, organization_id, user_id, flow_id, trace_id,
                id, agent_id, node_id, iteration, input_context, execution_nodes, output_summary, error, span_id, timestamp)
            join workflow_executions e on e.id = t.execution_id and e.lease_epoch = t.epoch and e.checkpoint_seq = t.seq
            on conflict (id, timestamp) do nothing
            """)
        {
            Parameters =
            {
                Column(traces, t => t.Checkpoint.ExecutionId),
                Column(traces, t => t.Checkpoint.Epoch),
                Column(traces, t => t.Checkpoint.Seq),
                Column(traces, t => t.Checkpoint.WorkspaceId),
                Column(traces, t => t.Checkpoint.OrganizationId),
                Column(traces, t => t.Checkpoint.UserId),
                Column(traces, t => t.Checkpoint.WorkflowId),
                Column(traces, t => t.Checkpoint.TraceId),
                Column(traces, t => t.Trace.Id),
                Column(traces, t => t.Trace.AgentId),
                Column(traces, t => t.Trace.NodeId),
                Column(traces, t => t.Trace.Iteration),
                Json(traces, t => Jsonb.Text(t.Trace.InputContext)),
                Json(traces, t => Jsonb.Text(t.Trace.ExecutionNodes)),
                Text(traces, t => t.Trace.OutputSummary),
                Json(traces, t => Jsonb.Text(t.Trace.Error)),
                Text(traces, t => t.Trace.SpanId),
                Time(traces, t => t.Trace.Timestamp),
            },
        };
    }

    /// <summary>Keeps what agents will remember, for checkpoints that the first statement applied.</summary>
    public static NpgsqlBatchCommand Conversations(IReadOnlyList<Checkpoint> batch)
    {
        var messages = batch.SelectMany(c => c.Conversations.Select(m => (Checkpoint: c, Row: m))).ToArray();
        return new NpgsqlBatchCommand("""
            insert into conversation_messages (execution_id, workspace_id, agent_id, conversation, node_id, iteration, position, message)
            select m.execution_id, m.workspace_id, m.agent_id, m.conversation, m.node_id, m.iteration, m.position, m.message
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) with ordinality as
              m(execution_id, epoch, seq, workspace_id, agent_id, conversation, node_id, iteration, position, message, ordinal)
            join workflow_executions e on e.id = m.execution_id and e.lease_epoch = m.epoch and e.checkpoint_seq = m.seq
            order by m.ordinal
            on conflict (execution_id, node_id, iteration, position) do nothing
            """)
        {
            Parameters =
            {
                Column(messages, m => m.Checkpoint.ExecutionId),
                Column(messages, m => m.Checkpoint.Epoch),
                Column(messages, m => m.Checkpoint.Seq),
                Column(messages, m => m.Checkpoint.WorkspaceId),
                Column(messages, m => m.Row.AgentId),
                Column(messages, m => m.Row.Conversation),
                Column(messages, m => m.Row.NodeId),
                Column(messages, m => m.Row.Iteration),
                Column(messages, m => m.Row.Position),
                Json(messages, m => Jsonb.Text(m.Row.Message)),
            },
        };
    }
}
