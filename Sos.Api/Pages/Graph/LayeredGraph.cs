namespace Sos.Api.Pages.Graph;

/// <summary>
/// A graph in layers. Edges over several layers are cut into pieces at virtual vertices, so that every piece joins two
/// neighbouring layers. Vertices are numbers: first the nodes, then the virtual ones.
/// </summary>
internal sealed class LayeredGraph
{
    private LayeredGraph(int nodes, int[] layer, double[] heights, List<Chain> chains, int[][] before, int[][] after)
    {
        NodeCount = nodes;
        Layer = layer;
        Heights = heights;
        Chains = chains;
        Parallels = SameEnds(chains);
        foreach (var group in Parallels)
        {
            var room = ((group.Length - 1) * LayoutSpace.BetweenParallels) + (2 * LayoutSpace.EdgeInset);
            foreach (var end in chains[group[0]].Vertices)
                heights[end] = Math.Max(heights[end], room);
        }
        Before = before;
        After = after;
        Position = new int[layer.Length];
        var count = layer.Length == 0 ? 0 : layer.Max() + 1;
        Order = [.. Enumerable.Range(0, count).Select(_ => new List<int>())];
        for (var v = 0; v < layer.Length; v++)
        {
            Position[v] = Order[layer[v]].Count;
            Order[layer[v]].Add(v);
        }
    }

    /// <summary>How many vertices are nodes.</summary>
    public int NodeCount { get; }

    /// <summary>Each vertex's layer.</summary>
    public int[] Layer { get; }

    /// <summary>Each vertex's height; 0 for virtual ones. A node is as high as the edges side by side at it need.</summary>
    public double[] Heights { get; }

    /// <summary>Each edge's vertices, from left to right.</summary>
    public List<Chain> Chains { get; }

    /// <summary>Chains that join the same two neighbours, from top to bottom: those of failures are the lowest.</summary>
    public IReadOnlyList<int[]> Parallels { get; }

    /// <summary>Each vertex's neighbours in the layer before.</summary>
    public int[][] Before { get; }

    /// <summary>Each vertex's neighbours in the layer after.</summary>
    public int[][] After { get; }

    /// <summary>The vertices of each layer, from top to bottom.</summary>
    public List<int>[] Order { get; }

    /// <summary>Each vertex's place in its layer.</summary>
    public int[] Position { get; }

    public bool IsVirtual(int vertex) => vertex >= NodeCount;

    /// <summary>Puts nodes into layers and cuts long edges.</summary>
    public static LayeredGraph From(LayoutGraph graph, double[] nodeHeights)
    {
        var count = graph.Nodes.Count;
        var index = new Dictionary<string, int>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
            index.TryAdd(graph.Nodes[i].Id, i);
        var ends = new List<(LayoutEdge Edge, int From, int To)>();
        foreach (var edge in graph.Edges)
        {
            if (index.TryGetValue(edge.From, out var from) && index.TryGetValue(edge.To, out var to) && from != to)
                ends.Add((edge, from, to));
        }
        var reversed = Layering.Backward(count, ends);
        var forward = ends.Select((e, i) => reversed[i] ? (e.To, e.From) : (e.From, e.To)).ToArray();
        var layer = new List<int>(Layering.LongestPath(count, forward));

        var before = Enumerable.Range(0, count).Select(_ => new List<int>()).ToList();
        var after = Enumerable.Range(0, count).Select(_ => new List<int>()).ToList();
        var chains = new List<Chain>(ends.Count);
        for (var i = 0; i < ends.Count; i++)
        {
            var (from, to) = forward[i];
            var chain = new List<int> { from };
            for (var l = layer[from] + 1; l < layer[to]; l++)
            {
                chain.Add(layer.Count);
                layer.Add(l);
                before.Add([]);
                after.Add([]);
            }
            chain.Add(to);
            for (var j = 1; j < chain.Count; j++)
            {
                after[chain[j - 1]].Add(chain[j]);
                before[chain[j]].Add(chain[j - 1]);
            }
            chains.Add(new Chain(ends[i].Edge, [.. chain], reversed[i]));
        }
        var heights = new double[layer.Count];
        nodeHeights.CopyTo(heights, 0);
        return new LayeredGraph(count, [.. layer], heights, chains, [.. before.Select(l => l.ToArray())], [.. after.Select(l => l.ToArray())]);
    }

    /// <summary>Notes where each vertex of a layer is after its order changed.</summary>
    public void Number(int layer)
    {
        var order = Order[layer];
        for (var i = 0; i < order.Count; i++)
            Position[order[i]] = i;
    }

    private static IReadOnlyList<int[]> SameEnds(List<Chain> chains) =>
    [
        .. Enumerable.Range(0, chains.Count)
            .Where(i => chains[i].Vertices.Length == 2)
            .GroupBy(i => (chains[i].Vertices[0], chains[i].Vertices[1]))
            .Select(group => group.OrderBy(i => chains[i].Edge.IsError).ToArray())
            .Where(group => group.Length > 1),
    ];

    /// <summary>An edge.</summary>
    /// <param name="Edge">As it was given.</param>
    /// <param name="Vertices">What it passes, from left to right.</param>
    /// <param name="IsBackward">Whether it leads from right to left.</param>
    public sealed record Chain(LayoutEdge Edge, int[] Vertices, bool IsBackward);
}
