using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.ApiKeys;

/// <summary>Making, listing and revoking keys.</summary>
internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("API keys").RequireAuthorization(Roles.Admin);
        keys.MapPost("", CreateAsync).Takes<CreateApiKeyRequest>(Examples.ApiKey).Refuses(400, 415)
            .WithSummary("Make a key")
            .WithDescription("The answer holds the key itself; it is shown this once and can't be had again.");
        keys.MapGet("", ListAsync).Refuses(400).WithSummary("List keys, newest first, revoked ones included");
        keys.MapDelete("/{id}", RevokeAsync).Refuses(400, 404)
            .WithSummary("Revoke a key")
            .WithDescription("It opens nothing any more, everywhere within five seconds. The row stays, so that it is known who did what.");
    }

    private static async Task<Created<NewApiKey>> CreateAsync(HttpContext context, ApiKeyStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.CreateApiKeyRequest, cancellationToken);
        var problems = new List<JsonProblem>();
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 200 || StorableJson.Clean(request.Name) != request.Name)
            problems.Add(new("/name", "invalid_name", "A key's name has 1 to 200 characters."));
        if (!Roles.All.Contains(request.Role))
            problems.Add(new("/role", "value_not_allowed", "The role is one of viewer, developer and admin."));
        if (request.ExpiresAt is { } expiry && (expiry <= time.GetUtcNow() || expiry.Year > 2999))
            problems.Add(new("/expiresAt", "invalid_time", "A key's end lies in the future."));
        if (problems.Count > 0)
            throw ProblemCatalog.Invalid("invalid_key_request", problems[0].Message, problems);
        var caller = context.Caller();
        var (stored, key) = await store.CreateAsync(caller.WorkspaceId, caller.UserId, request.Name, request.Role, request.ExpiresAt, cancellationToken);
        return TypedResults.Created((string?)null, new NewApiKey(stored.Id, stored.Name, stored.Role, key, stored.CreatedAt, stored.ExpiresAt));
    }

    private static async Task<Ok<ListAnswer<ApiKey>>> ListAsync(
        HttpContext context, ApiKeyStore store, CancellationToken cancellationToken, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var rows = await store.ListAsync(context.Caller().WorkspaceId, Cursor.ReadId(Cursor.List.ApiKeys, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows, count, k => Cursor.Of(Cursor.List.ApiKeys, k.Id)));
    }

    private static async Task<NoContent> RevokeAsync(HttpContext context, Guid id, ApiKeyStore store, KeyCache cache, CancellationToken cancellationToken)
    {
        if (!await store.RevokeAsync(context.Caller().WorkspaceId, id, cancellationToken))
            throw ProblemCatalog.NotFound("API key", id);
        cache.Forget(id);
        return TypedResults.NoContent();
    }
}

/// <summary>A key to be made.</summary>
public sealed record CreateApiKeyRequest
{
    /// <summary>What the key is for; 1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What it allows: <c>viewer</c>, <c>developer</c> or <c>admin</c>.</summary>
    public required string Role { get; init; }

    /// <summary>When it stops working; never where left out.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A key that was just made.</summary>
/// <param name="Id">The key's id.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Role">What it allows.</param>
/// <param name="Key">The key itself, shown this once.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it stops working; null for never.</param>
public sealed record NewApiKey(Guid Id, string Name, string Role, string Key, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);
