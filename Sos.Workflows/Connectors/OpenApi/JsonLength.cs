using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>How long values of a document are, without writing them.</summary>
internal static class JsonLength
{
    /// <summary>Whether a value takes at most so many characters as JSON; looks no further than that.</summary>
    public static bool IsWithin(JsonNode? node, int characters) => Left(node, characters) >= 0;

    private static int Left(JsonNode? node, int left) => node switch
    {
        null => left - 4,
        JsonArray items => Left(items, left),
        JsonObject members => Left(members, left),
        JsonValue value when value.TryGetValue<JsonElement>(out var element) => left - JsonMarshal.GetRawUtf8Value(element).Length,
        JsonValue value when value.TryGetValue<string>(out var text) => left - text.Length - 2,
        _ => left - 32, // a number of the program's own types
    };

    private static int Left(JsonArray items, int left)
    {
        left -= 2 + items.Count;
        for (var i = 0; i < items.Count && left >= 0; i++)
            left = Left(items[i], left);
        return left;
    }

    private static int Left(JsonObject members, int left)
    {
        left -= 2;
        foreach (var (name, value) in members)
        {
            if (left < 0)
                break;
            left = Left(value, left - name.Length - 4);
        }
        return left;
    }
}
