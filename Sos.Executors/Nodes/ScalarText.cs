using System.Text.Json;

namespace Sos.Executors.Nodes;

/// <summary>JSON values as text: where a config wants text, numbers and booleans do as well.</summary>
internal static class ScalarText
{
    /// <summary>A string as it is, a number or boolean as JSON writes it; null for null, and for lists and objects, which are no scalars.</summary>
    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>What a value is, for error messages: “a list”.</summary>
    public static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    /// <summary>Whether a config's value holds an expression, so that what it will be is not known yet.</summary>
    public static bool IsTemplate(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Contains("{{", StringComparison.Ordinal);
}
