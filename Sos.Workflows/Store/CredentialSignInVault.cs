using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>Sign-ins with a browser as executors finish them, secrets opened.</summary>
public sealed class CredentialSignInVault(NpgsqlDataSource dataSource, KeyRing keys)
{
    /// <summary>A sign-in that somebody came back from with a code; null where there is none, or it was finished.</summary>
    /// <exception cref="SecretException">Its secrets can't be opened; the message says why.</exception>
    public async Task<ReturnedSignIn?> FindAsync(Guid workspaceId, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            select {CredentialColumns("c")}, s.redirect_uri, s.verifier, s.code
            from credential_sign_ins s join credentials c on c.id = s.credential_id and c.workspace_id = s.workspace_id
            where s.workspace_id = $1 and s.id = $2 and s.verifier is not null and s.code is not null and c.updated_at = s.credential_updated_at
            """);
        command.Parameters.AddWithValue(workspaceId);
        command.Parameters.AddWithValue(id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ReturnedSignIn(
                id,
                CredentialVault.Read(reader, keys),
                reader.GetString(12),
                keys.Open(reader.GetFieldValue<byte[]>(13), SecretPlace.SignInVerifier(workspaceId, id)),
                keys.Open(reader.GetFieldValue<byte[]>(14), SecretPlace.SignInCode(workspaceId, id)))
            : null;
    }

    /// <summary>Keeps the tokens that a sign-in came to, in place of those of an earlier one, and forgets what is used up. May be repeated.</summary>
    /// <returns>Whether they are kept: not where the credential was changed or deleted meanwhile, or another sign-in began.</returns>
    /// <exception cref="SecretException">There is no key to encrypt the tokens with.</exception>
    public async Task<bool> FinishAsync(ReturnedSignIn signIn, AccessToken token, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        Credential? credential;
        await using (var select = new NpgsqlCommand($"""
            select {CredentialColumns("c")}
            from credential_sign_ins s join credentials c on c.id = s.credential_id and c.workspace_id = s.workspace_id
            where c.id = $1 and s.id = $2 and c.updated_at = s.credential_updated_at
              and not exists (select from credential_sign_ins later where later.credential_id = c.id and (later.created_at, later.id) > (s.created_at, s.id))
            for no key update of c
            """, connection, transaction))
        {
            select.Parameters.AddWithValue(signIn.Credential.Id);
            select.Parameters.AddWithValue(signIn.Id);
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            credential = await reader.ReadAsync(cancellationToken) ? CredentialVault.Read(reader, keys) : null;
        }
        if (credential is null)
            return false;

        var secrets = new Dictionary<string, string>(credential.Secrets);
        secrets.Remove("refreshToken");
        if (token.RefreshToken is { } refresh)
            secrets["refreshToken"] = refresh;
        await using var update = new NpgsqlBatch(connection, transaction);
        var keep = new NpgsqlBatchCommand("""
            update credentials set token = $2, token_expires_at = $3, secret = $4, granted_scope = $5, signed_in_at = now(), sign_in_lost_at = null,
              last_test_at = null, last_test_ok = null, last_test_code = null, last_test_message = null
            where id = $1
            """);
        keep.With(credential.Id)
            .With(keys.Seal(token.Value, SecretPlace.CredentialToken(credential.WorkspaceId, credential.Id)))
            .With(token.ExpiresAt)
            .With(keys.Seal(JsonSerializer.Serialize(secrets, CredentialJson.Default.DictionaryStringString), SecretPlace.Credential(credential.WorkspaceId, credential.Id)))
            .With(token.Scope ?? credential.Setting("scope"));
        update.BatchCommands.Add(keep);
        var forget = new NpgsqlBatchCommand("update credential_sign_ins set code = null, verifier = null where id = $1");
        update.BatchCommands.Add(forget.With(signIn.Id, NpgsqlDbType.Uuid));
        await update.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Forgets a sign-in whose code was refused.</summary>
    public async Task DropAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("update credential_sign_ins set code = null, verifier = null where id = $1");
        command.Parameters.AddWithValue(id);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string CredentialColumns(string table) => string.Join(", ", CredentialVault.Columns.Split(", ").Select(c => $"{table}.{c}"));
}

/// <summary>A sign-in that somebody came back from, secrets opened.</summary>
/// <param name="Id">The sign-in.</param>
/// <param name="Credential">The credential.</param>
/// <param name="RedirectUri">Where the browser came back to.</param>
/// <param name="Verifier">PKCE's code verifier.</param>
/// <param name="Code">The code.</param>
public sealed record ReturnedSignIn(Guid Id, Credential Credential, string RedirectUri, string Verifier, string Code)
{
    /// <summary>Its id, and no secret.</summary>
    public override string ToString() => $"{nameof(ReturnedSignIn)} {{ Id = {Id}, Credential = {Credential} }}";
}
