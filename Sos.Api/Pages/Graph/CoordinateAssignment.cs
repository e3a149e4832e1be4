namespace Sos.Api.Pages.Graph;

/// <summary>
/// The vertical centre of each vertex: four alignments, towards each corner, that keep vertices of one edge on one
/// line, long edges first, and of each vertex's four heights the middle (Brandes and Köpf 2001, with the compaction by
/// longest paths through blocks instead of classes).
/// </summary>
internal static class CoordinateAssignment
{
    public static double[] Run(LayeredGraph graph)
    {
        var count = graph.Layer.Length;
        var conflicts = Conflicts(graph);
        var candidates = new double[4][];
        for (var corner = 0; corner < 4; corner++)
        {
            var (backwards, upwards) = (corner >= 2, corner % 2 == 1);
            var layers = graph.Order.Select(l => upwards ? Enumerable.Reverse(l).ToArray() : [.. l]).ToArray();
            if (backwards)
                Array.Reverse(layers);
            var root = Align(graph, layers, backwards ? graph.After : graph.Before, conflicts);
            candidates[corner] = Compact(graph, layers, root);
            if (upwards)
            {
                for (var v = 0; v < count; v++)
                    candidates[corner][v] = -candidates[corner][v];
            }
        }
        ShiftToSmallest(candidates, graph.Heights);

        var centres = new double[count];
        Span<double> four = stackalloc double[4];
        for (var v = 0; v < count; v++)
        {
            for (var corner = 0; corner < 4; corner++)
                four[corner] = candidates[corner][v];
            four.Sort();
            centres[v] = (four[1] + four[2]) / 2;
        }
        return centres;
    }

    /// <summary>The least distance of the centres of two neighbours in a layer.</summary>
    private static double Distance(LayeredGraph graph, int a, int b) =>
        ((graph.Heights[a] + graph.Heights[b]) / 2)
        + (graph.IsVirtual(a) || graph.IsVirtual(b) ? LayoutSpace.BetweenEdges : LayoutSpace.BetweenNodes);

    /// <summary>Pieces that cross the inner piece of a long edge, which takes precedence and stays straight.</summary>
    private static HashSet<(int, int)> Conflicts(LayeredGraph graph)
    {
        var conflicts = new HashSet<(int, int)>();
        for (var layer = 1; layer < graph.Order.Length; layer++)
        {
            var order = graph.Order[layer];
            var (low, scanned) = (0, 0);
            for (var i = 0; i < order.Count; i++)
            {
                var inner = graph.IsVirtual(order[i]) && graph.IsVirtual(graph.Before[order[i]][0]) ? graph.Before[order[i]][0] : -1;
                if (inner < 0 && i < order.Count - 1)
                    continue;
                var high = inner < 0 ? graph.Order[layer - 1].Count : graph.Position[inner];
                for (; scanned <= i; scanned++)
                {
                    foreach (var before in graph.Before[order[scanned]])
                    {
                        var position = graph.Position[before];
                        if ((position < low || position > high) && !(graph.IsVirtual(before) && graph.IsVirtual(order[scanned])))
                            conflicts.Add((before, order[scanned]));
                    }
                }
                low = high;
            }
        }
        return conflicts;
    }

    /// <summary>Joins each vertex with its middle neighbour in the layer before, where no joined pair is crossed.</summary>
    /// <returns>Each vertex's block, named by its first vertex.</returns>
    private static int[] Align(LayeredGraph graph, int[][] layers, int[][] neighbours, HashSet<(int, int)> conflicts)
    {
        var count = graph.Layer.Length;
        var root = new int[count];
        var isJoined = new bool[count]; // with a vertex of the layer after
        var position = new int[count];
        for (var v = 0; v < count; v++)
            root[v] = v;
        foreach (var layer in layers)
        {
            for (var i = 0; i < layer.Length; i++)
                position[layer[i]] = i;
        }
        var around = new List<int>();
        foreach (var layer in layers)
        {
            var last = -1;
            foreach (var v in layer)
            {
                around.Clear();
                around.AddRange(neighbours[v]);
                around.Sort((a, b) => position[a].CompareTo(position[b]));
                for (var m = (around.Count - 1) / 2; m <= around.Count / 2 && m >= 0 && m < around.Count; m++)
                {
                    var w = around[m];
                    if (root[v] != v || isJoined[w] || position[w] <= last || conflicts.Contains((v, w)) || conflicts.Contains((w, v)))
                        continue;
                    isJoined[w] = true;
                    root[v] = root[w];
                    last = position[w];
                }
            }
        }
        return root;
    }

    /// <summary>Places blocks as far up as they go, then moves those with room below towards what they are next to.</summary>
    private static double[] Compact(LayeredGraph graph, int[][] layers, int[] root)
    {
        var count = graph.Layer.Length;
        var below = new List<(int Block, double Distance)>?[count];
        var above = new int[count];
        foreach (var layer in layers)
        {
            for (var i = 1; i < layer.Length; i++)
            {
                (below[root[layer[i - 1]]] ??= []).Add((root[layer[i]], Distance(graph, layer[i - 1], layer[i])));
                above[root[layer[i]]]++;
            }
        }
        var place = new double[count];
        var sorted = new List<int>(count);
        var ready = new Queue<int>(Enumerable.Range(0, count).Where(v => root[v] == v && above[v] == 0));
        while (ready.TryDequeue(out var block))
        {
            sorted.Add(block);
            foreach (var (next, distance) in below[block] ?? [])
            {
                place[next] = Math.Max(place[next], place[block] + distance);
                if (--above[next] == 0)
                    ready.Enqueue(next);
            }
        }
        for (var i = sorted.Count - 1; i >= 0; i--)
        {
            if (below[sorted[i]] is { } list)
                place[sorted[i]] = Math.Max(place[sorted[i]], list.Min(b => place[b.Block] - b.Distance));
        }
        for (var v = 0; v < count; v++)
            place[v] = place[root[v]];
        return place;
    }

    /// <summary>Brings the four onto the ground of the one that takes the least room.</summary>
    private static void ShiftToSmallest(double[][] candidates, double[] heights)
    {
        if (heights.Length == 0)
            return;
        var extents = candidates.Select(c => (
            Top: c.Select((y, v) => y - (heights[v] / 2)).Min(),
            Bottom: c.Select((y, v) => y + (heights[v] / 2)).Max())).ToArray();
        var smallest = extents.MinBy(e => e.Bottom - e.Top);
        for (var corner = 0; corner < 4; corner++)
        {
            var shift = corner % 2 == 0 ? smallest.Top - extents[corner].Top : smallest.Bottom - extents[corner].Bottom;
            for (var v = 0; v < heights.Length; v++)
                candidates[corner][v] += shift;
        }
    }
}
