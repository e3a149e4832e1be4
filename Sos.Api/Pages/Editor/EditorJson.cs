using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Json;

namespace Sos.Api.Pages.Editor;

/// <summary>Reading and changing a definition that may be wrong anywhere.</summary>
internal static class EditorJson
{
    /// <summary>A property's text; null where it is none.</summary>
    public static string? Text(JsonObject owner, string name) => Text(owner[name]);

    /// <summary>A text; null for anything else.</summary>
    public static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    /// <summary>A number; null for anything else.</summary>
    public static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) && double.IsFinite(number) ? number : null;

    /// <summary>The nodes of a graph that are objects.</summary>
    public static IEnumerable<JsonObject> Nodes(JsonObject holder) => (holder["nodes"] as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>The edges of a graph that are objects.</summary>
    public static IEnumerable<JsonObject> Edges(JsonObject holder) => (holder["edges"] as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <summary>An array of a graph, made where there is none.</summary>
    public static JsonArray List(JsonObject holder, string name)
    {
        if (holder[name] is JsonArray there)
            return there;
        var made = new JsonArray();
        holder[name] = made;
        return made;
    }

    /// <summary>What is at a pointer; null where there is nothing (or a JSON null).</summary>
    public static JsonNode? At(JsonNode? root, string pointer)
    {
        foreach (var segment in JsonPointer.Segments(pointer))
        {
            root = root switch
            {
                JsonObject o => o[segment],
                JsonArray a when int.TryParse(segment, out var i) && i >= 0 && i < a.Count => a[i],
                _ => null,
            };
        }
        return root;
    }

    /// <summary>Puts a value at a pointer. Objects on the way are made where they are missing; <c>-</c> is the end of an array.</summary>
    public static void Set(JsonObject root, string pointer, JsonNode? value)
    {
        var segments = JsonPointer.Segments(pointer);
        JsonNode holder = root;
        for (var i = 0; i < segments.Length - 1; i++)
        {
            var next = At(holder, JsonPointer.Append("", segments[i]));
            if (next is not (JsonObject or JsonArray))
            {
                next = new JsonObject();
                Put(holder, segments[i], next);
            }
            holder = next;
        }
        Put(holder, segments[^1], value);
    }

    /// <summary>Takes away what is at a pointer; an object that it leaves empty and that was optional stays.</summary>
    public static void Remove(JsonObject root, string pointer)
    {
        var segments = JsonPointer.Segments(pointer);
        switch (At(root, string.Concat(segments.SkipLast(1).Select(s => JsonPointer.Append("", s)))))
        {
            case JsonObject o:
                o.Remove(segments[^1]);
                break;
            case JsonArray a when int.TryParse(segments[^1], out var index) && index >= 0 && index < a.Count:
                a.RemoveAt(index);
                break;
        }
    }

    private static void Put(JsonNode holder, string segment, JsonNode? value)
    {
        switch (holder)
        {
            case JsonObject o:
                o[segment] = value;
                break;
            case JsonArray a when int.TryParse(segment, out var index) && index >= 0 && index < a.Count:
                a[index] = value;
                break;
            case JsonArray a:
                a.Add(value);
                break;
        }
    }
}
