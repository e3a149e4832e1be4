using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.ModelPrices;

/// <summary><c>/model-prices</c>: what models cost.</summary>
internal static class ModelPriceEndpoints
{
    public static void MapModelPrices(this RouteGroupBuilder api)
    {
        var prices = api.MapGroup("/model-prices").WithTags("Model prices");
        prices.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400)
            .WithSummary("List prices")
            .WithDescription("Public list prices and the workspace's own, by provider, model and time. 'provider' and 'model' choose by name, 'inForce=true' leaves out those that hold no longer or not yet, and public ones that the workspace has replaced.");
        prices.MapGet("/match", MatchAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Find the price of a model")
            .WithDescription("The price that a call to 'model' of 'provider' would be charged now: the workspace's own before the public ones, the model's very name before patterns, the closest pattern before others.");
        prices.MapPut("", SaveAsync).RequireAuthorization(Roles.Admin)
            .Takes<ModelPriceRequest>(Examples.ModelPrice).Refuses(400, 409, 415)
            .WithSummary("Save a price of the workspace")
            .WithDescription("Replaces the workspace's price with the same provider, model and 'validFrom'. Calls that were made before keep the cost that was logged.");
        prices.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Admin).Refuses(400, 404)
            .WithSummary("Delete a price of the workspace")
            .WithDescription("Public prices can't be deleted; a price of the workspace goes before them.");
    }

    private static async Task<Ok<ListAnswer<ListedPrice>>> ListAsync(
        HttpContext context, ModelPriceStore store, CancellationToken cancellationToken, string? provider = null, string? model = null, string? inForce = null)
    {
        var onlyInForce = inForce switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw ProblemCatalog.InvalidParameter("inForce", "true or false"),
        };
        var prices = await store.ListAsync(context.Caller().WorkspaceId, cancellationToken);
        return TypedResults.Ok(new ListAnswer<ListedPrice>([.. prices.Where(p =>
            (provider is null || p.Provider.Equals(provider, StringComparison.OrdinalIgnoreCase))
            && (model is null || p.Model.Contains(model, StringComparison.OrdinalIgnoreCase))
            && (!onlyInForce || p.InForce))]));
    }

    private static async Task<Ok<ListedPrice>> MatchAsync(
        HttpContext context, ModelPriceStore store, CancellationToken cancellationToken, string? provider = null, string? model = null)
    {
        if (provider is not { Length: > 0 and <= 64 })
            throw ProblemCatalog.InvalidParameter("provider", "a provider's name, such as openai");
        if (model is not { Length: > 0 and <= 200 })
            throw ProblemCatalog.InvalidParameter("model", "a model's name, such as gpt-4.1-mini");
        return TypedResults.Ok(await store.FindAsync(context.Caller().WorkspaceId, provider, model, cancellationToken)
            ?? throw new ProblemException(StatusCodes.Status404NotFound, "price_unknown", $"No price of {provider} fits the model '{model}'; its calls cost null. PUT one to /api/v1/model-prices."));
    }

    private static async Task<Ok<ListedPrice>> SaveAsync(HttpContext context, ModelPriceStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ModelPriceRequest, cancellationToken);
        return TypedResults.Ok(await store.SaveAsync(context.Caller(), request.Check(time.GetUtcNow()), request.Source, cancellationToken)
            ?? throw ProblemCatalog.Conflict("too_many_prices", $"A workspace has {ModelPriceStore.MaxOwn:N0} prices of its own at most. Delete those that hold no longer, or use patterns."));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, ModelPriceStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(context.Caller(), id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("own price", id);
}
