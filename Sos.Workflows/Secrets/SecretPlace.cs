namespace Sos.Workflows.Secrets;

/// <summary>
/// Where a sealed secret is stored. The place is authenticated with the secret, so that one that was copied to another
/// row, workspace or table does not open there.
/// </summary>
/// <param name="Table">The table's name, with the column's where a table has several.</param>
/// <param name="WorkspaceId">The workspace that the row belongs to.</param>
/// <param name="RowId">The row.</param>
public readonly record struct SecretPlace(string Table, Guid WorkspaceId, Guid RowId)
{
    /// <summary>A model provider's API key.</summary>
    public static SecretPlace ModelProvider(Guid workspaceId, Guid rowId) => new("model_providers", workspaceId, rowId);

    /// <summary>What a person gave a credential to keep.</summary>
    public static SecretPlace Credential(Guid workspaceId, Guid rowId) => new("credentials", workspaceId, rowId);

    /// <summary>The access token that a credential got with it.</summary>
    public static SecretPlace CredentialToken(Guid workspaceId, Guid rowId) => new("credentials.token", workspaceId, rowId);

    /// <summary>What proves that a code was asked for here (PKCE).</summary>
    public static SecretPlace SignInVerifier(Guid workspaceId, Guid rowId) => new("credential_sign_ins.verifier", workspaceId, rowId);

    /// <summary>The code that somebody came back with.</summary>
    public static SecretPlace SignInCode(Guid workspaceId, Guid rowId) => new("credential_sign_ins.code", workspaceId, rowId);

    /// <summary>What a webhook recognizes its callers by.</summary>
    public static SecretPlace Webhook(Guid workspaceId, Guid rowId) => new("webhooks", workspaceId, rowId);
}
