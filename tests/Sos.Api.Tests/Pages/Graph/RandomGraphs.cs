using Sos.Api.Pages.Graph;

namespace Sos.Api.Tests.Pages.Graph;

/// <summary>Graphs made from a seed: the same seed, the same graph.</summary>
internal static class RandomGraphs
{
    /// <summary>A graph without cycles, some of whose nodes hold bodies.</summary>
    public static LayoutGraph Acyclic(int seed, int nodes, double edgesPerNode, int depth = 0)
    {
        var random = new Random(seed);
        var made = Enumerable.Range(0, nodes).Select(i => new LayoutNode(
            $"n{depth}-{i}", random.Next(80, 240), random.Next(30, 90),
            depth < 2 && random.Next(8) == 0 ? Acyclic(random.Next(), random.Next(1, 6), 1, depth + 1) : null)).ToArray();
        return new LayoutGraph(made, [.. Edges(random, made, edgesPerNode)]);
    }

    /// <summary>A graph with edges in any direction, doubled ones, and some to nowhere.</summary>
    public static LayoutGraph Any(int seed, int nodes)
    {
        var random = new Random(seed);
        var made = Enumerable.Range(0, nodes).Select(i => new LayoutNode($"n{i}", 100, 40)).ToArray();
        var edges = Enumerable.Range(0, nodes * 2).Select(_ => new LayoutEdge($"n{random.Next(nodes + 1)}", $"n{random.Next(nodes)}", random.Next(2) == 0 ? "way" : null)).ToArray();
        return new LayoutGraph(made, edges);
    }

    private static IEnumerable<LayoutEdge> Edges(Random random, LayoutNode[] nodes, double edgesPerNode)
    {
        for (var i = 0; i < nodes.Length * edgesPerNode && nodes.Length > 1; i++)
        {
            var from = random.Next(nodes.Length - 1);
            var to = Math.Min(nodes.Length - 1, from + 1 + random.Next(12));
            yield return new LayoutEdge(nodes[from].Id, nodes[to].Id, random.Next(4) == 0 ? "label" : null, random.Next(6) == 0);
        }
    }
}
