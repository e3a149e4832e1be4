using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Executors.Nodes;
using Sos.Executors.Secrets;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Executors.Credentials;

/// <summary>Gives credentials to nodes: only for where they may be sent, with a token that holds, and on record.</summary>
internal sealed class CredentialAccess(CredentialVault vault, OAuthTokens tokens, TimeProvider time)
{
    /// <summary>A token that expires sooner than this is renewed where it can be, for clocks differ and requests take time.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    private readonly DatabaseRetry database = new(time, attempts: 7);

    // Of this process's nodes, one at a time asks the database for the lock. Some credentials share a place.
    private readonly SemaphoreSlim[] renewing = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Opens a credential for an address.</summary>
    /// <param name="context">The node.</param>
    /// <param name="name">The credential's name.</param>
    /// <param name="target">Where it will be sent; null for the server that a database's login names itself.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CredentialException">It can't be used.</exception>
    public async Task<Credential> UseAsync(NodeContext context, string name, Uri? target, CancellationToken cancellationToken)
    {
        try
        {
            var credential = await FindAsync(context, name, cancellationToken);
            var host = target is null ? OwnServer(credential) : $"{target.IdnHost}:{target.Port}";
            Refuse(context, credential, target, host);
            if (credential.Type == CredentialType.OAuth2 && !IsFresh(credential))
                credential = await RenewAsync(context, credential, IsFresh, cancellationToken);
            Log(context, "credential_used", "completed", credential, host);
            return credential;
        }
        catch (SecretException e)
        {
            throw Unreadable(name, e);
        }
    }

    /// <summary>Opens a credential to see that it opens and, where a token can be had for it, that one is given.</summary>
    /// <exception cref="CredentialException">It does not, or it is not.</exception>
    public async Task<Credential> ProveAsync(NodeContext context, string name, CancellationToken cancellationToken)
    {
        try
        {
            var credential = await FindAsync(context, name, cancellationToken);
            RefuseExpired(credential);
            // What another node has fetched since is as good a proof.
            return credential.CanRenew
                ? await RenewAsync(context, credential, now => now.AccessToken != credential.AccessToken && IsFresh(now), cancellationToken)
                : credential;
        }
        catch (SecretException e)
        {
            throw Unreadable(name, e);
        }
    }

    /// <summary>A credential can't be decrypted.</summary>
    public static CredentialException Unreadable(string name, SecretException e) => new("credential_unreadable", $"The credential '{name}' can't be read. {e.Message}");

    /// <summary>Told by a node that a service refused the access token of a credential: the next use fetches another one.</summary>
    public async Task RefusedAsync(Credential credential, CancellationToken cancellationToken) =>
        await database.ExecuteAsync<bool>(
            async token =>
            {
                await vault.ForgetTokenAsync(credential, token);
                return true;
            },
            cancellationToken);

    private bool IsFresh(Credential credential) =>
        credential.AccessToken is not null && (credential.AccessTokenExpiresAt is not { } expiresAt || expiresAt - (credential.CanRenew ? Margin : TimeSpan.Zero) > time.GetUtcNow());

    private async Task<Credential> FindAsync(NodeContext context, string name, CancellationToken cancellationToken)
    {
        var credential = await database.ExecuteAsync(async token => await vault.FindAsync(context.Execution.WorkspaceId, name, token), cancellationToken)
            ?? throw CredentialException.NotFound(name, await vault.NamesAsync(context.Execution.WorkspaceId, cancellationToken));
        Remember(credential, context.Secrets);
        return credential;
    }

    /// <summary>Tells an attempt what must not leave it.</summary>
    internal static void Remember(Credential credential, SecretScrubber secrets)
    {
        foreach (var secret in credential.Secrets.Values)
            secrets.Add(secret);
        secrets.Add(credential.AccessToken);
    }

    private static string OwnServer(Credential credential) => credential.Type == CredentialType.Postgres
        ? $"{credential.Setting("host")}:{credential.Setting("port")}"
        : throw new CredentialException("credential_wrong_type", $"The credential '{credential.Name}' is of type {credential.Type}; a login of type postgres is needed.");

    private void Refuse(NodeContext context, Credential credential, Uri? target, string host)
    {
        if (target is not null && !credential.Allows(target))
        {
            Log(context, "credential_refused", "failed", credential, host);
            throw new CredentialException("credential_host_not_allowed",
                $"The credential '{credential.Name}' must not be sent to {target.Scheme}://{host}, only to {string.Join(", ", credential.AllowedHosts)}. An admin can change its allowedHosts.");
        }
        RefuseExpired(credential);
    }

    private void RefuseExpired(Credential credential)
    {
        if (credential.ExpiresAt <= time.GetUtcNow())
            throw new CredentialException("credential_expired", $"The credential '{credential.Name}' expired at {credential.ExpiresAt:u}. Save it again with a new secret and expiresAt.");
        RefuseWithoutSignIn(credential);
    }

    private static void RefuseWithoutSignIn(Credential credential)
    {
        if (credential.Type != CredentialType.OAuth2 || credential.Setting("grant") != CredentialType.AuthorizationCode)
            return;
        if (credential.SignedInAt is null)
            throw CredentialException.SignInNeeded(credential, "nobody has signed in with it yet");
        if (credential.SignInLostAt is { } lost)
            throw CredentialException.SignInNeeded(credential, $"its sign-in expired or was revoked, as the service said at {lost:u}");
    }

    private async Task<Credential> RenewAsync(NodeContext context, Credential credential, Func<Credential, bool> isFresh, CancellationToken cancellationToken)
    {
        var turn = renewing[(uint)credential.Id.GetHashCode() % renewing.Length];
        await turn.WaitAsync(cancellationToken);
        try
        {
            var renewed = await vault.RenewAsync(credential.Id, isFresh, current => FetchAsync(current, context.Secrets), cancellationToken)
                ?? throw CredentialException.NotFound(credential.Name);
            Remember(renewed, context.Secrets);
            return renewed;
        }
        catch (CredentialException e) when (e.NeedsSignIn && credential.SignInLostAt is null)
        {
            if (await vault.LoseSignInAsync(credential, CancellationToken.None))
                Log(context, "credential_sign_in_lost", "failed", credential, new Uri(credential.Setting("tokenUrl")!).Authority);
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<AccessToken> FetchAsync(Credential credential, SecretScrubber secrets)
    {
        Remember(credential, secrets); // it may have changed since it was read without the lock
        RefuseWithoutSignIn(credential);
        if (!credential.CanRenew)
            throw CredentialException.SignInNeeded(credential, "its token expired, and the service gave no refresh token to renew it with");
        var token = await tokens.FetchAsync(credential, secrets);
        secrets.Add(token.Value);
        secrets.Add(token.RefreshToken);
        return token;
    }

    /// <summary>Logs what became of a credential.</summary>
    internal static void Log(NodeContext context, string eventType, string status, Credential credential, string host) =>
        context.Records.AddOnce($"{eventType} {credential.Id} {host}", new NodeEvent(
            eventType,
            status,
            JsonSerializer.SerializeToElement(new CredentialUse(credential.Id, credential.Name, credential.Type, host), CredentialUseJson.Default.CredentialUse),
            null,
            context.Time.GetUtcNow()));
}

/// <summary>What the log keeps of a credential's use.</summary>
internal sealed record CredentialUse(Guid Id, string Name, string Type, string Host);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CredentialUse))]
internal sealed partial class CredentialUseJson : JsonSerializerContext;
