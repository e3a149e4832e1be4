using System.Runtime.InteropServices;

namespace Sos.Api.Pages.Graph;

/// <summary>
/// Orders the vertices of each layer so that few edges cross: sweeps to and fro, each vertex going to the mean place
/// of its neighbours, the best order kept; then neighbours are exchanged as long as that helps.
/// </summary>
internal static class CrossingReduction
{
    public static void Run(LayeredGraph graph)
    {
        if (graph.Order.Length < 2)
            return;
        StartDepthFirst(graph);
        // Large graphs get fewer sweeps, which keeps a thousand nodes well below a fifth of a second.
        var sweeps = Math.Clamp(60_000 / graph.Layer.Length, 4, 24);
        var best = Snapshot(graph);
        var least = Count(graph);
        for (var sweep = 0; sweep < sweeps && least > 0; sweep++)
        {
            Sweep(graph, forward: sweep % 2 == 0, lastWins: sweep % 4 >= 2);
            var crossings = Count(graph);
            if (crossings >= least)
                continue;
            (least, best) = (crossings, Snapshot(graph));
        }
        Restore(graph, best);
        for (var round = 0; round < 6 && Exchange(graph); round++)
            continue;
    }

    /// <summary>How many pairs of edges cross.</summary>
    public static long Count(LayeredGraph graph)
    {
        var crossings = 0L;
        var tree = new int[graph.Order.Max(l => l.Count) + 1];
        var targets = new List<int>();
        for (var layer = 0; layer + 1 < graph.Order.Length; layer++)
        {
            // In the order of their left ends, each edge crosses the earlier ones that end below it.
            Array.Clear(tree);
            var seen = 0;
            foreach (var vertex in graph.Order[layer])
            {
                targets.Clear();
                foreach (var to in graph.After[vertex])
                    targets.Add(graph.Position[to]);
                foreach (var target in targets)
                {
                    var above = 0;
                    for (var i = target + 1; i > 0; i -= i & -i)
                        above += tree[i];
                    crossings += seen - above;
                }
                foreach (var target in targets)
                {
                    seen++;
                    for (var i = target + 1; i < tree.Length; i += i & -i)
                        tree[i]++;
                }
            }
        }
        return crossings;
    }

    /// <summary>The order in which a walk along the edges meets the vertices: parts that belong together are together.</summary>
    private static void StartDepthFirst(LayeredGraph graph)
    {
        var seen = new bool[graph.Layer.Length];
        var stack = new Stack<int>();
        foreach (var layer in graph.Order)
            layer.Clear();
        foreach (var start in Enumerable.Range(0, graph.NodeCount).OrderBy(v => graph.Layer[v]))
        {
            stack.Push(start);
            while (stack.TryPop(out var vertex))
            {
                if (seen[vertex])
                    continue;
                seen[vertex] = true;
                graph.Order[graph.Layer[vertex]].Add(vertex);
                for (var i = graph.After[vertex].Length - 1; i >= 0; i--)
                    stack.Push(graph.After[vertex][i]);
            }
        }
        for (var layer = 0; layer < graph.Order.Length; layer++)
            graph.Number(layer);
    }

    private static void Sweep(LayeredGraph graph, bool forward, bool lastWins)
    {
        var neighbours = forward ? graph.Before : graph.After;
        var movable = new List<(double Mean, int Tie, int Vertex)>();
        for (var step = 1; step < graph.Order.Length; step++)
        {
            var layer = forward ? step : graph.Order.Length - 1 - step;
            var order = graph.Order[layer];
            movable.Clear();
            for (var i = 0; i < order.Count; i++)
            {
                var around = neighbours[order[i]];
                if (around.Length == 0)
                    continue;
                var sum = 0.0;
                foreach (var vertex in around)
                    sum += graph.Position[vertex];
                movable.Add((sum / around.Length, lastWins ? -i : i, order[i]));
            }
            movable.Sort();
            // Vertices without neighbours on that side keep their places.
            var next = 0;
            for (var i = 0; i < order.Count; i++)
            {
                if (neighbours[order[i]].Length > 0)
                    order[i] = movable[next++].Vertex;
            }
            graph.Number(layer);
        }
    }

    private static bool Exchange(LayeredGraph graph)
    {
        var improved = false;
        for (var layer = 0; layer < graph.Order.Length; layer++)
        {
            var order = CollectionsMarshal.AsSpan(graph.Order[layer]);
            for (var i = 0; i + 1 < order.Length; i++)
            {
                var (upper, lower) = (order[i], order[i + 1]);
                if (Gain(graph, graph.Before, upper, lower) + Gain(graph, graph.After, upper, lower) <= 0)
                    continue;
                (order[i], order[i + 1]) = (lower, upper);
                (graph.Position[lower], graph.Position[upper]) = (i, i + 1);
                improved = true;
            }
        }
        return improved;
    }

    /// <summary>How many crossings go away when two neighbours of a layer change places.</summary>
    private static int Gain(LayeredGraph graph, int[][] neighbours, int upper, int lower)
    {
        var gain = 0;
        foreach (var u in neighbours[upper])
        {
            foreach (var l in neighbours[lower])
                gain += Math.Sign(graph.Position[u] - graph.Position[l]);
        }
        return gain;
    }

    private static int[][] Snapshot(LayeredGraph graph) => [.. graph.Order.Select(l => l.ToArray())];

    private static void Restore(LayeredGraph graph, int[][] orders)
    {
        for (var layer = 0; layer < orders.Length; layer++)
        {
            orders[layer].CopyTo(CollectionsMarshal.AsSpan(graph.Order[layer]));
            graph.Number(layer);
        }
    }
}
