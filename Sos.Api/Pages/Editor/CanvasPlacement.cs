using Sos.Api.Pages.Graph;

namespace Sos.Api.Pages.Editor;

/// <summary>Where nodes and edges of a graph are drawn: where people put them, and otherwise where the layout does.</summary>
internal sealed class CanvasPlacement
{
    /// <summary>How wide a node is.</summary>
    public const double Width = NodeLook.Width;

    private const double Height = NodeLook.Height;
    private const double PortDistance = 20;
    private const double Gap = 60;

    private CanvasPlacement(IReadOnlyDictionary<string, Point> places) => Places = places;

    /// <summary>The upper left corner of every node.</summary>
    public IReadOnlyDictionary<string, Point> Places { get; }

    /// <summary>Places a graph.</summary>
    public static CanvasPlacement Of(EditorGraph graph)
    {
        var places = graph.Nodes.Where(n => n.Position is not null).ToDictionary(n => n.Id, n => n.Position!.Value, StringComparer.Ordinal);
        if (places.Count == graph.Nodes.Count)
            return new CanvasPlacement(places);
        var below = places.Count == 0 ? 0 : graph.Nodes.Where(n => n.Position is not null).Max(n => n.Position!.Value.Y + HeightOf(n)) + Gap;
        foreach (var (id, at) in Layout(graph))
            places.TryAdd(id, at with { Y = at.Y + below });
        return new CanvasPlacement(places);
    }

    /// <summary>Where the layout puts every node, whatever people did.</summary>
    public static IReadOnlyDictionary<string, Point> Layout(EditorGraph graph) =>
        GraphLayout.Place(new LayoutGraph(
                [.. graph.Nodes.Select(n => new LayoutNode(n.Id, Width, HeightOf(n)))],
                [.. graph.Edges.Select(e => new LayoutEdge(e.From, e.To, e.Port.When, e.Port.OnError))]))
            .Nodes.ToDictionary(n => n.Node.Id, n => new Point(n.X, n.Y), StringComparer.Ordinal);

    /// <summary>How high a node is: with many ports, higher.</summary>
    public static double HeightOf(EditorNode node) => Math.Max(Height, (node.Ports.Count - 1) * PortDistance + 16);

    /// <summary>A port's place on its node: branches on the right side, the error port at the bottom.</summary>
    public static Point PortOf(EditorNode node, Port port)
    {
        if (port.OnError)
            return new Point(Width - 26, HeightOf(node));
        var (count, index) = (node.Ports.Count - 1, 0);
        for (var i = 0; i < node.Ports.Count; i++)
        {
            if (node.Ports[i] == port)
                index = i;
        }
        return new Point(Width, HeightOf(node) / 2 + (index - (count - 1) / 2.0) * PortDistance);
    }

    /// <summary>Both ends of an edge.</summary>
    public (Point From, Point To) EndsOf(EditorGraph graph, EditorEdge edge)
    {
        var (from, to) = (graph.Find(edge.From)!, graph.Find(edge.To)!);
        var (a, b, port) = (Places[edge.From], Places[edge.To], PortOf(from, edge.Port));
        return (new Point(a.X + port.X, a.Y + port.Y), new Point(b.X, b.Y + HeightOf(to) / 2));
    }
}
