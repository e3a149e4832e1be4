using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Api.Conversations;

/// <summary><c>/conversations</c>: what agents remember.</summary>
internal static class ConversationEndpoints
{
    public static void MapConversations(this RouteGroupBuilder api)
    {
        var conversations = api.MapGroup("/conversations").WithTags("Conversations");
        conversations.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List the conversations that agents remember, the one that grew last first")
            .WithDescription("'agentId' chooses one agent's. Their messages are not shown.");
        conversations.MapDelete("", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404)
            .WithSummary("Make an agent forget a conversation")
            .WithDescription("'agentId' and 'conversation' name it. Runs that have read it already go on with what they read.");
    }

    private static async Task<Ok<ListAnswer<Conversation>>> ListAsync(
        HttpContext context, ConversationStore store, CancellationToken cancellationToken, string? agentId = null, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var agent = agentId is null ? null : Name("agentId", agentId);
        var rows = await store.ListAsync(context.Caller().WorkspaceId, agent, Cursor.ReadLong(Cursor.List.Conversations, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows, count, c => Cursor.Of(Cursor.List.Conversations, c.LastSeq)));
    }

    private static async Task<NoContent> DeleteAsync(
        HttpContext context, ConversationStore store, CancellationToken cancellationToken, string? agentId = null, string? conversation = null)
    {
        var agent = Name("agentId", agentId);
        var name = Name("conversation", conversation);
        return await store.DeleteAsync(context.Caller(), agent, name, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("conversation", name);
    }

    private static string Name(string parameter, string? text) =>
        text is { Length: > 0 and <= 200 } && StorableJson.Clean(text) == text ? text : throw ProblemCatalog.InvalidParameter(parameter, "a text of 1 to 200 characters");
}
