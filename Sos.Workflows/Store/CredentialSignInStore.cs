using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Store;

/// <summary>Sign-ins with a browser, as the API begins them and takes their return; an executor finishes them.</summary>
public sealed class CredentialSignInStore(WorkspaceDatabase database, KeyRing keys)
{
    /// <summary>How long somebody may take to sign in.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private const string Context = "jsonb_build_object('id', id, 'name', name, 'type', type)";

    /// <summary>Begins a sign-in. Every earlier one of the same credential is void.</summary>
    /// <param name="who">Who begins it.</param>
    /// <param name="credentialId">The credential.</param>
    /// <param name="updatedAt">When it was last changed, as far as its reader knows who sends the browser away.</param>
    /// <param name="stateHash">SHA-256 of the text that the browser brings back.</param>
    /// <param name="verifier">PKCE's code verifier.</param>
    /// <param name="redirectUri">Where the browser comes back to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Until when it can be returned from; null where there is no such credential.</returns>
    /// <exception cref="SecretException">There is no key to encrypt the verifier with.</exception>
    public async Task<DateTimeOffset?> BeginAsync(
        KeyHolder who, Guid credentialId, DateTimeOffset updatedAt, byte[] stateHash, string verifier, string redirectUri, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var batch = database.In(who.WorkspaceId);
        batch.Add("delete from credential_sign_ins where workspace_id = $1 and credential_id = $2")
            .With(who.WorkspaceId).With(credentialId);
        batch.Add($"""
            with changed as (
              select id, name, type, workspace_id from credentials where id = $2 and workspace_id = $3
            ), begun as (
              insert into credential_sign_ins (id, workspace_id, credential_id, credential_updated_at, organization_id, user_id, api_key_id, state_hash, redirect_uri, verifier, expires_at)
              select $1, workspace_id, id, $14, $10, $9, $11, $4, $5, $6, now() + $7 from changed
              returning expires_at
            ), logged as (
              {AuditEvent.Of("credential_sign_in_started", Context + " || jsonb_build_object('redirectUri', $8::text)", 9)}
            )
            select expires_at from begun
            """)
            .With(id).With(credentialId).With(who.WorkspaceId).With(stateHash).With(redirectUri)
            .With(keys.Seal(verifier, SecretPlace.SignInVerifier(who.WorkspaceId, id))).With(Lifetime, NpgsqlDbType.Interval).With(redirectUri)
            .By(who).With(updatedAt);
        return (await batch.FirstAsync(r => new Expiry(r.Time(0)), cancellationToken))?.At;
    }

    /// <summary>Takes the return of a browser, which works once.</summary>
    /// <param name="workspaceId">The workspace that the state names.</param>
    /// <param name="stateHash">SHA-256 of the state.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<SignInReturn> TakeAsync(Guid workspaceId, byte[] stateHash, CancellationToken cancellationToken)
    {
        await using var batch = database.In(workspaceId);
        // A credential that was changed meanwhile may lead elsewhere than the person thought; and a key that was revoked
        // since begins nothing that could be finished.
        batch.Add("""
            update credential_sign_ins s set returned_at = now()
            from credentials c
            where s.workspace_id = $1 and s.state_hash = $2 and s.returned_at is null and s.expires_at > now()
              and c.id = s.credential_id and c.workspace_id = s.workspace_id and c.updated_at = s.credential_updated_at
              and exists (
                select from api_keys k
                where k.id = s.api_key_id and k.role = 'admin' and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()))
            returning s.id, c.id, c.name, c.settings, s.api_key_id, s.organization_id, s.user_id
            """).With(workspaceId).With(stateHash);
        batch.Add("select returned_at is not null from credential_sign_ins where workspace_id = $1 and state_hash = $2").With(workspaceId).With(stateHash);
        await using var results = await batch.ExecuteAsync(cancellationToken);
        var taken = await results.RowsAsync(r => ReadTaken(r, workspaceId), cancellationToken);
        var known = await results.RowsAsync(r => r.GetBoolean(0), cancellationToken);
        await results.FinishAsync(cancellationToken);
        return (taken, known) switch
        {
            ([var one], _) => one,
            (_, [true]) => new SignInReturn.Used(),
            (_, [false]) => new SignInReturn.Expired(),
            _ => new SignInReturn.Unknown(),
        };
    }

    /// <summary>Keeps the code for the executor that exchanges it.</summary>
    /// <exception cref="SecretException">There is no key to encrypt it with.</exception>
    public async Task KeepCodeAsync(SignInReturn.Taken signIn, string code, CancellationToken cancellationToken)
    {
        await using var batch = database.In(signIn.Who.WorkspaceId);
        batch.Add("update credential_sign_ins set code = $2 where id = $1").With(signIn.Id).With(keys.Seal(code, SecretPlace.SignInCode(signIn.Who.WorkspaceId, signIn.Id)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Logs that somebody came back without a code.</summary>
    /// <param name="signIn">The sign-in.</param>
    /// <param name="error">The error's code.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task LogRefusalAsync(SignInReturn.Taken signIn, string error, CancellationToken cancellationToken)
    {
        await using var batch = database.In(signIn.Who.WorkspaceId);
        batch.Add($"""
            with changed as (
              select id, name, type, workspace_id from credentials where id = $1
            )
            {AuditEvent.Of("credential_sign_in_failed", Context + " || jsonb_build_object('error', $2::text)", 3, "failed")}
            """)
            .With(signIn.CredentialId).With(error).By(signIn.Who);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static SignInReturn.Taken ReadTaken(NpgsqlDataReader reader, Guid workspaceId) => new(
        reader.GetGuid(0),
        reader.GetGuid(1),
        reader.GetString(2),
        JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(3), CredentialJson.Default.DictionaryStringString)!,
        new KeyHolder(reader.GetGuid(4), workspaceId, reader.GetGuid(5), reader.GuidOrNull(6), "admin", ""));

    private sealed record Expiry(DateTimeOffset At);
}

/// <summary>What a browser's return came to.</summary>
public abstract record SignInReturn
{
    private SignInReturn()
    {
    }

    /// <summary>It belongs to a sign-in, which is used up by it.</summary>
    /// <param name="Id">The sign-in.</param>
    /// <param name="CredentialId">The credential.</param>
    /// <param name="CredentialName">Its name.</param>
    /// <param name="Settings">Its settings.</param>
    /// <param name="Who">Who began it.</param>
    public sealed record Taken(Guid Id, Guid CredentialId, string CredentialName, IReadOnlyDictionary<string, string> Settings, KeyHolder Who) : SignInReturn;

    /// <summary>It came before.</summary>
    public sealed record Used : SignInReturn;

    /// <summary>It came too late, or the credential was changed or the key of who began it revoked meanwhile.</summary>
    public sealed record Expired : SignInReturn;

    /// <summary>Nobody began such a sign-in.</summary>
    public sealed record Unknown : SignInReturn;
}
