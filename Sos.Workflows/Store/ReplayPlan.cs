using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Store;

/// <summary>Which steps of an ended execution a new one takes over, so that only the rest of its nodes run again.</summary>
internal static class ReplayPlan
{
    /// <summary>
    /// For a retry: all that completed or was skipped, except what lies after a node that did not. Failed, cancelled and
    /// unfinished nodes run again, and so does everything after them.
    /// </summary>
    /// <param name="definition">The version that was executed.</param>
    /// <param name="catalog">Tells where nodes keep nested graphs.</param>
    /// <param name="steps">The old execution's steps at the top, by node.</param>
    /// <returns>The ids of the nodes, nested ones included, whose steps are taken over.</returns>
    public static HashSet<string> ForRetry(WorkflowDefinition definition, NodeCatalog catalog, IReadOnlyDictionary<string, StepStatus> steps) =>
        KeptWithout(definition, catalog, definition.Nodes
            .Where(n => !(steps.TryGetValue(n.Id, out var status) && status is StepStatus.Completed or StepStatus.Skipped))
            .Select(n => n.Id));

    /// <summary>For a re-run: all but one node and what lies after it.</summary>
    public static HashSet<string> ForRerun(WorkflowDefinition definition, NodeCatalog catalog, string fromNode) =>
        KeptWithout(definition, catalog, [fromNode]);

    private static HashSet<string> KeptWithout(WorkflowDefinition definition, NodeCatalog catalog, IEnumerable<string> again)
    {
        var next = definition.Edges.ToLookup(e => e.From, e => e.To, StringComparer.Ordinal);
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(again);
        while (open.TryPop(out var id))
        {
            if (!dropped.Add(id))
                continue;
            foreach (var follower in next[id])
                open.Push(follower);
        }

        // A node that is kept is kept with its body: its results are those of the body's steps.
        return definition.Nodes.Where(n => !dropped.Contains(n.Id)).SelectMany(n => n.WithBody(catalog)).Select(n => n.Id).ToHashSet(StringComparer.Ordinal);
    }
}
