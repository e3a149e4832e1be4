using System.Text.Json;
using Sos.Workflows.Definitions;

namespace Sos.Workflows.Nodes;

/// <summary>Nodes together with those in their bodies.</summary>
public static class NestedNodes
{
    /// <summary>A node and, where its type runs a body, the nodes in it, at any depth.</summary>
    public static IEnumerable<NodeDefinition> WithBody(this NodeDefinition node, NodeCatalog catalog)
    {
        yield return node;
        if (catalog.TryGet(node.Type, out var type) && type.BodyProperty is { } property
            && node.Config.ValueKind == JsonValueKind.Object && node.Config.TryGetProperty(property, out var body)
            && body.Deserialize(DefinitionJson.Default.GraphDefinition) is { } graph)
        {
            foreach (var inner in graph.Nodes.SelectMany(n => n.WithBody(catalog)))
                yield return inner;
        }
    }
}
