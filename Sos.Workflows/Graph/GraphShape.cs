using Sos.Workflows.Definitions;

namespace Sos.Workflows.Graph;

/// <summary>The nodes and edges of a graph by number: all that <see cref="GraphState"/> needs to know of a definition.</summary>
public sealed class GraphShape
{
    private readonly string[][] labels;

    /// <summary>Numbers a graph.</summary>
    /// <exception cref="ArgumentException">An edge names a node that is not there; a validated definition has none.</exception>
    public GraphShape(IReadOnlyList<NodeDefinition> nodes, IReadOnlyList<EdgeDefinition> edges)
    {
        Joins = [.. nodes.Select(n => n.Join)];
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < nodes.Count; i++)
            index[nodes[i].Id] = i;
        Edges = [.. edges.Select(e => new GraphEdge(Find(e.From), Find(e.To), e.On, e.When))];
        Outgoing = Group(e => e.From);
        Incoming = Group(e => e.To);
        labels = [.. Outgoing.Select(list => list.Select(i => Edges[i]).Where(e => e.When is not null).Select(e => e.When!).Distinct().ToArray())];

        int Find(string id) => index.TryGetValue(id, out var i) ? i : throw new ArgumentException($"An edge names the node '{id}', which is not in the graph.", nameof(edges));

        int[][] Group(Func<GraphEdge, int> key)
        {
            var lists = new List<int>[nodes.Count];
            for (var i = 0; i < lists.Length; i++)
                lists[i] = [];
            for (var i = 0; i < Edges.Count; i++)
                lists[key(Edges[i])].Add(i);
            return [.. lists.Select(l => l.ToArray())];
        }
    }

    /// <summary>How many nodes there are.</summary>
    public int Count => Joins.Count;

    /// <summary>When each node is ready.</summary>
    public IReadOnlyList<JoinMode> Joins { get; }

    /// <summary>All edges.</summary>
    public IReadOnlyList<GraphEdge> Edges { get; }

    /// <summary>The numbers of the edges that leave each node.</summary>
    public IReadOnlyList<int[]> Outgoing { get; }

    /// <summary>The numbers of the edges that enter each node.</summary>
    public IReadOnlyList<int[]> Incoming { get; }

    /// <summary>
    /// Whether an edge is taken after its node completed with <paramref name="branch"/>: it has no label, or this one,
    /// or the label <c>default</c> when no edge of the node has this one.
    /// </summary>
    public bool Takes(GraphEdge edge, string? branch) =>
        edge.On == EdgeTrigger.Success
        && (edge.When is null
            || edge.When == branch
            || (edge.When == DefaultBranch && branch is not null && !labels[edge.From].Contains(branch)));

    /// <summary>Whether a failure of the node is handled by an edge.</summary>
    public bool HandlesFailure(int node)
    {
        foreach (var edge in Outgoing[node])
        {
            if (Edges[edge].On == EdgeTrigger.Error)
                return true;
        }
        return false;
    }

    /// <summary>The label of the edge that is taken when no other label matches.</summary>
    public const string DefaultBranch = "default";
}

/// <summary>An edge between two numbered nodes.</summary>
/// <param name="From">The node it leaves.</param>
/// <param name="To">The node it enters.</param>
/// <param name="On">Which outcome takes it.</param>
/// <param name="When">The branch that takes it; null for any.</param>
public readonly record struct GraphEdge(int From, int To, EdgeTrigger On, string? When);
