using System.Text.Json.Nodes;
using Sos.Api.Pages.Json;

namespace Sos.Api.Pages.Editor;

/// <summary>Reading and changing a definition that may be wrong anywhere.</summary>
internal static class EditorJson
{
    /// <summary>A property's text; null where it is none.</summary>
    public static string? Text(JsonObject owner, string name) => Text(owner[name]);

    /// <summary>A text; null for anything else.</summary>
    public static string? Text(JsonNode? node) => JsonEdit.Text(node);

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
}
