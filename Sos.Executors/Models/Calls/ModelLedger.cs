using Npgsql;
using Sos.Executors.Models.Connections;
using Sos.Executors.Nodes;
using Sos.Workflows.Models;
using Sos.Workflows.Store;

namespace Sos.Executors.Models.Calls;

/// <summary>What calls may cost and have cost: prices, budgets, and whether content is kept.</summary>
internal sealed partial class ModelLedger(
    ModelPrices prices, BudgetGuard budgets, ModelContentSetting content, ModelReservations reservations, TimeProvider time, ILogger<ModelLedger> logger)
{
    private readonly DatabaseRetry retry = new(time, attempts: 7);

    /// <summary>Holds a call against the budgets before it is made.</summary>
    /// <param name="target">What is to be called.</param>
    /// <param name="estimate">The tokens that it may take.</param>
    /// <param name="context">Who calls.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <returns>The call's account, to be disposed when the call is over and, where it was answered, recorded.</returns>
    /// <exception cref="ModelCallException">A budget would be exceeded.</exception>
    public async Task<ModelAccount> OpenAsync(ModelTarget target, TokenUsage estimate, NodeContext context, CancellationToken cancellationToken)
    {
        var execution = context.Execution;
        var keepsContent = await retry.ExecuteAsync(token => content.KeepsAsync(execution.WorkspaceId, token), cancellationToken);
        if (target.Provider.IsBuiltIn)
            return new ModelAccount(null, keepsContent, null);
        var price = await retry.ExecuteAsync(token => prices.FindAsync(execution.WorkspaceId, target.ProviderName, target.Model, token), cancellationToken);
        var usd = price?.Cost(estimate) ?? 0;
        var reservation = reservations.Reserve(execution, usd);
        try
        {
            for (var counted = reservations.Before(reservation); ;)
            {
                var question = new BudgetQuestion
                {
                    WorkspaceId = execution.WorkspaceId,
                    WorkflowId = execution.WorkflowId,
                    ExecutionId = execution.Id,
                    UncommittedUsd = counted.Execution,
                    OthersOfWorkflowUsd = counted.OthersOfWorkflow,
                    OthersOfWorkspaceUsd = counted.OthersOfWorkspace,
                    OthersByExecution = counted.Others,
                    EstimateUsd = usd,
                };
                var refusal = await retry.ExecuteAsync(async token => await budgets.CheckAsync(question, token), cancellationToken);
                if (refusal is null)
                    return new ModelAccount(price, keepsContent, reservation);
                // What was committed between the two looks has been counted twice.
                var still = reservations.Before(reservation);
                if (still.Total >= counted.Total)
                    throw new ModelCallException(new NodeError(BudgetRefusal.Code, refusal.Message));
                counted = still;
            }
        }
        catch
        {
            reservation.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The price to apply: the one of the model that was asked or, where that has none, of the model that answered (an
    /// alias or a deployment may have any name).
    /// </summary>
    public async ValueTask<ModelPrice?> PriceAsync(ModelAccount account, ModelTarget target, string? responseModel, Guid workspaceId)
    {
        if (account.Price is not null || responseModel is null || target.Provider.IsBuiltIn)
            return account.Price;
        try
        {
            // The answer is there and will be paid for, so nothing cancels its entry any more.
            return await prices.FindAsync(workspaceId, target.ProviderName, responseModel, CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            LogNoPrice(logger, e, responseModel);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The price of the model '{Model}' can't be read; what its answer cost is logged as unknown.")]
    private static partial void LogNoPrice(ILogger logger, Exception exception, string model);
}

/// <summary>A call that may be made.</summary>
/// <param name="price">What the model costs; null where that is unknown.</param>
/// <param name="keepsContent">Whether prompts and answers are kept with the cost.</param>
/// <param name="reservation">What the call may cost.</param>
internal sealed class ModelAccount(ModelPrice? price, bool keepsContent, ModelReservation? reservation) : IDisposable
{
    private bool isSettled;

    public ModelPrice? Price => price;

    public bool KeepsContent => keepsContent;

    /// <summary>The call is answered: from now on what it has cost is reserved, and no longer by this account.</summary>
    /// <returns>The reservation, to be disposed when the cost is in the database; null where there is nothing to reserve.</returns>
    public IDisposable? Settle(decimal? usd)
    {
        if (reservation is null || usd is not > 0)
            return null;
        isSettled = true;
        reservation.Settle(usd.Value);
        return reservation;
    }

    public void Dispose()
    {
        if (!isSettled)
            reservation?.Dispose();
    }
}
