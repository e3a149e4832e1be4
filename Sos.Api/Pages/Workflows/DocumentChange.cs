using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Api.Pages.Workflows;

/// <summary>A place in which a definition differs from another version of it.</summary>
/// <param name="Pointer">Where: in the later version, and for what is gone in the earlier one.</param>
/// <param name="Node">The innermost node that it is in; null for none.</param>
/// <param name="Before">What was there; null for nothing.</param>
/// <param name="After">What is there; null for nothing.</param>
internal sealed record DocumentChange(string Pointer, string? Node, JsonElement? Before, JsonElement? After)
{
    /// <summary>
    /// Where two versions differ, in the later one's order and edges last. Nodes are the same by their id and edges by their ends, not
    /// by their place in the list.
    /// </summary>
    /// <param name="before">The earlier version.</param>
    /// <param name="after">The later one.</param>
    /// <param name="most">How many places to look for.</param>
    public static IReadOnlyList<DocumentChange> Between(JsonElement before, JsonElement after, int most)
    {
        var found = new List<DocumentChange>();
        Compare("", "", null, before, after, found, most);
        // What nodes do is looked for before how they are connected.
        return [.. found.OrderBy(c => c.Pointer.Contains("/edges/", StringComparison.Ordinal))];
    }

    private static void Compare(string at, string was, string? node, JsonElement before, JsonElement after, List<DocumentChange> found, int most)
    {
        if (found.Count >= most)
            return;
        node = NodeId(after) ?? node;
        switch (before.ValueKind, after.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                foreach (var property in after.EnumerateObject())
                {
                    var pointer = JsonPointer.Append(at, property.Name);
                    if (before.TryGetProperty(property.Name, out var other))
                        Compare(pointer, JsonPointer.Append(was, property.Name), node, other, property.Value, found, most);
                    else
                        Add(new DocumentChange(pointer, node, null, property.Value), found, most);
                }
                foreach (var property in before.EnumerateObject().Where(p => !after.TryGetProperty(p.Name, out _)))
                    Add(new DocumentChange(JsonPointer.Append(was, property.Name), node, property.Value, null), found, most);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                CompareLists(at, was, node, before, after, found, most);
                break;
            default:
                if (!JsonElement.DeepEquals(before, after))
                    Add(new DocumentChange(at, node, before, after), found, most);
                break;
        }
    }

    private static void CompareLists(string at, string was, string? node, JsonElement before, JsonElement after, List<DocumentChange> found, int most)
    {
        var old = Keyed(before);
        var now = Keyed(after);
        foreach (var (key, (index, value)) in now)
        {
            var pointer = JsonPointer.Append(at, index);
            if (old.TryGetValue(key, out var other))
                Compare(pointer, JsonPointer.Append(was, other.Index), node, other.Value, value, found, most);
            else
                Add(new DocumentChange(pointer, NodeId(value) ?? node, null, value), found, most);
        }
        foreach (var (key, (index, value)) in old)
        {
            if (!now.ContainsKey(key))
                Add(new DocumentChange(JsonPointer.Append(was, index), NodeId(value) ?? node, value, null), found, most);
        }
    }

    /// <summary>Items by what makes them the same: their id, the ends of an edge (counted, as there may be several alike), or else their place.</summary>
    private static Dictionary<(string, int), (int Index, JsonElement Value)> Keyed(JsonElement list)
    {
        var items = new Dictionary<(string, int), (int, JsonElement)>();
        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var key = NodeId(item) is { } id ? "node " + id
                : item.TextMember("from") is { } from && item.TextMember("to") is { } to ? $"edge {from} {to} {item.TextMember("when")} {item.TextMember("on")}"
                : "item";
            var count = 0;
            while (!items.TryAdd((key, count), (index, item)))
                count++;
        }
        return items;
    }

    private static void Add(DocumentChange change, List<DocumentChange> found, int most)
    {
        if (found.Count < most)
            found.Add(change);
    }

    private static string? NodeId(JsonElement value) => value.TextMember("type") is not null ? value.TextMember("id") : null;
}
