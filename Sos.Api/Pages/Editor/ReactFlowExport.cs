using System.Text.Json.Nodes;

namespace Sos.Api.Pages.Editor;

/// <summary>Writes a definition in React Flow's shape, which the import reads back.</summary>
internal static class ReactFlowExport
{
    /// <summary>Writes the document. Nodes that were never placed are where the layout puts them.</summary>
    public static string Write(EditorDocument document)
    {
        var graph = document.Graph(GraphScope.Workflow);
        var places = CanvasPlacement.Of(graph).Places;
        var root = new JsonObject();
        foreach (var (name, value) in document.Root.Where(p => p.Key is not ("nodes" or "edges")))
            root[name] = value?.DeepClone();
        root["nodes"] = new JsonArray([.. EditorJson.Nodes(document.Root).Select(n => Node(n, places))]);
        root["edges"] = new JsonArray([.. EditorJson.Edges(document.Root).Select(Edge)]);
        return root.ToJsonString(EditorDocument.Indented);
    }

    private static JsonObject Node(JsonObject node, IReadOnlyDictionary<string, Point> places)
    {
        var id = EditorJson.Text(node, "id") ?? "";
        var data = new JsonObject { ["type"] = node["type"]?.DeepClone(), ["label"] = EditorJson.Text(node, "name") ?? id };
        foreach (var name in (string[])["config", "retry", "timeout", "join"])
        {
            if (node[name] is { } value)
                data[name] = value.DeepClone();
        }
        return new JsonObject { ["id"] = id, ["type"] = "default", ["position"] = EditorCommands.Position(places.GetValueOrDefault(id)), ["data"] = data };
    }

    private static JsonObject Edge(JsonObject edge, int index)
    {
        var written = new JsonObject { ["id"] = "e" + index, ["source"] = edge["from"]?.DeepClone(), ["target"] = edge["to"]?.DeepClone() };
        if (EditorJson.Text(edge, "on") == "error")
            written["sourceHandle"] = "error";
        else if (EditorJson.Text(edge, "when") is { } when)
            written["sourceHandle"] = when;
        return written;
    }
}
