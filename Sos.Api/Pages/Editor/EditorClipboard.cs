using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Editor;

/// <summary>Copying nodes with the edges between them, as text that other programs can keep, too.</summary>
internal static class EditorClipboard
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DefinitionLimits.Nesting, AllowDuplicateProperties = false };

    /// <summary>Some nodes and the edges between them, as JSON; empty where there are none.</summary>
    public static string Copy(EditorDocument document, GraphScope scope, IReadOnlySet<string> ids)
    {
        if (document.Holder(scope) is not { } holder)
            return "";
        JsonNode[] nodes = [.. EditorJson.Nodes(holder).Where(n => ids.Contains(EditorJson.Text(n, "id") ?? "")).Select(n => n.DeepClone())];
        JsonNode[] edges = [.. EditorJson.Edges(holder).Where(e => ids.Contains(EditorJson.Text(e, "from") ?? "") && ids.Contains(EditorJson.Text(e, "to") ?? "")).Select(e => e.DeepClone())];
        return nodes.Length == 0 ? "" : new JsonObject { ["nodes"] = new JsonArray(nodes), ["edges"] = new JsonArray(edges) }.ToJsonString();
    }

    /// <summary>
    /// Puts copied nodes into a graph, a little beside where they were. They get ids that are free, and what they say
    /// about each other goes along; what they say about other nodes stays.
    /// </summary>
    /// <returns>The document and the new nodes' ids; the very document where the text holds no nodes.</returns>
    public static (EditorDocument Document, IReadOnlyList<string> Ids) Paste(EditorDocument document, GraphScope scope, string text, Point shift)
    {
        if (document.Holder(scope) is null || Read(text) is not { } copied)
            return (document, []);
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (_, node) in document.AllNodes(copied))
        {
            if (EditorJson.Text(node, "id") is { Length: > 0 } id && !ids.ContainsKey(id))
                ids[id] = EditorCommands.FreeId(document, id, ids.Values);
        }
        EditorCommands.RenameReferences(copied, ids);
        foreach (var (holder, node) in document.AllNodes(copied).ToList())
        {
            if (EditorJson.Text(node, "id") is { } id && ids.TryGetValue(id, out var fresh))
                node["id"] = fresh;
            if (ReferenceEquals(holder, copied) && node["position"] is JsonObject at && EditorJson.Number(at["x"]) is { } x && EditorJson.Number(at["y"]) is { } y)
                node["position"] = EditorCommands.Position(new Point(x + shift.X, y + shift.Y));
        }
        foreach (var edge in document.AllNodes(copied).Select(n => n.Holder).Append(copied).Distinct().SelectMany(EditorJson.Edges))
            EditorCommands.RenameEnds(edge, ids);
        string[] pasted = [.. EditorJson.Nodes(copied).Select(n => EditorJson.Text(n, "id")).OfType<string>()];
        return (EditorCommands.Change(document, scope, holder =>
        {
            foreach (var name in (string[])["nodes", "edges"])
            {
                var list = EditorJson.List(holder, name);
                foreach (var item in ((copied[name] as JsonArray) ?? []).OfType<JsonObject>())
                    list.Add(item.DeepClone());
            }
        }), pasted);
    }

    private static JsonObject? Read(string text)
    {
        if (text.Length is 0 or > DefinitionLimits.Bytes || !text.TrimStart().StartsWith('{'))
            return null;
        try
        {
            return JsonNode.Parse(text, null, Reading) is JsonObject read && EditorJson.Nodes(read).Any() ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
