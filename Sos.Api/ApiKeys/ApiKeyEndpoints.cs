using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Requests;
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

    private static async Task<Created<NewApiKey>> CreateAsync(HttpContext context, ApiKeyChanges keys, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.CreateApiKeyRequest, cancellationToken);
        return TypedResults.Created((string?)null, await keys.CreateAsync(context.Caller(), request, cancellationToken));
    }

    private static async Task<Ok<ListAnswer<ApiKey>>> ListAsync(
        HttpContext context, ApiKeyStore store, CancellationToken cancellationToken, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var rows = await store.ListAsync(context.Caller().WorkspaceId, Cursor.ReadId(Cursor.List.ApiKeys, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows, count, k => Cursor.Of(Cursor.List.ApiKeys, k.Id)));
    }

    private static async Task<NoContent> RevokeAsync(HttpContext context, Guid id, ApiKeyChanges keys, CancellationToken cancellationToken)
    {
        await keys.RevokeAsync(context.Caller(), id, cancellationToken);
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
