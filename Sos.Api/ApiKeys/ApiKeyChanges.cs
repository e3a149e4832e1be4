using Sos.Api.Auth;
using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.ApiKeys;

/// <summary>Making and revoking keys, as the API and the pages do. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class ApiKeyChanges(ApiKeyStore store, KeyCache cache, TimeProvider time)
{
    public async Task<NewApiKey> CreateAsync(KeyHolder who, CreateApiKeyRequest request, CancellationToken cancellationToken)
    {
        var problems = new List<JsonProblem>();
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 200 || StorableJson.Clean(request.Name) != request.Name)
            problems.Add(new("/name", "invalid_name", "A key's name has 1 to 200 characters."));
        if (!Roles.All.Contains(request.Role))
            problems.Add(new("/role", "value_not_allowed", "The role is one of viewer, developer and admin."));
        if (request.ExpiresAt is { } expiry && (expiry <= time.GetUtcNow() || expiry.Year > 2999))
            problems.Add(new("/expiresAt", "invalid_time", "A key's end lies in the future."));
        if (problems.Count > 0)
            throw ProblemCatalog.Invalid("invalid_key_request", problems[0].Message, problems);
        var (stored, key) = await store.CreateAsync(who.WorkspaceId, who.UserId, request.Name, request.Role, request.ExpiresAt, cancellationToken);
        return new NewApiKey(stored.Id, stored.Name, stored.Role, key, stored.CreatedAt, stored.ExpiresAt);
    }

    public async Task RevokeAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        if (!await store.RevokeAsync(who.WorkspaceId, id, cancellationToken))
            throw ProblemCatalog.NotFound("API key", id);
        cache.Forget(id);
    }
}
