using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Graph;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Api.Pages.Workflows;

/// <summary>Two versions of a workflow as one graph that holds the nodes and edges of both, and what sets each apart.</summary>
internal sealed class VersionDifference
{
    private const string Added = "added", Removed = "removed", Changed = "changed";

    private readonly Dictionary<string, NodeState> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<EdgeDefinition, string> edges = [];
    private readonly NodeCatalog catalog;
    private readonly Dictionary<string, NodeDefinition> before;
    private readonly Dictionary<string, NodeDefinition> after;

    private VersionDifference(GraphDefinition before, GraphDefinition after, NodeCatalog catalog)
    {
        this.catalog = catalog;
        this.before = ById(before);
        this.after = ById(after);
        Graph = Union(before, after);
    }

    /// <summary>The later version's graph, and what it has no more.</summary>
    public GraphDefinition Graph { get; }

    /// <summary>Compares two versions' graphs, bodies included. Where nodes are drawn in the editor makes no difference.</summary>
    public static VersionDifference Between(GraphDefinition before, GraphDefinition after, NodeCatalog catalog) => new(before, after, catalog);

    /// <summary>What is painted on a node; null where it is as it was.</summary>
    public NodeState? Of(string nodeId) => nodes.GetValueOrDefault(nodeId);

    /// <summary>The mark of an edge; null where it is as it was.</summary>
    public string? Of(EdgeDefinition edge) => edges.GetValueOrDefault(edge);

    /// <summary>What differs, in a few words each, with its mark: <c>2 nodes added</c>.</summary>
    public IReadOnlyList<(string Mark, string Words)> Summary =>
    [
        .. new[] { Added, Removed, Changed }.Select(mark => (mark, Words(nodes.Values.Count(n => n.Mark == mark), "node", mark))).Where(s => s.Item2 is not null).Select(s => (s.mark, s.Item2!)),
        .. new[] { Added, Removed }.Select(mark => (mark, Words(edges.Values.Count(m => m == mark), "edge", mark))).Where(s => s.Item2 is not null).Select(s => (s.mark, s.Item2!)),
    ];

    private static string? Words(int count, string what, string mark) => count switch
    {
        0 => null,
        1 => $"1 {what} {mark}",
        _ => $"{count} {what}s {mark}",
    };

    private Dictionary<string, NodeDefinition> ById(GraphDefinition graph) =>
        graph.Nodes.SelectMany(n => n.WithBody(catalog)).DistinctBy(n => n.Id).ToDictionary(n => n.Id, StringComparer.Ordinal);

    private GraphDefinition Union(GraphDefinition old, GraphDefinition now)
    {
        var both = new List<NodeDefinition>(now.Nodes.Count);
        foreach (var node in now.Nodes)
        {
            var was = before.GetValueOrDefault(node.Id);
            if (was is null)
                nodes[node.Id] = new NodeState("", Added, 0, Added);
            else if (Differences(was, node, isElsewhere: old.Nodes.All(n => n.Id != node.Id)) is { Count: > 0 } names)
                nodes[node.Id] = new NodeState("", string.Join(", ", names) + " " + Changed, 0, Changed);
            both.Add(WithBody(was, node));
        }
        foreach (var node in old.Nodes.Where(n => !after.ContainsKey(n.Id)))
        {
            nodes[node.Id] = new NodeState("", Removed, 0, Removed);
            both.Add(WithBody(node, null));
        }
        foreach (var edge in now.Edges.Except(old.Edges))
            edges[edge] = Added;
        foreach (var edge in old.Edges.Except(now.Edges))
            edges[edge] = Removed;
        return new GraphDefinition { Nodes = both, Edges = [.. now.Edges.Union(old.Edges)], Output = now.Output };
    }

    /// <summary>A node with the bodies of both in its place.</summary>
    private NodeDefinition WithBody(NodeDefinition? was, NodeDefinition? now)
    {
        var (node, nothing) = (now ?? was!, new GraphDefinition());
        var (oldBody, newBody) = (was is null ? null : GraphModel.Body(was, catalog), now is null ? null : GraphModel.Body(now, catalog));
        if (oldBody is null && newBody is null || !catalog.TryGet(node.Type, out var type) || type.BodyProperty is not { } property)
            return node;
        var config = JsonObject.Create(node.Config)!;
        config[property] = JsonSerializer.SerializeToNode(Union(oldBody ?? nothing, newBody ?? nothing), DefinitionJson.Default.GraphDefinition);
        return node with { Config = JsonElement.Parse(config.ToJsonString()) };
    }

    /// <summary>The names of the settings in which a node differs. What is in its body is the body's own.</summary>
    private List<string> Differences(NodeDefinition was, NodeDefinition now, bool isElsewhere)
    {
        var (a, b) = (Own(was), Own(now));
        var names = b.Select(p => p.Key).Union(a.Select(p => p.Key)).Where(name => !JsonNode.DeepEquals(a[name], b[name])).ToList();
        if (isElsewhere)
            names.Add("place");
        return names;
    }

    private JsonObject Own(NodeDefinition node)
    {
        var own = (JsonObject)JsonSerializer.SerializeToNode(node with { Position = null }, DefinitionJson.Default.NodeDefinition)!;
        if (catalog.TryGet(node.Type, out var type) && type.BodyProperty is { } property && own["config"] is JsonObject config && config[property] is JsonObject body)
        {
            body.Remove("nodes");
            body.Remove("edges");
        }
        return own;
    }
}
