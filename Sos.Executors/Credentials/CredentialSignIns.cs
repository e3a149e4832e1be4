using Sos.Executors.Nodes;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Executors.Credentials;

/// <summary>Finishes sign-ins: exchanges the code that a browser brought back for tokens, and keeps them.</summary>
internal sealed class CredentialSignIns(CredentialSignInVault vault, OAuthTokens tokens, TimeProvider time)
{
    private readonly DatabaseRetry database = new(time, attempts: 7);

    /// <summary>Finishes a sign-in.</summary>
    /// <param name="context">The node.</param>
    /// <param name="id">The sign-in.</param>
    /// <param name="cancellationToken">Gives up, but not once the code was sent.</param>
    /// <returns>The credential and what it is good for now.</returns>
    /// <exception cref="CredentialException">It can't be finished.</exception>
    public async Task<(Credential Credential, AccessToken Token)> FinishAsync(NodeContext context, Guid id, CancellationToken cancellationToken)
    {
        ReturnedSignIn signIn;
        try
        {
            signIn = await database.ExecuteAsync(async token => await vault.FindAsync(context.Execution.WorkspaceId, id, token), cancellationToken)
                ?? throw new CredentialException("credential_sign_in_not_found", "There is no such sign-in to finish: it was finished before, or the credential was changed or deleted meanwhile. Begin another one.");
        }
        catch (SecretException e)
        {
            throw CredentialAccess.Unreadable($"of sign-in {id}", e);
        }
        CredentialAccess.Remember(signIn.Credential, context.Secrets);
        context.Secrets.Add(signIn.Code);
        context.Secrets.Add(signIn.Verifier);
        var host = new Uri(signIn.Credential.Setting("tokenUrl")!).Authority;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var token = await tokens.ExchangeAsync(signIn, context.Secrets);
            context.Secrets.Add(token.Value);
            context.Secrets.Add(token.RefreshToken);
            // The code is used up: what it was exchanged for must not be lost.
            if (!await database.ExecuteAsync(async none => await vault.FinishAsync(signIn, token, none), CancellationToken.None))
                throw new CredentialException("credential_sign_in_not_found", $"The credential '{signIn.Credential.Name}' was changed or deleted while somebody signed in with it, or somebody began to sign in anew. Sign in again.");
            CredentialAccess.Log(context, "credential_signed_in", "completed", signIn.Credential, host);
            return (signIn.Credential, token);
        }
        catch (CredentialException e) when (!e.Error.Retryable)
        {
            CredentialAccess.Log(context, "credential_sign_in_failed", "failed", signIn.Credential, host);
            await database.ExecuteAsync<bool>(
                async token =>
                {
                    await vault.DropAsync(id, token);
                    return true;
                },
                CancellationToken.None);
            throw;
        }
    }
}
