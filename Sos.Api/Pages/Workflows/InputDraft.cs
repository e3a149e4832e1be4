using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Api.Pages.Workflows;

/// <summary>An input to begin with, from what a workflow says it takes.</summary>
internal static class InputDraft
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>An object with each property's default, example, first choice, or an empty value of its type.</summary>
    public static string Of(JsonElement? schema)
    {
        var draft = new JsonObject();
        if (schema is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in properties.EnumerateObject())
                draft[property.Name] = Value(property.Value);
        }
        return draft.ToJsonString(Indented);
    }

    private static JsonNode? Value(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return null;
        if (schema.TryGetProperty("default", out var value))
            return JsonNode.Parse(value.GetRawText());
        foreach (var list in (string[])["examples", "enum"])
        {
            if (schema.TryGetProperty(list, out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
                return JsonNode.Parse(values[0].GetRawText());
        }
        return schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString() switch
            {
                "string" => JsonValue.Create(""),
                "integer" or "number" => JsonValue.Create(0),
                "boolean" => JsonValue.Create(false),
                "array" => new JsonArray(),
                "object" => new JsonObject(),
                _ => null,
            }
            : null;
    }
}
