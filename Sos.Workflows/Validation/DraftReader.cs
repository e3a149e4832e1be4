using System.Text.Json;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Validation;

/// <summary>Reads a definition's graph and the bodies in it as drafts, within the limits.</summary>
internal sealed class DraftReader(NodeCatalog catalog, ProblemList problems)
{
    private int nodes;
    private int edges;

    /// <summary>Reads all graphs; null when there are more nodes or edges than anyone should look at.</summary>
    public GraphDraft? Read(JsonElement definition)
    {
        var graph = new GraphDraft("", definition, null);
        return Fill(graph, 0) ? graph : null;
    }

    private bool Fill(GraphDraft graph, int depth)
    {
        foreach (var (pointer, json) in Items(graph, "nodes", ref nodes))
        {
            if (nodes > DefinitionLimits.Nodes)
                break;
            var typeName = json.TextMember("type");
            var type = typeName is not null && catalog.TryGet(typeName, out var known) ? known : null;
            graph.Nodes.Add(new NodeDraft(graph, graph.Nodes.Count, pointer, json) { Id = json.TextMember("id"), TypeName = typeName, Type = type });
        }
        if (nodes > DefinitionLimits.Nodes)
        {
            problems.Add(graph.Pointer + "/nodes", ProblemCodes.TooManyNodes, $"A workflow may have {DefinitionLimits.Nodes} nodes, bodies included; with these there are at least {nodes}. Move parts into workflows of their own.");
            return false;
        }
        foreach (var (pointer, json) in Items(graph, "edges", ref edges))
        {
            if (edges > DefinitionLimits.Edges)
                break;
            graph.Edges.Add(new EdgeDraft(pointer, json.TextMember("from"), json.TextMember("to"), json.TextMember("when"), json.TextMember("on") == "error"));
        }
        if (edges > DefinitionLimits.Edges)
        {
            problems.Add(graph.Pointer + "/edges", ProblemCodes.TooManyEdges, $"A workflow may have {DefinitionLimits.Edges} edges, bodies included; with these there are at least {edges}.");
            return false;
        }
        return graph.Nodes.All(node => FillBody(node, depth));
    }

    private bool FillBody(NodeDraft node, int depth)
    {
        if (node.Type?.BodyProperty is not { } property || node.Config is not { } config || !config.TryGetProperty(property, out var body))
            return true;
        var pointer = JsonPointer.Append(node.ConfigPointer, property);
        if (depth >= DefinitionLimits.BodyDepth)
        {
            problems.Add(pointer, ProblemCodes.BodiesTooDeep, $"Bodies may be {DefinitionLimits.BodyDepth} deep. Move the inner ones into a workflow of their own.");
            return true;
        }
        DefinitionReader.CheckBody(body, pointer, problems);
        if (body.ValueKind != JsonValueKind.Object)
            return true;
        node.Body = new GraphDraft(pointer, body, node);
        return Fill(node.Body, depth + 1);
    }

    /// <summary>The objects in an array, counted before any of them is looked at.</summary>
    private static IEnumerable<(string Pointer, JsonElement Json)> Items(GraphDraft graph, string name, ref int count)
    {
        if (graph.Json.ValueKind != JsonValueKind.Object || !graph.Json.TryGetProperty(name, out var array) || array.ValueKind != JsonValueKind.Array)
            return [];
        count += array.GetArrayLength();
        return array.EnumerateArray()
            .Select((item, i) => (Pointer: $"{graph.Pointer}/{name}/{i}", Json: item))
            .Where(item => item.Json.ValueKind == JsonValueKind.Object);
    }
}
