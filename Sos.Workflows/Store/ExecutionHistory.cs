using System.Text.Json;
using Npgsql;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>What an executor reads of executions that have run before, and of signals sent to them.</summary>
public sealed class ExecutionHistory(NpgsqlDataSource dataSource)
{
    /// <summary>The steps of some executions, without their inputs, in the order in which they started.</summary>
    public async Task<ILookup<Guid, StepRow>> ReadStepsAsync(IReadOnlyCollection<Guid> executions, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select execution_id, node_id, iteration, type, status, attempt, attempts, branch, output, error, state, wake_at,
                   span_id, started_at, finished_at, latency_ms
            from execution_steps
            where execution_id = any ($1)
            order by execution_id, started_at, node_id, iteration
            """);
        command.Parameters.AddWithValue(executions.ToArray());
        var steps = new List<(Guid Execution, StepRow Step)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            steps.Add((reader.GetGuid(0), new StepRow
            {
                NodeId = reader.GetString(1),
                Iteration = reader.GetString(2),
                Type = reader.GetString(3),
                Status = StatusNames.ToStepStatus(reader.GetString(4)),
                Attempt = reader.GetInt32(5),
                Attempts = Jsonb.Read(reader, 6),
                Branch = reader.IsDBNull(7) ? null : reader.GetString(7),
                Output = Jsonb.Read(reader, 8),
                Error = Jsonb.Read(reader, 9),
                State = Jsonb.Read(reader, 10),
                WakeAt = reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11),
                SpanId = reader.IsDBNull(12) ? null : reader.GetString(12),
                StartedAt = reader.IsDBNull(13) ? null : reader.GetFieldValue<DateTimeOffset>(13),
                FinishedAt = reader.IsDBNull(14) ? null : reader.GetFieldValue<DateTimeOffset>(14),
                LatencyMs = reader.IsDBNull(15) ? null : reader.GetDouble(15),
            }));
        }
        return steps.ToLookup(s => s.Execution, s => s.Step);
    }

    /// <summary>The signals of an execution after number <paramref name="seen"/>, in order.</summary>
    public async Task<IReadOnlyList<Signal>> ReadSignalsAsync(Guid execution, int seen, CancellationToken cancellationToken)
    {
        // A child's result is not in its signal: it is read from the child.
        await using var command = dataSource.CreateCommand("""
            select s.seq, s.kind, s.node_id, s.iteration, s.payload, s.user_id, s.created_at, c.status, c.output, c.error, c.cost_usd
            from execution_signals s
            left join workflow_executions c on s.kind = 'child' and c.id = (s.payload ->> 'executionId')::uuid
            where s.execution_id = $1 and s.seq > $2
            order by s.seq
            """);
        command.Parameters.AddWithValue(execution);
        command.Parameters.AddWithValue(seen);
        var signals = new List<Signal>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            signals.Add(new Signal(
                reader.GetInt32(0),
                reader.GetString(1),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.IsDBNull(3) ? "" : reader.GetString(3),
                Jsonb.Read(reader, 4),
                reader.IsDBNull(5) ? null : reader.GetGuid(5),
                reader.GetFieldValue<DateTimeOffset>(6),
                reader.IsDBNull(7) ? null : new ChildResult(StatusNames.ToExecutionStatus(reader.GetString(7)), Jsonb.Read(reader, 8), Jsonb.Read(reader, 9), reader.GetDecimal(10))));
        }
        return signals;
    }
}

/// <summary>What a person, a parent or a child told an execution.</summary>
/// <param name="Seq">Its number.</param>
/// <param name="Kind"><c>cancel</c>, <c>pause</c>, <c>resume</c>, <c>step</c>, <c>approval</c> or <c>child</c>.</param>
/// <param name="NodeId">The node it is for; null for the execution.</param>
/// <param name="Iteration">The node's iteration; empty at the top.</param>
/// <param name="Payload">What it says.</param>
/// <param name="UserId">Who sent it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="Child">How the child ended, for <c>child</c>.</param>
public sealed record Signal(
    int Seq, string Kind, string? NodeId, string Iteration, JsonElement? Payload, Guid? UserId, DateTimeOffset CreatedAt, ChildResult? Child);

/// <summary>How a child execution ended.</summary>
/// <param name="Status">Completed, failed or cancelled.</param>
/// <param name="Output">Its output.</param>
/// <param name="Error">Its error.</param>
/// <param name="CostUsd">What its own model calls have cost, as far as their prices are known.</param>
public sealed record ChildResult(ExecutionStatus Status, JsonElement? Output, JsonElement? Error, decimal CostUsd);
