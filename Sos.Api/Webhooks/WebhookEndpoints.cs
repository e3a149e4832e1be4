using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Webhooks;

/// <summary><c>/webhooks</c>: addresses at which other services start executions.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this RouteGroupBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List the webhooks, newest first")
            .WithDescription("Addresses and secrets are never shown.");
        webhooks.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a webhook without its address and secret");
        webhooks.MapPost("", CreateAsync).RequireAuthorization(Roles.Developer)
            .Takes<WebhookRequest>(Examples.Webhook).Refuses(400, 409, 415)
            .WithSummary("Make a webhook")
            .WithDescription("The answer holds its address, which is shown this once: only a hash of the token in it is stored.");
        webhooks.MapPut("/{id}", UpdateAsync).RequireAuthorization(Roles.Developer)
            .Takes<WebhookRequest>(Examples.Webhook).Refuses(400, 404, 409, 415)
            .WithSummary("Change a webhook")
            .WithDescription("Replaces everything but the address, and but the secret where none is given; it must be given when the kind of verification or the secret's encoding changes.");
        webhooks.MapPost("/{id}/rotate", RotateAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404)
            .WithSummary("Give a webhook another address")
            .WithDescription("The old one opens nothing from then on. The new one is shown this once.");
        webhooks.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404)
            .WithSummary("Delete a webhook with its secret")
            .WithDescription("Its executions stay, and those that run go on.");
    }

    private static async Task<Ok<ListAnswer<Webhook>>> ListAsync(
        HttpContext context, WebhookStore store, CancellationToken cancellationToken, string? workflowId = null, string? cursor = null, string? limit = null)
    {
        var count = QueryText.Limit(limit);
        var rows = await store.ListAsync(
            context.Caller().WorkspaceId, QueryText.Id("workflowId", workflowId), Cursor.ReadId(Cursor.List.Webhooks, cursor), count + 1, cancellationToken);
        return TypedResults.Ok(ListAnswer.Of(rows, count, w => Cursor.Of(Cursor.List.Webhooks, w.Id)));
    }

    private static async Task<Ok<Webhook>> GetAsync(HttpContext context, Guid id, WebhookStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.GetAsync(context.Caller().WorkspaceId, id, cancellationToken) ?? throw ProblemCatalog.NotFound("webhook", id));

    private static async Task<Created<NewWebhook>> CreateAsync(HttpContext context, WebhookChanges webhooks, PublicAddress address, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.WebhookRequest, cancellationToken);
        var saved = await webhooks.CreateAsync(context.Caller(), request, cancellationToken);
        return TypedResults.Created($"/api/v1/webhooks/{saved.Webhook.Id}", WithAddress(context, address, saved));
    }

    private static async Task<Ok<Webhook>> UpdateAsync(HttpContext context, Guid id, WebhookChanges webhooks, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.WebhookRequest, cancellationToken);
        return TypedResults.Ok((await webhooks.UpdateAsync(context.Caller(), id, request, cancellationToken)).Webhook);
    }

    private static async Task<Ok<NewWebhook>> RotateAsync(
        HttpContext context, Guid id, WebhookChanges webhooks, PublicAddress address, CancellationToken cancellationToken) =>
        TypedResults.Ok(WithAddress(context, address, await webhooks.RotateAsync(context.Caller(), id, cancellationToken)));

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, WebhookStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(context.Caller(), id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("webhook", id);

    private static NewWebhook WithAddress(HttpContext context, PublicAddress address, SaveWebhookResult.Saved saved)
    {
        var path = HookEndpoint.PathPrefix + saved.Token;
        return new NewWebhook(saved.Webhook, context.Request.PathBase + path, address.Of(context.Request) + path);
    }
}
