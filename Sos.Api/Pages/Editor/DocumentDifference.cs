using System.Text.Json.Nodes;

namespace Sos.Api.Pages.Editor;

/// <summary>What one document has otherwise than another, in a few sentences.</summary>
internal static class DocumentDifference
{
    private const int Most = 30;

    /// <summary>Compares documents; says what the second has added, taken away and changed.</summary>
    public static IReadOnlyList<string> Between(EditorDocument before, EditorDocument after)
    {
        var (old, now) = (ById(before), ById(after));
        var lines = now.Keys.Except(old.Keys).Select(id => $"node '{id}' added")
            .Concat(old.Keys.Except(now.Keys).Select(id => $"node '{id}' missing"))
            .Concat(now.Where(n => old.TryGetValue(n.Key, out var was) && !JsonNode.DeepEquals(was, n.Value)).Select(n => $"node '{n.Key}' changed: {string.Join(", ", Changed(old[n.Key], n.Value))}"))
            .Concat(Edges(after).Except(Edges(before)).Select(e => $"edge {e} added"))
            .Concat(Edges(before).Except(Edges(after)).Select(e => $"edge {e} missing"))
            .Concat(Changed(before.Root, after.Root).Where(name => name is not ("nodes" or "edges")).Select(name => $"{name} changed"))
            .ToList();
        return lines.Count == 0 ? ["nothing that differs"] : lines.Count <= Most ? lines : [.. lines.Take(Most), $"and {lines.Count - Most} more"];
    }

    private static Dictionary<string, JsonObject> ById(EditorDocument document) => document.AllNodes(document.Root)
        .Select(n => n.Node).Where(n => EditorJson.Text(n, "id") is not null).DistinctBy(n => EditorJson.Text(n, "id"))
        .ToDictionary(n => EditorJson.Text(n, "id")!, StringComparer.Ordinal);

    private static IEnumerable<string> Edges(EditorDocument document) => EditorJson.Edges(document.Root)
        .Select(e => $"{EditorJson.Text(e, "from")} → {EditorJson.Text(e, "to")}{(EditorJson.Text(e, "when") is { } when ? $" on {when}" : "")}{(EditorJson.Text(e, "on") == "error" ? " on error" : "")}");

    private static IEnumerable<string> Changed(JsonObject before, JsonObject after) => before.Select(p => p.Key).Union(after.Select(p => p.Key))
        .Where(name => !JsonNode.DeepEquals(before[name], after[name]));
}
