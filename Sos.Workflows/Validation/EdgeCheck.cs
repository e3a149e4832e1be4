using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>Checks a graph's edges and, with those that lead from a node to another, its order.</summary>
internal sealed class EdgeCheck(Dictionary<string, NodeDraft> nodesById, ProblemList problems)
{
    private const int LongestPath = 12;

    public void Check(GraphDraft graph)
    {
        var usable = new List<(int From, int To, string Pointer)>();
        var seen = new Dictionary<(string, string, string?, bool), string>();
        foreach (var edge in graph.Edges)
        {
            var source = Find(graph, edge.From, edge.Pointer + "/from");
            var target = Find(graph, edge.To, edge.Pointer + "/to");
            CheckBranch(edge, source);
            if (edge.From is null || edge.To is null)
                continue;
            if (edge.From == edge.To)
                problems.Add(edge.Pointer, ProblemCodes.SelfEdge, $"The edge leads from '{edge.From}' to itself. To repeat a step use a foreach, or retry.");
            else if (!seen.TryAdd((edge.From, edge.To, edge.When, edge.OnError), edge.Pointer))
                problems.Add(edge.Pointer, ProblemCodes.DuplicateEdge, $"The same edge from '{edge.From}' to '{edge.To}' is at {seen[(edge.From, edge.To, edge.When, edge.OnError)]}. Remove one of them.");
            else if (source is not null && target is not null)
                usable.Add((source.Index, target.Index, edge.Pointer));
        }
        graph.Order = new GraphOrder(graph.Nodes.Count, usable);
        foreach (var (nodes, closingEdge) in graph.Order.Cycles)
            problems.Add(closingEdge, ProblemCodes.Cycle, $"These edges go round in a circle: {Path(graph, [.. nodes, nodes[0]])}. A workflow runs forwards only: remove one of them, or repeat steps with a foreach.");
    }

    /// <summary>Nodes with arrows between them; the middle of a long path is left out.</summary>
    public static string Path(GraphDraft graph, IReadOnlyList<int> nodes)
    {
        var ids = nodes.Select(n => graph.Nodes[n].Id ?? "?").ToList();
        if (ids.Count > LongestPath)
            ids = [.. ids.Take(LongestPath / 2), "…", .. ids.TakeLast(LongestPath / 2)];
        return string.Join(" → ", ids);
    }

    private NodeDraft? Find(GraphDraft graph, string? id, string pointer)
    {
        if (id is null)
            return null;
        if (!nodesById.TryGetValue(id, out var node))
            problems.Add(pointer, ProblemCodes.DanglingEdge, () => $"There is no node '{id}'.{problems.DidYouMean(id, graph.Nodes.Select(n => n.Id).OfType<string>())}");
        else if (node.Graph != graph)
            problems.Add(pointer, ProblemCodes.DanglingEdge, $"The node '{id}' is not in this graph but in {Place(node.Graph)}; edges stay inside a graph.");
        else
            return node;
        return null;
    }

    private void CheckBranch(EdgeDraft edge, NodeDraft? source)
    {
        if (edge.When is null)
            return;
        var pointer = edge.Pointer + "/when";
        if (edge.OnError)
            problems.Add(pointer, ProblemCodes.WhenOnErrorEdge, "An edge that is taken on an error has no branch: remove 'when', or 'on'.");
        else if (source?.Type is { Branches: { } branches } type && !branches.Contains(edge.When, StringComparer.Ordinal))
        {
            problems.Add(pointer, ProblemCodes.UnknownBranch, branches.Count == 0
                ? $"Nodes of type '{type.Name}' have no branches: remove 'when'."
                : $"Nodes of type '{type.Name}' have no branch '{edge.When}', only {JsonWords.And([.. branches.Select(b => $"'{b}'")])}.{JsonWords.DidYouMean(edge.When, branches)}");
        }
    }

    private static string Place(GraphDraft graph) => graph.Owner is { } owner ? $"the body of {owner.Label}" : "the workflow around it";
}
