using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Secrets;
using Sos.Workflows.Webhooks;

namespace Sos.Workflows.Store;

/// <summary>A workspace's webhooks, as people manage them: tokens are shown once, secrets go in and never come out.</summary>
public sealed class WebhookStore(WorkspaceDatabase database, KeyRing keys)
{
    /// <summary>How many webhooks a workspace may have.</summary>
    public const int MaxWebhooks = 500;

    /// <summary>What every token begins with, so that a leaked one is recognized.</summary>
    public const string TokenPrefix = "hook_";

    private const int VisibleLength = 9;
    private const int TokenBytes = 32;
    private static readonly int TokenLength = TokenPrefix.Length + Base64Url.GetEncodedLength(TokenBytes);

    private const string Columns = """
        id, name, workflow_id, version, token_prefix, methods, verification, answer, wait_seconds, max_body_bytes, rate_per_minute,
        replay_window_seconds, enabled, last_received_at, created_at, updated_at
        """;

    private const string Context = "jsonb_build_object('id', id, 'name', name, 'workflowId', workflow_id, 'verification', verification ->> 'kind', 'enabled', enabled)";

    /// <summary>Whether a text can be a token at all; what can't is not worth a look into the database.</summary>
    public static bool IsToken(string text) => text.Length == TokenLength && text.StartsWith(TokenPrefix, StringComparison.Ordinal);

    /// <summary>What is stored of a token: its SHA-256.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Saves a new webhook.</summary>
    /// <exception cref="SecretException">It has a secret, and there is no key to encrypt it with.</exception>
    public async Task<SaveWebhookResult> CreateAsync(KeyHolder who, WebhookInput input, CancellationToken cancellationToken)
    {
        if (input.Secret is null && input.Verification.Kind != WebhookVerification.None)
            return new SaveWebhookResult.SecretNeeded();
        var (id, token) = (Guid.CreateVersion7(), NewToken());
        var batch = database.In(who.WorkspaceId);
        Values(batch.Add($"""
            with changed as (
              insert into webhooks (id, workspace_id, name, workflow_id, version, methods, verification, answer, wait_seconds, max_body_bytes,
                rate_per_minute, replay_window_seconds, enabled, token_prefix, token_hash, secret, user_id)
              select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
              where (select count(*) from webhooks where workspace_id = $2) < {MaxWebhooks}
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("webhook_created", Context, 17)}
            )
            select {Columns} from changed
            """).With(id).With(who.WorkspaceId), input)
            .With(token[..VisibleLength]).With(Hash(token)).With(Seal(input.Secret, who.WorkspaceId, id)).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is { } webhook ? new SaveWebhookResult.Saved(webhook, token) : new SaveWebhookResult.TooMany();
    }

    /// <summary>
    /// Replaces a webhook; its token stays, and so does its secret where none is given, as long as callers are
    /// recognized in the same kind of way and the secret is read in the same way.
    /// </summary>
    /// <exception cref="SecretException">It has a new secret, and there is no key to encrypt it with.</exception>
    public async Task<SaveWebhookResult> UpdateAsync(KeyHolder who, Guid id, WebhookInput input, CancellationToken cancellationToken)
    {
        var (secret, condition) = (input.Secret, input.Verification.Kind) switch
        {
            (not null, _) => ("secret = $19,", ""),
            (null, WebhookVerification.None) => ("secret = null,", ""),
            _ => ("", "and verification ->> 'kind' = $7 ->> 'kind' and coalesce(verification ->> 'secretEncoding', 'text') = coalesce($7 ->> 'secretEncoding', 'text')"),
        };
        await using var batch = database.In(who.WorkspaceId);
        var update = Values(batch.Add($"""
            with changed as (
              update webhooks set {secret} name = $3, workflow_id = $4, version = $5, methods = $6, verification = $7, answer = $8, wait_seconds = $9,
                max_body_bytes = $10, rate_per_minute = $11, replay_window_seconds = $12, enabled = $13, updated_at = now()
              where id = $1 and workspace_id = $2 {condition}
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("webhook_updated", Context, 14)}
            )
            select {Columns} from changed
            """).With(id).With(who.WorkspaceId), input).By(who);
        if (input.Secret is not null)
            update.With(Seal(input.Secret, who.WorkspaceId, id));
        batch.Add("select 1 from webhooks where id = $1").With(id);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var saved = await results.RowsAsync(Read, cancellationToken);
        var exists = await results.RowsAsync(r => r.GetInt32(0), cancellationToken);
        await results.FinishAsync(cancellationToken);
        return saved.Count > 0 ? new SaveWebhookResult.Saved(saved[0], null)
            : exists.Count > 0 ? new SaveWebhookResult.SecretNeeded()
            : new SaveWebhookResult.NotFound();
    }

    /// <summary>Gives a webhook another token. The old one opens nothing from now on.</summary>
    public async Task<SaveWebhookResult> RotateAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var token = NewToken();
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              update webhooks set token_prefix = $3, token_hash = $4, updated_at = now() where id = $1 and workspace_id = $2
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("webhook_rotated", Context, 5)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).With(token[..VisibleLength]).With(Hash(token)).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is { } webhook ? new SaveWebhookResult.Saved(webhook, token) : new SaveWebhookResult.NotFound();
    }

    /// <summary>A webhook; null where there is none.</summary>
    public Task<Webhook?> GetAsync(Guid workspaceId, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from webhooks where id = $1").With(id);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>The webhooks of a workspace, newest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflowId">Only those of this workflow; null for all.</param>
    /// <param name="before">Only webhooks older than this one; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<Webhook>> ListAsync(Guid workspaceId, Guid? workflowId, Guid? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {Columns} from webhooks
            where workspace_id = $1 and ($2::uuid is null or workflow_id = $2) and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit $4
            """)
            .With(workspaceId).With(workflowId).With(before).With(limit);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Deletes a webhook with its secret; its executions stay.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from webhooks where id = $1 and workspace_id = $2 returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("webhook_deleted", Context, 3)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    private static string NewToken() => TokenPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    private byte[]? Seal(string? secret, Guid workspaceId, Guid id) => secret is null ? null : keys.Seal(secret, SecretPlace.Webhook(workspaceId, id));

    private static NpgsqlBatchCommand Values(NpgsqlBatchCommand command, WebhookInput input) => command
        .With(input.Name).With(input.WorkflowId).With(input.Version).With([.. input.Methods])
        .WithJson(JsonSerializer.Serialize(input.Verification, StoredJson.Default.WebhookVerification))
        .With(input.Answer).With(input.WaitSeconds).With(input.MaxBodyBytes).With(input.RatePerMinute).With(input.ReplayWindowSeconds)
        .With(input.Enabled, NpgsqlDbType.Boolean);

    private static Webhook Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        WorkflowId = reader.GetGuid(2),
        Version = reader.IntOrNull(3),
        TokenPrefix = reader.GetString(4),
        Methods = reader.GetFieldValue<string[]>(5),
        Verification = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(6), StoredJson.Default.WebhookVerification)!,
        Answer = reader.GetString(7),
        WaitSeconds = reader.GetInt32(8),
        MaxBodyBytes = reader.GetInt32(9),
        RatePerMinute = reader.GetInt32(10),
        ReplayWindowSeconds = reader.GetInt32(11),
        Enabled = reader.GetBoolean(12),
        LastReceivedAt = reader.TimeOrNull(13),
        CreatedAt = reader.Time(14),
        UpdatedAt = reader.Time(15),
    };
}
