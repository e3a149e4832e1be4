using System.Text.Json;
using Npgsql;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>A workspace's credentials, as people manage them: their secrets go in and never come out.</summary>
public sealed class CredentialStore(WorkspaceDatabase database, KeyRing keys)
{
    /// <summary>How many credentials a workspace may have.</summary>
    public const int MaxCredentials = 500;

    private const string Columns = "id, name, type, settings, allowed_hosts, secret_names, expires_at, created_at, updated_at, last_used_at, signed_in_at, granted_scope, token_expires_at, sign_in_lost_at, last_test_at, last_test_ok, last_test_code, last_test_message";

    private const string Context = "jsonb_build_object('id', id, 'name', name, 'type', type, 'allowedHosts', allowed_hosts)";

    /// <summary>Saves a new credential.</summary>
    /// <exception cref="SecretException">There is no key to encrypt it with.</exception>
    public async Task<SaveCredentialResult> CreateAsync(KeyHolder who, CredentialDraft draft, CancellationToken cancellationToken)
    {
        if (draft.Secrets is null)
            return new SaveCredentialResult.SecretsNeeded();
        var id = Guid.CreateVersion7();
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              insert into credentials (id, workspace_id, name, type, settings, allowed_hosts, expires_at, secret_names, secret)
              select $1, $2, $3, $4, $5, $6, $7, $8, $9
              where (select count(*) from credentials where workspace_id = $2) < {MaxCredentials}
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("credential_created", Context, 10)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).With(draft.Name).With(draft.Type).WithJson(Json(draft.Settings)).With([.. draft.AllowedHosts]).With(draft.ExpiresAt)
            .With(NamesOf(draft.Secrets)).With(keys.Seal(Json(draft.Secrets), SecretPlace.Credential(who.WorkspaceId, id)))
            .By(who);
        try
        {
            return await batch.FirstAsync(Read, cancellationToken) is { } credential ? new SaveCredentialResult.Saved(credential) : new SaveCredentialResult.TooMany();
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return new SaveCredentialResult.NameTaken();
        }
    }

    /// <summary>
    /// Replaces a credential. Its stored secrets stay where the draft has none, but only with the same type and settings
    /// and no further allowed host, so that nobody can have secrets they don't know sent elsewhere.
    /// </summary>
    /// <exception cref="SecretException">The draft has secrets, and there is no key to encrypt them with.</exception>
    public async Task<SaveCredentialResult> UpdateAsync(KeyHolder who, Guid id, CredentialDraft draft, CancellationToken cancellationToken)
    {
        await using var batch = database.In(who.WorkspaceId);
        var (secrets, condition) = draft.Secrets is null
            ? ("", $"and type = $4 and settings - '{CredentialType.TestUrl}' = $5 - '{CredentialType.TestUrl}' and $6 <@ allowed_hosts")
            : ("secret_names = $13, secret = $14, token = null, token_expires_at = null, signed_in_at = null, granted_scope = null, sign_in_lost_at = null, last_test_at = null, last_test_ok = null, last_test_code = null, last_test_message = null,", "");
        var update = batch.Add($"""
            with changed as (
              update credentials set {secrets} name = $3, type = $4, settings = $5, allowed_hosts = $6, expires_at = $7, updated_at = now()
              where id = $1 and workspace_id = $2 {condition}
              returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("credential_updated", Context, 8)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).With(draft.Name).With(draft.Type).WithJson(Json(draft.Settings)).With([.. draft.AllowedHosts]).With(draft.ExpiresAt)
            .By(who);
        if (draft.Secrets is not null)
            update.With(NamesOf(draft.Secrets)).With(keys.Seal(Json(draft.Secrets), SecretPlace.Credential(who.WorkspaceId, id)));
        batch.Add("select 1 from credentials where id = $1").With(id);
        try
        {
            await using var results = await batch.ExecuteAsync(cancellationToken);
            var saved = await results.RowsAsync(Read, cancellationToken);
            var exists = await results.RowsAsync(r => r.GetInt32(0), cancellationToken);
            await results.FinishAsync(cancellationToken);
            return saved.Count > 0 ? new SaveCredentialResult.Saved(saved[0])
                : exists.Count > 0 ? new SaveCredentialResult.SecretsNeeded()
                : new SaveCredentialResult.NotFound();
        }
        catch (PostgresException e) when (IsNameTaken(e))
        {
            return new SaveCredentialResult.NameTaken();
        }
    }

    /// <summary>A credential; null where there is none.</summary>
    public Task<StoredCredential?> GetAsync(Guid workspaceId, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from credentials where id = $1").With(id);
        return batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>A credential by its id or name; null where there is none.</summary>
    public async Task<StoredCredential?> FindAsync(Guid workspaceId, string idOrName, CancellationToken cancellationToken)
    {
        // A name may look like an id; ids come first.
        if (Guid.TryParse(idOrName, out var id) && await GetAsync(workspaceId, id, cancellationToken) is { } credential)
            return credential;
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from credentials where workspace_id = $1 and name = $2").With(workspaceId).With(idOrName);
        return await batch.FirstAsync(Read, cancellationToken);
    }

    /// <summary>All credentials of a workspace, by name.</summary>
    public Task<List<StoredCredential>> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from credentials where workspace_id = $1 order by name").With(workspaceId);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Deletes a credential with its secrets.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from credentials where id = $1 and workspace_id = $2 returning {Columns}, workspace_id
            ), logged as (
              {AuditEvent.Of("credential_deleted", Context, 3)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    private static bool IsNameTaken(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "credentials_workspace_id_name_key" };

    private static string Json(IReadOnlyDictionary<string, string> fields) => JsonSerializer.Serialize(fields, CredentialJson.Default.IReadOnlyDictionaryStringString);

    private static string?[] NamesOf(IReadOnlyDictionary<string, string> secrets) => [.. secrets.Keys.Order(StringComparer.Ordinal)];

    private static StoredCredential Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Name = reader.GetString(1),
        Type = reader.GetString(2),
        Settings = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(3), CredentialJson.Default.DictionaryStringString)!,
        AllowedHosts = reader.GetFieldValue<string[]>(4),
        SecretNames = reader.GetFieldValue<string[]>(5),
        ExpiresAt = reader.TimeOrNull(6),
        CreatedAt = reader.Time(7),
        UpdatedAt = reader.Time(8),
        LastUsedAt = reader.TimeOrNull(9),
        SignIn = CredentialSignInState.Of(reader),
        LastTest = CredentialLastTest.Of(reader),
    };
}

/// <summary>What became of saving a credential.</summary>
public abstract record SaveCredentialResult
{
    private SaveCredentialResult()
    {
    }

    /// <summary>It is saved.</summary>
    /// <param name="Credential">The credential.</param>
    public sealed record Saved(StoredCredential Credential) : SaveCredentialResult;

    /// <summary>Another one of the workspace has that name.</summary>
    public sealed record NameTaken : SaveCredentialResult;

    /// <summary>There is no such credential.</summary>
    public sealed record NotFound : SaveCredentialResult;

    /// <summary>It is new, or changes in more than its name, so its secrets must be given.</summary>
    public sealed record SecretsNeeded : SaveCredentialResult;

    /// <summary>The workspace has <see cref="CredentialStore.MaxCredentials"/> already.</summary>
    public sealed record TooMany : SaveCredentialResult;
}
