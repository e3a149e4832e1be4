namespace Sos.Workflows.Secrets;

/// <summary>
/// Where a sealed secret is stored. The place is authenticated with the secret, so that one that was copied to another
/// row, workspace or table does not open there.
/// </summary>
/// <param name="Table">The table's name.</param>
/// <param name="WorkspaceId">The workspace that the row belongs to.</param>
/// <param name="RowId">The row.</param>
public readonly record struct SecretPlace(string Table, Guid WorkspaceId, Guid RowId)
{
    /// <summary>A model provider's API key.</summary>
    public static SecretPlace ModelProvider(Guid workspaceId, Guid rowId) => new("model_providers", workspaceId, rowId);
}
