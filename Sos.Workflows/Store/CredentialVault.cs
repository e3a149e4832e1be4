using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>A workspace's credentials as executors use them, secrets opened.</summary>
public sealed class CredentialVault(NpgsqlDataSource dataSource, KeyRing keys)
{
    internal const string Columns = "id, workspace_id, name, type, settings, allowed_hosts, expires_at, secret, token, token_expires_at, signed_in_at, sign_in_lost_at";

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
    /// <param name="fetch">Fetches another one; must end in bounded time.</param>
    /// <param name="cancellationToken">Gives up, but not between a token's arrival and its being kept.</param>
    /// <returns>The credential with a token that will do; null where the credential was deleted.</returns>
    /// <exception cref="SecretException">Its secrets can't be opened, or there is no key to encrypt the token with.</exception>
    public async Task<Credential?> RenewAsync(
        Guid id, Func<Credential, bool> isFresh, Func<Credential, CancellationToken, Task<AccessToken>> fetch, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        Credential? credential;
        await using (var select = new NpgsqlCommand($"select {Columns} from credentials where id = $1 for no key update", connection, transaction))
        {
            select.Parameters.AddWithValue(id);
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            credential = await reader.ReadAsync(cancellationToken) ? Read(reader, keys) : null;
        }
        if (credential is null || isFresh(credential))
            return credential;

        var token = await fetch(credential, cancellationToken);
        await KeepAsync(connection, transaction, credential, token);
        return credential with { AccessToken = token.Value, AccessTokenExpiresAt = token.ExpiresAt };
    }

    /// <summary>Forgets an access token that was refused, so that the next use fetches another one; a newer one stays.</summary>
    public async Task ForgetTokenAsync(Credential credential, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("update credentials set token = null, token_expires_at = null where id = $1 and token_expires_at is not distinct from $2");
        command.Parameters.AddWithValue(credential.Id);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)credential.AccessTokenExpiresAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Notes that a sign-in is refused from now on, unless somebody has signed in anew meanwhile.</summary>
    /// <returns>Whether that was news.</returns>
    public async Task<bool> LoseSignInAsync(Credential credential, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            update credentials set sign_in_lost_at = now(), token = null, token_expires_at = null
            where id = $1 and signed_in_at = $2 and sign_in_lost_at is null
            """);
        command.Parameters.AddWithValue(credential.Id);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)credential.SignedInAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private async Task KeepAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Credential credential, AccessToken token)
    {
        var secrets = token.RefreshToken is { } refresh && refresh != credential.Secret("refreshToken")
            ? new Dictionary<string, string>(credential.Secrets) { ["refreshToken"] = refresh }
            : null;
        await using var update = new NpgsqlCommand(
            "update credentials set token = $2, token_expires_at = $3, secret = coalesce($4, secret) where id = $1", connection, transaction);
        update.Parameters.AddWithValue(credential.Id);
        update.Parameters.AddWithValue(keys.Seal(token.Value, SecretPlace.CredentialToken(credential.WorkspaceId, credential.Id)));
        update.Parameters.Add(new NpgsqlParameter { Value = (object?)token.ExpiresAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        update.Parameters.Add(new NpgsqlParameter
        {
            Value = secrets is null
                ? DBNull.Value
                : keys.Seal(JsonSerializer.Serialize(secrets, CredentialJson.Default.DictionaryStringString), SecretPlace.Credential(credential.WorkspaceId, credential.Id)),
            NpgsqlDbType = NpgsqlDbType.Bytea,
        });
        // The other side may have made the old refresh token worthless already.
        await update.ExecuteNonQueryAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
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
