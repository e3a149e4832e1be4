using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Sos.Workflows.Store;

/// <summary>The statement that accepts executions, whoever submits them, inside the workspace of the transaction.</summary>
internal static class ExecutionInsert
{
    /// <summary>How many parameters <see cref="WithRows"/> adds.</summary>
    public const int Parameters = 14;

    /// <summary>Inserts what is not there yet, and returns the rows that it inserted: first <c>id</c> and <c>created_at</c>.</summary>
    /// <param name="condition">A <c>where</c> clause that the rows depend on; empty for none.</param>
    public static string Of(string condition = "") => $"""
        insert into workflow_executions
          (id, workspace_id, organization_id, user_id, workflow_id, version_id, version, workflow_name,
           input, step_mode, breakpoints, traceparent, trace_id, idempotency_key, request_hash, trigger)
        select id, current_workspace_id(), organization_id, user_id, workflow_id, version_id, version, workflow_name,
               input, step_mode, string_to_array(breakpoints, ','), traceparent, substr(traceparent, 4, 32), idempotency_key, request_hash, trigger
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
          as row (id, organization_id, user_id, workflow_id, version_id, version, workflow_name,
                  input, step_mode, breakpoints, traceparent, idempotency_key, request_hash, trigger)
        {condition}
        on conflict do nothing
        returning id, created_at, workspace_id, organization_id, user_id, trace_id, traceparent
        """;

    /// <summary>
    /// A statement for a <c>with</c> clause: a row of <c>event_logs</c> for each execution that the clause
    /// <c>accepted</c> returns, which says what triggered it.
    /// </summary>
    /// <param name="type">The event's type.</param>
    /// <param name="context">SQL of a <c>jsonb</c> object.</param>
    public static string Event(string type, string context) => $"""
        insert into event_logs (user_id, organization_id, workspace_id, execution_id, event_type, context, status, trace_id, span_id)
        select user_id, organization_id, workspace_id, id, '{type}', {context}, 'completed', trace_id, substr(traceparent, 37, 16) from accepted
        """;

    /// <summary>Adds the executions, which are of one workspace.</summary>
    public static NpgsqlBatchCommand WithRows(this NpgsqlBatchCommand command, ExecutionSubmission[] rows) => command
        .With(Column(rows, s => s.Id), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        .With(Column(rows, s => s.OrganizationId), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        .With(Column(rows, s => s.UserId), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        .With(Column(rows, s => s.WorkflowId), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        .With(Column(rows, s => s.VersionId), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        .With(Column(rows, s => s.Version), NpgsqlDbType.Array | NpgsqlDbType.Integer)
        .With(Column(rows, s => s.WorkflowName), NpgsqlDbType.Array | NpgsqlDbType.Text)
        .With(Column(rows, s => Jsonb.Text(s.Input)), NpgsqlDbType.Array | NpgsqlDbType.Jsonb)
        .With(Column(rows, s => s.StepMode), NpgsqlDbType.Array | NpgsqlDbType.Boolean)
        .With(Column(rows, s => string.Join(',', s.Breakpoints)), NpgsqlDbType.Array | NpgsqlDbType.Text) // node ids hold no comma
        .With(Column(rows, s => s.TraceParent), NpgsqlDbType.Array | NpgsqlDbType.Text)
        .With(Column(rows, s => s.IdempotencyKey), NpgsqlDbType.Array | NpgsqlDbType.Text)
        .With(Column(rows, s => s.RequestHash), NpgsqlDbType.Array | NpgsqlDbType.Bytea)
        .With(Column(rows, s => s.Trigger is { } trigger ? JsonSerializer.Serialize(trigger, StoredJson.Default.ExecutionTrigger) : null), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);

    private static T[] Column<T>(ExecutionSubmission[] rows, Converter<ExecutionSubmission, T> value) => Array.ConvertAll(rows, value);
}
