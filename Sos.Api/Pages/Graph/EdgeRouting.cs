namespace Sos.Api.Pages.Graph;

/// <summary>Where columns begin and end, and where edges pass: straight through columns, with turns between them only, so that no edge crosses a box.</summary>
internal sealed class EdgeRouting
{
    private readonly LayeredGraph graph;
    private readonly double[] centres;
    private readonly double[] widths;
    private readonly double[] left;
    private readonly double[] right;
    private readonly double?[] offsets;

    public EdgeRouting(LayeredGraph graph, double[] centres, double[] widths, double margin)
    {
        this.graph = graph;
        this.widths = widths;
        var layers = graph.Order.Length;
        (left, right) = (new double[layers], new double[layers]);
        var gaps = new double[layers];
        Array.Fill(gaps, LayoutSpace.BetweenLayers);
        foreach (var chain in graph.Chains)
        {
            var gap = LabelGap(chain);
            gaps[gap] = Math.Max(gaps[gap], LayoutSpace.LabelWidth(chain.Edge.Label) + 58);
        }
        var x = margin;
        for (var layer = 0; layer < layers; layer++)
        {
            left[layer] = x;
            right[layer] = x + graph.Order[layer].Where(v => !graph.IsVirtual(v)).Select(v => widths[v]).DefaultIfEmpty(0).Max();
            x = right[layer] + gaps[layer];
        }
        Width = layers == 0 ? 2 * margin : right[^1] + margin;

        var top = centres.Select((y, v) => y - (graph.Heights[v] / 2)).DefaultIfEmpty(0).Min();
        this.centres = [.. centres.Select(y => Math.Round(y - top + margin, 1))];
        Height = this.centres.Select((y, v) => y + (graph.Heights[v] / 2)).DefaultIfEmpty(margin).Max() + margin;
        offsets = Offsets(graph);
    }

    public double Width { get; }

    public double Height { get; }

    public double Left(int node) => left[graph.Layer[node]];

    public double Centre(int vertex) => centres[vertex];

    public PlacedEdge Route(int number)
    {
        var chain = graph.Chains[number];
        var vertices = chain.Vertices;
        var (first, last) = (vertices[0], vertices[^1]);
        // Failures leave further down, so that both ways out of a node can be told apart where they begin.
        var down = chain.Edge.IsError && !chain.IsBackward ? Math.Min(graph.Heights[first] * 0.28, 24) : 0;
        var leaves = centres[first] + (offsets[number] ?? down);
        var points = new List<LayoutPoint>((vertices.Length * 2) + 2) { new(Left(first) + widths[first], leaves) };
        if (right[graph.Layer[first]] > points[0].X)
            points.Add(new(right[graph.Layer[first]], leaves));
        foreach (var vertex in vertices.AsSpan()[1..^1])
        {
            points.Add(new(left[graph.Layer[vertex]], centres[vertex]));
            if (right[graph.Layer[vertex]] > left[graph.Layer[vertex]])
                points.Add(new(right[graph.Layer[vertex]], centres[vertex]));
        }
        points.Add(new(Left(last), centres[last] + (offsets[number] ?? 0)));

        var label = LabelPoint(chain, points);
        if (chain.IsBackward)
            points.Reverse();
        return new PlacedEdge(chain.Edge, points, label, chain.IsBackward);
    }

    /// <summary>The gap between columns that holds an edge's label: before its end where many edges begin together, as that is where they are apart.</summary>
    private int LabelGap(LayeredGraph.Chain chain) => graph.Layer[chain.Vertices[0]];

    private LayoutPoint LabelPoint(LayeredGraph.Chain chain, List<LayoutPoint> points)
    {
        var gap = LabelGap(chain);
        var from = points.FindLastIndex(p => p.X <= right[gap]);
        var (a, b) = (points[from], points[from + 1]);
        // Behind the middle of the turn edges with one beginning have come apart.
        const double along = 0.62;
        return new(a.X + ((b.X - a.X) * along), Bend(a.Y, b.Y, along));
    }

    /// <summary>The height of the curve that is drawn between two points, about where it has gone a share of the width.</summary>
    private static double Bend(double from, double to, double share)
    {
        var eased = share * share * (3 - (2 * share));
        return from + ((to - from) * eased);
    }

    /// <summary>How far each of several edges with the same ends is from the middle of its box; null for one that is alone.</summary>
    private static double?[] Offsets(LayeredGraph graph)
    {
        var offsets = new double?[graph.Chains.Count];
        foreach (var group in graph.Parallels)
        {
            for (var i = 0; i < group.Length; i++)
                offsets[group[i]] = (i - ((group.Length - 1) / 2.0)) * LayoutSpace.BetweenParallels;
        }
        return offsets;
    }
}
