using Sos.Api.Problems;
using Sos.Workflows.Store;

namespace Sos.Api.Credentials;

/// <summary>Begins to sign in with credentials, as the API and the pages do. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class CredentialSignIn(CredentialSignInStore store)
{
    /// <summary>Where browsers come back to.</summary>
    public const string ReturnPath = "/oauth2/callback";

    /// <summary>Begins a sign-in; an earlier one of the same credential is void.</summary>
    /// <param name="who">Who begins it.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="address">How browsers reach this installation, without a slash at its end.</param>
    /// <param name="browser">The browser session that must come back; null where a program begins it, and any browser may.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AuthorizeAnswer> BeginAsync(KeyHolder who, StoredCredential credential, string address, byte[]? browser, CancellationToken cancellationToken)
    {
        if (credential.SignIn is null)
            throw ProblemCatalog.Conflict("no_sign_in", $"Nobody signs in with the credential '{credential.Name}': that is for type oauth2 with the grant authorization_code.");
        var request = AuthorizationRequest.New(who.WorkspaceId, browser);
        var redirectUri = address + ReturnPath;
        var expiresAt = await store.BeginAsync(who, credential.Id, credential.UpdatedAt, AuthorizationRequest.Hash(request.State), request.Verifier, redirectUri, cancellationToken)
            ?? throw ProblemCatalog.NotFound("credential", credential.Id);
        return new AuthorizeAnswer { AuthorizationUrl = request.Url(credential, redirectUri), ExpiresAt = expiresAt, RedirectUri = redirectUri };
    }
}
