using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Secrets;
using Sos.Workflows.Telemetry;
using Sos.Workflows.Webhooks;

namespace Sos.Workflows.Store;

/// <summary>What calls of webhooks find and leave in the database.</summary>
public sealed class WebhookInbox(WorkspaceDatabase database, KeyRing keys, TimeProvider time)
{
    private readonly DatabaseRetry retry = new(time, ExecutionSubmitter.Attempts);

    /// <summary>The webhook that a token opens; null for none.</summary>
    public async Task<CalledWebhook?> FindAsync(string token, CancellationToken cancellationToken) =>
        await retry.ExecuteAsync(async attempt => await TryFindAsync(token, attempt), cancellationToken);

    private async Task<CalledWebhook?> TryFindAsync(string token, CancellationToken cancellationToken)
    {
        await using var command = database.OutsideWorkspaces("""
            select id, workspace_id, organization_id, user_id, workflow_id, version, methods, verification, secret, answer, wait_seconds, max_body_bytes, rate_per_minute, replay_window_seconds, enabled
            from find_webhook($1)
            """);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = WebhookStore.Hash(token) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>What a webhook compares with; null for none.</summary>
    /// <exception cref="SecretException">It can't be opened; the message says why.</exception>
    public string? Secret(CalledWebhook webhook) =>
        webhook.SealedSecret is { } secret ? keys.Open(secret, SecretPlace.Webhook(webhook.WorkspaceId, webhook.Id)) : null;

    /// <summary>
    /// Accepts a call's execution, unless its delivery came before: then it gives the execution that it started. Where
    /// that one failed or was cancelled, the delivery runs again, which is what its sender sent it again for. Of
    /// deliveries that come at the same moment, one waits for the other's commit.
    /// </summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="submission">The execution.</param>
    /// <param name="delivery">The hash that makes the delivery the same one; null where nothing tells.</param>
    /// <param name="cancellationToken">Gives up waiting; the execution may have been accepted.</param>
    public async Task<SubmitResult> AcceptAsync(CalledWebhook webhook, ExecutionSubmission submission, byte[]? delivery, CancellationToken cancellationToken) =>
        await retry.ExecuteAsync(async token => await TryAcceptAsync(webhook, submission, delivery, token), cancellationToken);

    /// <summary>Logs calls whose callers could not be recognized.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="reason">Why the last one was refused.</param>
    /// <param name="calls">How many there were since the last row.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    public async Task LogRefusedAsync(CalledWebhook webhook, string reason, int calls, CancellationToken cancellationToken)
    {
        await using var batch = database.In(webhook.WorkspaceId);
        batch.Add($"""
            insert into event_logs (organization_id, workspace_id, event_type, context, status, trace_id, span_id)
            values ($1, $2, '{TriggerEventTypes.WebhookRefused}', jsonb_build_object('type', 'webhook', 'id', $3, 'reason', $4, 'calls', $5), 'failed', $6, $7)
            """)
            .With(webhook.OrganizationId).With(webhook.WorkspaceId).With(webhook.Id).With(reason).With(calls)
            .WithSpan(Activity.Current);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<SubmitResult> TryAcceptAsync(CalledWebhook webhook, ExecutionSubmission submission, byte[]? delivery, CancellationToken cancellationToken)
    {
        await using var batch = database.In(webhook.WorkspaceId);
        const int first = ExecutionInsert.Parameters + 1;
        // An unknown delivery is claimed by its row; one that is forgotten, or came to nothing, by taking its row over.
        // Of those who wait to take it over, the first one does: the others find a new execution that has not ended.
        var claim = delivery is null ? "" : $"""
            claimed as (
              insert into webhook_deliveries as d (workspace_id, webhook_id, delivery, execution_id, expires_at)
              values (current_workspace_id(), ${first}, ${first + 1}, ${first + 2}, now() + ${first + 3})
              on conflict (webhook_id, delivery) do update set execution_id = excluded.execution_id, expires_at = excluded.expires_at
              where d.expires_at < now()
                or exists (select from workflow_executions e where e.id = d.execution_id and e.status in ('failed', 'cancelled'))
              returning 1
            ),
            """;
        var insert = batch.Add($"""
            with {claim} accepted as (
              {ExecutionInsert.Of(delivery is null ? "" : "where exists (select from claimed)")}, trigger
            ), logged as (
              {ExecutionInsert.Event(TriggerEventTypes.WebhookReceived, "trigger")}
            )
            select created_at, pg_notify('{NotificationListener.WorkChannel}', '') from accepted
            """).WithRows([submission]);
        if (delivery is not null)
            insert.With(webhook.Id).With(delivery).With(submission.Id).With(webhook.ReplayWindow, NpgsqlDbType.Interval);
        batch.Add("""
            update webhooks set last_received_at = now() where id = $1 and (last_received_at is null or last_received_at < now() - interval '1 minute')
              and exists (select from workflow_executions where id = $2)
            """)
            .With(webhook.Id).With(submission.Id);
        batch.Add("""
            select e.id, e.created_at, e.id = $3 from workflow_executions e
            where e.id = $3 or e.id = (select execution_id from webhook_deliveries where webhook_id = $1 and delivery = $2)
            order by e.id = $3 desc limit 1
            """)
            .With(webhook.Id).With(delivery).With(submission.Id);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        await results.RowsAsync(r => r.Time(0), cancellationToken);
        var found = await results.RowsAsync(r => (Id: r.GetGuid(0), At: r.Time(1), IsOwn: r.GetBoolean(2)), cancellationToken);
        await results.FinishAsync(cancellationToken);
        return found switch
        {
            [(_, var at, true)] => new SubmitResult.Accepted(at),
            [var earlier] => new SubmitResult.Repeated(earlier.Id),
            // Its execution is older than executions are kept; it is a repetition all the same.
            _ => new SubmitResult.KeyReused(),
        };
    }

    private static CalledWebhook Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        WorkspaceId = reader.GetGuid(1),
        OrganizationId = reader.GetGuid(2),
        UserId = reader.GuidOrNull(3),
        WorkflowId = reader.GetGuid(4),
        Version = reader.IntOrNull(5),
        Methods = reader.GetFieldValue<string[]>(6),
        Verification = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(7), StoredJson.Default.WebhookVerification)!,
        SealedSecret = reader.IsDBNull(8) ? null : reader.GetFieldValue<byte[]>(8),
        IsSync = reader.GetString(9) == WebhookInput.Sync,
        Wait = TimeSpan.FromSeconds(reader.GetInt32(10)),
        MaxBodyBytes = reader.GetInt32(11),
        RatePerMinute = reader.GetInt32(12),
        ReplayWindow = TimeSpan.FromSeconds(reader.GetInt32(13)),
        Enabled = reader.GetBoolean(14),
    };
}
