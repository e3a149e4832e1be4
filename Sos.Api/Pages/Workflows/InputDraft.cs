using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Json;

namespace Sos.Api.Pages.Workflows;

/// <summary>An input to begin with, from what a workflow says it takes.</summary>
internal static class InputDraft
{
    private const int Deepest = 20;

    /// <summary>
    /// The schema's own default or first example, or else an object with what is known without asking: defaults, and of
    /// what is required the only value, the first example, and empty lists and objects. What is left out is to be filled in.
    /// </summary>
    public static string Of(JsonElement? schema) =>
        (schema is { } given ? Value(given, isRequired: true, Deepest) ?? new JsonObject() : new JsonObject()).ToJsonString(JsonEdit.Indented);

    private static JsonNode? Value(JsonElement schema, bool isRequired, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth == 0)
            return null;
        if (schema.TryGetProperty("default", out var value))
            return JsonNode.Parse(value.GetRawText());
        if (!isRequired)
            return null;
        if (schema.TryGetProperty("const", out var only))
            return JsonNode.Parse(only.GetRawText());
        if (schema.TryGetProperty("examples", out var examples) && examples.ValueKind == JsonValueKind.Array && examples.GetArrayLength() > 0)
            return JsonNode.Parse(examples[0].GetRawText());
        if (schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
            return Properties(schema, properties, depth);
        return schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString() switch { "array" => new JsonArray(), "object" => new JsonObject(), _ => null }
            : null;
    }

    private static JsonObject Properties(JsonElement schema, JsonElement properties, int depth)
    {
        var required = schema.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!).ToHashSet(StringComparer.Ordinal)
            : [];
        var draft = new JsonObject();
        foreach (var property in properties.EnumerateObject())
        {
            if (Value(property.Value, required.Contains(property.Name), depth - 1) is { } value)
                draft[property.Name] = value;
        }
        return draft;
    }
}
