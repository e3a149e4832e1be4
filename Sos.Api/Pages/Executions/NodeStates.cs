using Sos.Api.Pages.Components;
using Sos.Api.Pages.Graph;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>What a graph shows of an execution: each node's status, and how far a node in a <c>foreach</c>'s body is.</summary>
internal static class NodeStates
{
    // What needs attention first stands for all items.
    private static readonly StepStatus[] Order =
        [StepStatus.Failed, StepStatus.Running, StepStatus.Waiting, StepStatus.Cancelled, StepStatus.Completed, StepStatus.Skipped];

    /// <summary>The states of the nodes that were reached, by node.</summary>
    public static IReadOnlyDictionary<string, NodeState> Of(IReadOnlyList<StepOutline> steps)
    {
        var states = new Dictionary<string, NodeState>(StringComparer.Ordinal);
        foreach (var node in steps.GroupBy(s => s.NodeId, StringComparer.Ordinal))
        {
            var all = node.ToList();
            states[node.Key] = all is [{ Iteration.Length: 0 } one] ? One(one) : Several(all);
        }
        return states;
    }

    /// <summary>Of a node's steps, the one that needs attention, or else the first; null where it was not reached.</summary>
    public static StepOutline? Foremost(IReadOnlyList<StepOutline> items) =>
        items.FirstOrDefault(s => s.Status == StepStatus.Failed) ?? items.FirstOrDefault(s => !s.Status.IsFinal()) ?? (items.Count > 0 ? items[0] : null);

    private static NodeState One(StepOutline step) => new(
        step.Status.Name(),
        step.Status switch
        {
            StepStatus.Completed or StepStatus.Failed or StepStatus.Cancelled => Format.Milliseconds(step.LatencyMs ?? (step.FinishedAt - step.StartedAt)?.TotalMilliseconds),
            _ => step.Status.Name(),
        },
        step.Attempts > 1 ? step.Attempts : 0);

    private static NodeState Several(List<StepOutline> steps)
    {
        var done = steps.Count(s => s.Status.IsFinal());
        return new NodeState(
            Order.First(o => steps.Exists(s => s.Status == o)).Name(),
            done == steps.Count ? $"{Format.Count(done)} {(done == 1 ? "item" : "items")}" : $"{Format.Count(done)} of {Format.Count(steps.Count)} items",
            0);
    }
}
