using Sos.Api.Problems;
using Sos.Workflows.Credentials;
using Sos.Workflows.Store;

namespace Sos.Api.Credentials;

/// <summary>A workspace's credentials, as the API and the pages find and change them. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class CredentialChanges(CredentialStore store)
{
    private const int MaxName = 63;

    /// <summary>The credential of an id or a name.</summary>
    public async Task<StoredCredential> GetAsync(Guid workspaceId, string id, CancellationToken cancellationToken) =>
        await FindAsync(workspaceId, id, cancellationToken)
            ?? throw ProblemCatalog.NotFound("credential", id.Length <= MaxName ? id.Replace('\0', ' ') : id[..MaxName] + "…");

    /// <summary>The credential of an id or a name; null where there is none.</summary>
    public async Task<StoredCredential?> FindAsync(Guid workspaceId, string id, CancellationToken cancellationToken) =>
        id.Length <= MaxName && !id.Contains('\0', StringComparison.Ordinal) ? await store.FindAsync(workspaceId, id, cancellationToken) : null;

    /// <summary>Saves a new one.</summary>
    public async Task<StoredCredential> CreateAsync(KeyHolder who, CredentialRequest request, CancellationToken cancellationToken)
    {
        var draft = Check(request);
        return Saved(await store.CreateAsync(who, draft, cancellationToken), draft.Name, id: null);
    }

    /// <summary>Replaces one; its secrets stay where the request has none, as far as they may.</summary>
    public async Task<StoredCredential> UpdateAsync(KeyHolder who, Guid id, CredentialRequest request, CancellationToken cancellationToken)
    {
        var draft = Check(request);
        return Saved(await store.UpdateAsync(who, id, draft, cancellationToken), draft.Name, id);
    }

    /// <summary>Deletes one with its secrets.</summary>
    public async Task DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        if (!await store.DeleteAsync(who, id, cancellationToken))
            throw ProblemCatalog.NotFound("credential", id);
    }

    private static CredentialDraft Check(CredentialRequest request) =>
        request.ToInput().Check(out var problems) ?? throw ProblemCatalog.Invalid("invalid_credential", problems[0].Message, problems);

    private static StoredCredential Saved(SaveCredentialResult result, string name, Guid? id) => result switch
    {
        SaveCredentialResult.Saved saved => saved.Credential,
        SaveCredentialResult.NameTaken => throw ProblemCatalog.Conflict("name_taken", $"Another credential of this workspace is named '{name}'. Choose another name, or change that one."),
        SaveCredentialResult.TooMany => throw ProblemCatalog.Conflict("too_many_credentials", $"A workspace has {CredentialStore.MaxCredentials} credentials at most. Delete one that is not needed."),
        SaveCredentialResult.SecretsNeeded => throw ProblemCatalog.Invalid("secrets_needed",
            id is null ? "A new credential needs its secrets." : "The type or a setting changes, or a host is added, so the secrets must be given again; they are never sent elsewhere by themselves.",
            [new("/secrets", "secrets_needed", "Give the secrets.")]),
        _ => throw ProblemCatalog.NotFound("credential", id!),
    };
}
