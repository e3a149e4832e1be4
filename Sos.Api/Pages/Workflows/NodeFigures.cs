using Sos.Api.Pages.Components;
using Sos.Api.Pages.Graph;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Workflows;

/// <summary>What statistics paint on a node.</summary>
internal static class NodeFigures
{
    /// <summary>From this share of failures on, a node is marked.</summary>
    public const double PoorRate = 0.05;

    /// <summary>The 95th percentile, the failure rate where there were failures, and the cost where there was any.</summary>
    public static NodeState? Of(NodeRuns? runs)
    {
        if (runs is null)
            return null;
        var parts = new List<string>(3);
        if (runs.P95Ms is not null)
            parts.Add(Format.Milliseconds(runs.P95Ms));
        if (runs.Failed > 0)
            parts.Add(Format.Percent(runs.FailureRate ?? 0) + " ✕");
        if (runs.CostUsd > 0)
            parts.Add(Format.Money(runs.CostUsd));
        return new NodeState("", parts.Count == 0 ? null : string.Join(" · ", parts), 0, runs.FailureRate >= PoorRate ? "problem" : null);
    }
}
