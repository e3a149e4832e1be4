using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Api.Pages.Graph;

/// <summary>A definition's graph as it is drawn: its layout, and what each box and each way stands for.</summary>
internal sealed class GraphModel
{
    private readonly Dictionary<string, NodeLook> looks = new(StringComparer.Ordinal);
    private readonly Dictionary<LayoutEdge, EdgeDefinition> edges = new(ReferenceEqualityComparer.Instance);
    private readonly Func<string, GraphDefinition?> bodyOf;
    private readonly NodeCatalog catalog;
    private readonly bool compact;

    private GraphModel(NodeCatalog catalog, bool compact, Func<string, GraphDefinition?> bodyOf) =>
        (this.catalog, this.compact, this.bodyOf) = (catalog, compact, bodyOf);

    /// <summary>Boxes and ways with their coordinates.</summary>
    public PlacedGraph Placed { get; private set; } = new(0, 0, [], []);

    /// <summary>What a box shows.</summary>
    public NodeLook this[PlacedNode node] => looks[node.Node.Id];

    /// <summary>The definition's edge that a way stands for.</summary>
    public EdgeDefinition this[PlacedEdge edge] => edges[edge.Edge];

    /// <summary>Lays a graph out.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="catalog">The node types.</param>
    /// <param name="compact">Whether boxes are small.</param>
    /// <param name="bodyOf">The graph to be drawn within a node; null to draw none.</param>
    public static GraphModel From(GraphDefinition graph, NodeCatalog catalog, bool compact, Func<string, GraphDefinition?> bodyOf)
    {
        var model = new GraphModel(catalog, compact, bodyOf);
        model.Placed = GraphLayout.Place(model.Layout(graph, prefix: ""));
        return model;
    }

    /// <summary>The body of a node whose type has one, such as a <c>foreach</c>; null for others and for one that can't be read.</summary>
    public static GraphDefinition? Body(NodeDefinition node, NodeCatalog catalog)
    {
        if (!catalog.TryGet(node.Type, out var type) || type.BodyProperty is not { } property
            || node.Config.ValueKind != JsonValueKind.Object || !node.Config.TryGetProperty(property, out var body) || body.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return body.Deserialize(DefinitionJson.Default.GraphDefinition);
        }
        catch (JsonException)
        {
            // A draft is drawn as far as it goes; what is wrong with it is said where it is checked.
            return null;
        }
    }

    private LayoutGraph Layout(GraphDefinition graph, string prefix)
    {
        var nodes = new List<LayoutNode>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            var id = prefix + node.Id;
            var look = NodeLook.Of(node, id, catalog, compact);
            if (!looks.TryAdd(id, look))
                continue;
            var body = bodyOf(id);
            // What a called workflow consists of has ids of its own; a foreach's body shares those of its workflow.
            var inner = body is null ? null : Layout(body, look.HasOwnBody ? prefix : id + "/");
            nodes.Add(new LayoutNode(id, compact ? NodeLook.CompactWidth : NodeLook.Width, compact ? NodeLook.CompactHeight : NodeLook.Height, inner));
        }
        var ways = new List<LayoutEdge>(graph.Edges.Count);
        foreach (var edge in graph.Edges)
        {
            var way = new LayoutEdge(prefix + edge.From, prefix + edge.To, edge.When, edge.On == EdgeTrigger.Error);
            edges.Add(way, edge);
            ways.Add(way);
        }
        return new LayoutGraph(nodes, ways);
    }
}
