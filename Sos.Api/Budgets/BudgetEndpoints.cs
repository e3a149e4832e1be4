using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Budgets;

/// <summary><c>/budgets</c>: the most that model calls may cost.</summary>
internal static class BudgetEndpoints
{
    public static void MapBudgets(this RouteGroupBuilder api)
    {
        var budgets = api.MapGroup("/budgets").WithTags("Budgets");
        budgets.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer)
            .WithSummary("List budgets with what is spent of them")
            .WithDescription("All of the workspace's, its own first, then its workflows'. Days and months are UTC's.");
        budgets.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("Get a budget");
        budgets.MapPost("", CreateAsync).RequireAuthorization(Roles.Admin)
            .Takes<CreateBudgetRequest>(Examples.Budget).Refuses(400, 409, 415)
            .WithSummary("Set a budget")
            .WithDescription("One for each workflow (or the whole workspace) and period. A node that would exceed it fails with 'budget_exceeded' before it calls the model.");
        budgets.MapPut("/{id}", ChangeAsync).RequireAuthorization(Roles.Admin)
            .Takes<ChangeBudgetRequest>(Examples.BudgetLimit).Refuses(400, 404, 415)
            .WithSummary("Change a budget's limit");
        budgets.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Admin).Refuses(400, 404)
            .WithSummary("Delete a budget");
    }

    private static async Task<Ok<ListAnswer<Budget>>> ListAsync(HttpContext context, BudgetStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ListAnswer<Budget>(await store.ListAsync(context.Caller().WorkspaceId, cancellationToken)));

    private static async Task<Ok<Budget>> GetAsync(HttpContext context, Guid id, BudgetStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.GetAsync(context.Caller().WorkspaceId, id, cancellationToken) ?? throw ProblemCatalog.NotFound("budget", id));

    private static async Task<Created<Budget>> CreateAsync(HttpContext context, BudgetChanges budgets, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.CreateBudgetRequest, cancellationToken);
        var budget = await budgets.CreateAsync(context.Caller(), request, cancellationToken);
        return TypedResults.Created($"/api/v1/budgets/{budget.Id}", budget);
    }

    private static async Task<Ok<Budget>> ChangeAsync(HttpContext context, Guid id, BudgetChanges budgets, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.ChangeBudgetRequest, cancellationToken);
        return TypedResults.Ok(await budgets.ChangeAsync(context.Caller(), id, request, cancellationToken));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, Guid id, BudgetChanges budgets, CancellationToken cancellationToken)
    {
        await budgets.DeleteAsync(context.Caller(), id, cancellationToken);
        return TypedResults.NoContent();
    }
}

/// <summary>A budget to be set.</summary>
public sealed record CreateBudgetRequest
{
    /// <summary>The workflow; left out for the whole workspace.</summary>
    public Guid? WorkflowId { get; init; }

    /// <summary><c>run</c>, <c>day</c> or <c>month</c>.</summary>
    public required string Period { get; init; }

    /// <summary>The most that model calls may cost in it, in US dollars; above 0.</summary>
    public required decimal LimitUsd { get; init; }
}

/// <summary>A budget's new limit.</summary>
public sealed record ChangeBudgetRequest
{
    /// <summary>The most that model calls may cost, in US dollars; above 0.</summary>
    public required decimal LimitUsd { get; init; }
}
