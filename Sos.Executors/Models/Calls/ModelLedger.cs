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
    /// <returns>The call's account, to be disposed when the call is over.</returns>
    /// <exception cref="ModelCallException">A budget would be exceeded.</exception>
    public async Task<ModelAccount> OpenAsync(ModelTarget target, TokenUsage estimate, NodeContext context, CancellationToken cancellationToken)
    {
        var execution = context.Execution;
        var keepsContent = await retry.ExecuteAsync(token => content.KeepsAsync(execution.WorkspaceId, token), cancellationToken);
        if (target.Provider.IsBuiltIn)
            return new ModelAccount(null, keepsContent, null);
        var price = await retry.ExecuteAsync(token => prices.FindAsync(execution.WorkspaceId, target.ProviderName, target.Model, token), cancellationToken);
        var usd = price?.Cost(estimate) ?? 0;
        var reservation = reservations.Reserve(execution, usd, out var before);
        try
        {
            var question = new BudgetQuestion
            {
                WorkspaceId = execution.WorkspaceId,
                WorkflowId = execution.WorkflowId,
                ExecutionId = execution.Id,
                UncommittedUsd = context.Records.PendingCostUsd + before.Execution,
                OthersOfWorkflowUsd = before.OthersOfWorkflow,
                OthersOfWorkspaceUsd = before.OthersOfWorkspace,
                EstimateUsd = usd,
            };
            var refusal = await retry.ExecuteAsync(async token => await budgets.CheckAsync(question, token), cancellationToken);
            if (refusal is not null)
                throw new ModelCallException(new NodeError(BudgetRefusal.Code, refusal.Message));
            return new ModelAccount(price, keepsContent, reservation);
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
/// <param name="Price">What the model costs; null where that is unknown.</param>
/// <param name="KeepsContent">Whether prompts and answers are kept with the cost.</param>
/// <param name="Reservation">What the call may cost, as long as it is under way.</param>
internal sealed record ModelAccount(ModelPrice? Price, bool KeepsContent, IDisposable? Reservation) : IDisposable
{
    public void Dispose() => Reservation?.Dispose();
}
