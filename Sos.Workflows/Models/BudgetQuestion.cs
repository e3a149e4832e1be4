namespace Sos.Workflows.Models;

/// <summary>Whether a model call may be made.</summary>
public sealed record BudgetQuestion
{
    /// <summary>The workspace.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>The workflow that the call is made for.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The execution that the call is made in.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>What this execution's calls have cost that no checkpoint has written yet or may cost that are under way, in US dollars.</summary>
    public decimal UncommittedUsd { get; init; }

    /// <summary>What calls of the workflow's other executions may cost that are under way, in US dollars.</summary>
    public decimal OthersOfWorkflowUsd { get; init; }

    /// <summary>The same for all other executions of the workspace, the workflow's included.</summary>
    public decimal OthersOfWorkspaceUsd { get; init; }

    /// <summary>The same by execution; where one belongs to the run that a budget is for, it counts against that budget.</summary>
    public IReadOnlyDictionary<Guid, decimal> OthersByExecution { get; init; } = new Dictionary<Guid, decimal>();

    /// <summary>What the call is expected to cost at most; 0 where it can't be told.</summary>
    public decimal EstimateUsd { get; init; }
}
