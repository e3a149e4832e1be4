using System.Text.Json;
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

    /// <summary>
    /// For a re-run: all but one node and what lies after it; where another version is to run, also but what that version
    /// has otherwise and what lies after that. A node's label and place make no difference. Nodes that the old execution's
    /// end cut off, and failures that no edge took up, are no results to go on from: they run again, too.
    /// </summary>
    /// <param name="before">The version that was executed.</param>
    /// <param name="definition">The version that is to run.</param>
    /// <param name="catalog">Tells where nodes keep nested graphs.</param>
    /// <param name="steps">The old execution's steps at the top, by node.</param>
    /// <param name="fromNode">The node that runs again in any case.</param>
    public static HashSet<string> ForRerun(
        WorkflowDefinition before, WorkflowDefinition definition, NodeCatalog catalog, IReadOnlyDictionary<string, StepStatus> steps, string fromNode)
    {
        var old = before.Nodes.ToDictionary(n => n.Id, StringComparer.Ordinal);
        var (oldWays, ways) = (before.Edges.ToLookup(e => e.To, StringComparer.Ordinal), definition.Edges.ToLookup(e => e.To, StringComparer.Ordinal));
        return KeptWithout(definition, catalog, definition.Nodes
            .Where(n => !old.TryGetValue(n.Id, out var was) || !DoSame(was, n) || !oldWays[n.Id].ToHashSet().SetEquals(ways[n.Id])
                || steps.TryGetValue(n.Id, out var status) && !IsResult(n, status))
            .Select(n => n.Id).Append(fromNode));

        bool IsResult(NodeDefinition node, StepStatus status) => status switch
        {
            StepStatus.Completed or StepStatus.Skipped => true,
            StepStatus.Failed => definition.Edges.Any(e => e.From == node.Id && e.On == EdgeTrigger.Error),
            _ => false,
        };
    }

    private static bool DoSame(NodeDefinition a, NodeDefinition b) => JsonElement.DeepEquals(Work(a), Work(b));

    private static JsonElement Work(NodeDefinition node) =>
        JsonSerializer.SerializeToElement(node with { Name = null, Position = null }, DefinitionJson.Default.NodeDefinition);

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
