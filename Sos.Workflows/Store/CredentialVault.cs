using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>A workspace's credentials as executors use them, secrets opened.</summary>
/// <param name="dataSource">The executor's connections, which all of its work shares.</param>
/// <param name="keys">Opens and seals secrets.</param>
/// <param name="time">The clock.</param>
public sealed class CredentialVault(NpgsqlDataSource dataSource, KeyRing keys, TimeProvider time)
{
    /// <summary>How many renewals, which hold a connection while another server answers, there are at a time in a process.</summary>
    internal const int MaxRenewals = 4;

    private const string KeepToken = "update credentials set token = $2, token_expires_at = $3, secret = coalesce($4, secret) where id = $1 and secret = $5";

    internal const string Columns = "id, workspace_id, name, type, settings, allowed_hosts, expires_at, secret, token, token_expires_at, signed_in_at, sign_in_lost_at";

    private readonly DatabaseRetry database = new(time, attempts: 7);

    // Waited for before a connection is taken: a token endpoint that hangs must not take all that the executor has.
    private readonly SemaphoreSlim locks = new(MaxRenewals);

    /// <summary>A credential by its name, which notes that it is used; null where there is none.</summary>
    /// <exception cref="SecretException">Its secrets can't be opened; the message says why.</exception>
    public async Task<Credential?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        // Whoever uses it at the same moment, or renews its token, is not waited for: the time is exact to a minute.
        await using var command = dataSource.CreateCommand($"""
            with stale as (
              select id from credentials
              where workspace_id = $1 and name = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute')
              for no key update skip locked
            ), touched as (
              update credentials c set last_used_at = now() from stale where c.id = stale.id
            )
            select {Columns} from credentials where workspace_id = $1 and name = $2
            """);
        command.Parameters.AddWithValue(workspaceId);
        command.Parameters.AddWithValue(name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader, keys) : null;
    }

    /// <summary>The names of a workspace's credentials, in their order.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select name from credentials where workspace_id = $1 order by name");
        command.Parameters.AddWithValue(workspaceId);
        var names = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>
    /// Renews a credential's access token. The row is locked meanwhile, so that of all executors one asks for a token and
    /// the others find it; a refresh token that replaces the stored one is kept with it.
    /// </summary>
    /// <param name="id">The credential.</param>
    /// <param name="isFresh">Whether the token that is there by now will do.</param>
    /// <param name="fetch">Fetches another one; must end in bounded time. It is not cancelled: the other side may have made the old refresh token worthless already.</param>
    /// <param name="cancellationToken">Gives up, but not once a token was asked for.</param>
    /// <returns>The credential with a token that will do; null where the credential was deleted.</returns>
    /// <exception cref="SecretException">Its secrets can't be opened, or there is no key to encrypt the token with.</exception>
    public async Task<Credential?> RenewAsync(
        Guid id, Func<Credential, bool> isFresh, Func<Credential, Task<AccessToken>> fetch, CancellationToken cancellationToken)
    {
        await locks.WaitAsync(cancellationToken);
        try
        {
            var (credential, renewal) = await RenewLockedAsync(id, isFresh, fetch, cancellationToken);
            if (renewal is not null)
                await database.ExecuteAsync(async token => await KeepAnewAsync(renewal, token), CancellationToken.None);
            return credential;
        }
        finally
        {
            locks.Release();
        }
    }

    // A renewal that is returned could not be kept on the connection that held the lock, which is gone by then.
    private async Task<(Credential? Credential, Renewal? Unkept)> RenewLockedAsync(
        Guid id, Func<Credential, bool> isFresh, Func<Credential, Task<AccessToken>> fetch, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        Credential? credential;
        byte[] sealedSecrets;
        await using (var select = new NpgsqlCommand($"select {Columns} from credentials where id = $1 for no key update", connection, transaction))
        {
            select.Parameters.AddWithValue(id);
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            credential = await reader.ReadAsync(cancellationToken) ? Read(reader, keys) : null;
            sealedSecrets = credential is null ? [] : reader.GetFieldValue<byte[]>(7);
        }
        if (credential is null || isFresh(credential))
            return (credential, null);

        cancellationToken.ThrowIfCancellationRequested();
        var token = await fetch(credential);
        var renewal = Seal(credential, sealedSecrets, token);
        credential = credential with { AccessToken = token.Value, AccessTokenExpiresAt = token.ExpiresAt };
        try
        {
            await using var update = new NpgsqlCommand(KeepToken, connection, transaction);
            renewal.AddTo(update);
            await update.ExecuteNonQueryAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            return (credential, null);
        }
        catch (Exception e) when (DatabaseRetry.IsTransient(e))
        {
            return (credential, renewal);
        }
    }

    private async Task<bool> KeepAnewAsync(Renewal renewal, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(KeepToken);
        renewal.AddTo(command);
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private Renewal Seal(Credential credential, byte[] sealedSecrets, AccessToken token)
    {
        var secrets = token.RefreshToken is { } refresh && refresh != credential.Secret("refreshToken")
            ? new Dictionary<string, string>(credential.Secrets) { ["refreshToken"] = refresh }
            : null;
        return new Renewal(
            credential.Id,
            keys.Seal(token.Value, SecretPlace.CredentialToken(credential.WorkspaceId, credential.Id)),
            token.ExpiresAt,
            secrets is null ? null : keys.Seal(JsonSerializer.Serialize(secrets, CredentialJson.Default.DictionaryStringString), SecretPlace.Credential(credential.WorkspaceId, credential.Id)),
            sealedSecrets);
    }

    /// <summary>What is to be kept of a renewal.</summary>
    /// <param name="Id">The credential.</param>
    /// <param name="Token">The access token, sealed.</param>
    /// <param name="ExpiresAt">When it expires.</param>
    /// <param name="Secrets">The secrets with another refresh token, sealed; null where they stay.</param>
    /// <param name="Before">The sealed secrets that it was fetched with: whoever changed them since knows better.</param>
    private sealed record Renewal(Guid Id, byte[] Token, DateTimeOffset? ExpiresAt, byte[]? Secrets, byte[] Before)
    {
        public void AddTo(NpgsqlCommand command)
        {
            command.Parameters.AddWithValue(Id);
            command.Parameters.AddWithValue(Token);
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)ExpiresAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)Secrets ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
            command.Parameters.AddWithValue(Before);
        }
    }

    /// <summary>Forgets an access token that was refused, so that the next use fetches another one; a newer one stays.</summary>
    public async Task ForgetTokenAsync(Credential credential, CancellationToken cancellationToken) => await ChangeAsync(
        "update credentials set token = null, token_expires_at = null where id = $1 and token_expires_at is not distinct from $2",
        credential.Id, credential.AccessTokenExpiresAt, cancellationToken);

    /// <summary>Notes that a sign-in is refused from now on, unless somebody has signed in anew meanwhile.</summary>
    /// <returns>Whether that was news.</returns>
    public async Task<bool> LoseSignInAsync(Credential credential, CancellationToken cancellationToken) => await ChangeAsync(
        """
        update credentials set sign_in_lost_at = now(), token = null, token_expires_at = null
        where id = $1 and signed_in_at = $2 and sign_in_lost_at is null
        """,
        credential.Id, credential.SignedInAt, cancellationToken);

    /// <summary>A credential whose test begins, by its name; null where there is none.</summary>
    public ValueTask<CredentialUnderTest?> BeginTestAsync(Guid workspaceId, string name, CancellationToken cancellationToken) => database.ExecuteAsync(async token =>
    {
        await using var command = dataSource.CreateCommand("select id, updated_at, signed_in_at from credentials where workspace_id = $1 and name = $2");
        command.Parameters.AddWithValue(workspaceId);
        command.Parameters.AddWithValue(name);
        await using var reader = await command.ExecuteReaderAsync(token);
        return await reader.ReadAsync(token) ? new CredentialUnderTest(reader.GetGuid(0), reader.Time(1), reader.TimeOrNull(2)) : null;
    }, cancellationToken);

    /// <summary>Keeps what a test came to; not where the credential was changed, or somebody signed in, meanwhile: it says nothing of what is stored now.</summary>
    /// <param name="tested">The credential as the test began with it.</param>
    /// <param name="ok">Whether it worked.</param>
    /// <param name="code">Why it did not: 200 characters at most.</param>
    /// <param name="message">What was seen, without any secret: 2,000 characters at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it is kept.</returns>
    public ValueTask<bool> KeepTestAsync(CredentialUnderTest tested, bool ok, string? code, string message, CancellationToken cancellationToken) => database.ExecuteAsync(async token =>
    {
        await locks.WaitAsync(token);
        try
        {
            await using var command = dataSource.CreateCommand("""
                update credentials set last_test_at = now(), last_test_ok = $4, last_test_code = $5, last_test_message = $6
                where id = $1 and updated_at = $2 and signed_in_at is not distinct from $3
                """);
            command.Parameters.AddWithValue(tested.Id);
            command.Parameters.AddWithValue(tested.UpdatedAt.UtcDateTime);
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)tested.SignedInAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            command.Parameters.AddWithValue(ok);
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)code ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
            command.Parameters.AddWithValue(message);
            return await command.ExecuteNonQueryAsync(token) > 0;
        }
        finally
        {
            locks.Release();
        }
    }, cancellationToken);

    // Who renews the token meanwhile is waited for.
    private async Task<bool> ChangeAsync(string sql, Guid id, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await locks.WaitAsync(cancellationToken);
        try
        {
            await using var command = dataSource.CreateCommand(sql);
            command.Parameters.AddWithValue(id);
            command.Parameters.Add(new NpgsqlParameter { Value = (object?)at?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
        }
        finally
        {
            locks.Release();
        }
    }

    internal static Credential Read(NpgsqlDataReader reader, KeyRing keys)
    {
        var (id, workspaceId) = (reader.GetGuid(0), reader.GetGuid(1));
        return new Credential
        {
            Id = id,
            WorkspaceId = workspaceId,
            Name = reader.GetString(2),
            Type = reader.GetString(3),
            Settings = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(4), CredentialJson.Default.DictionaryStringString)!,
            AllowedHosts = [.. reader.GetFieldValue<string[]>(5).Select(h => AllowedHost.TryParse(h, out var host) ? host : null).OfType<AllowedHost>()],
            ExpiresAt = reader.TimeOrNull(6),
            Secrets = JsonSerializer.Deserialize(keys.Open(reader.GetFieldValue<byte[]>(7), SecretPlace.Credential(workspaceId, id)), CredentialJson.Default.DictionaryStringString)!,
            AccessToken = reader.IsDBNull(8) ? null : keys.Open(reader.GetFieldValue<byte[]>(8), SecretPlace.CredentialToken(workspaceId, id)),
            AccessTokenExpiresAt = reader.TimeOrNull(9),
            SignedInAt = reader.TimeOrNull(10),
            SignInLostAt = reader.TimeOrNull(11),
        };
    }
}
