namespace Sos.Api.Pages.Graph;

/// <summary>
/// Lays a graph out in columns, from left to right: layers by longest path, few crossings by barycentres, straight
/// edges by alignment (Sugiyama's method with the coordinates of Brandes and Köpf). The same graph always comes out
/// the same.
/// </summary>
internal static class GraphLayout
{
    /// <summary>Places every box and every way of a graph.</summary>
    public static PlacedGraph Place(LayoutGraph graph) => Place(graph, depth: 0, LayoutSpace.Margin);

    private static PlacedGraph Place(LayoutGraph graph, int depth, double margin)
    {
        var bodies = new PlacedGraph?[graph.Nodes.Count];
        var widths = new double[graph.Nodes.Count];
        var heights = new double[graph.Nodes.Count];
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            var node = graph.Nodes[i];
            (widths[i], heights[i]) = (node.Width, node.Height);
            if (node.Body is not { Nodes.Count: > 0 } body)
                continue;
            bodies[i] = Place(body, depth + 1, LayoutSpace.BodyPadding);
            widths[i] = Math.Max(node.Width, bodies[i]!.Width);
            heights[i] = Math.Max(node.Height, LayoutSpace.Head + bodies[i]!.Height);
        }

        var layers = LayeredGraph.From(graph, heights);
        CrossingReduction.Run(layers);
        var centres = CoordinateAssignment.Run(layers);
        var routing = new EdgeRouting(layers, centres, widths, margin);

        var nodes = new List<PlacedNode>();
        var edges = new List<PlacedEdge>();
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            var placed = new PlacedNode(graph.Nodes[i], routing.Left(i), routing.Centre(i) - (layers.Heights[i] / 2), widths[i], layers.Heights[i], layers.Layer[i], depth);
            nodes.Add(placed);
            if (bodies[i] is { } body)
                Shift(body, placed, nodes, edges);
        }
        for (var i = 0; i < layers.Chains.Count; i++)
            edges.Add(routing.Route(i));
        return new PlacedGraph(routing.Width, routing.Height, nodes, edges);
    }

    /// <summary>Takes a body over into the coordinates of the box around it.</summary>
    private static void Shift(PlacedGraph body, PlacedNode around, List<PlacedNode> nodes, List<PlacedEdge> edges)
    {
        var (x, y) = (around.X + ((around.Width - body.Width) / 2), around.Y + LayoutSpace.Head);
        nodes.AddRange(body.Nodes.Select(n => n with { X = n.X + x, Y = n.Y + y }));
        edges.AddRange(body.Edges.Select(e => e with
        {
            Points = [.. e.Points.Select(Move)],
            LabelAt = Move(e.LabelAt),
        }));

        LayoutPoint Move(LayoutPoint point) => new(point.X + x, point.Y + y);
    }
}
