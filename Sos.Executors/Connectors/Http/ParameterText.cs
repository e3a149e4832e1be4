using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;

namespace Sos.Executors.Connectors.Http;

/// <summary>Values as they stand in a query, a header or a form.</summary>
internal static class ParameterText
{
    /// <summary>The pairs that a value becomes; none for null.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Pairs(string name, JsonElement value, ListStyle style)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            return [];
        if (ScalarText.Of(value) is { } text)
            return [new(name, text)];
        if (style == ListStyle.Json)
            return [new(name, value.GetRawText())];
        if (value.ValueKind == JsonValueKind.Object)
            return value.EnumerateObject().SelectMany(member => Nested($"{name}[{member.Name}]", member.Value));
        return style switch
        {
            ListStyle.Comma => Joined(name, value, ','),
            ListStyle.Space => Joined(name, value, ' '),
            ListStyle.Pipe => Joined(name, value, '|'),
            ListStyle.Brackets => value.EnumerateArray().SelectMany(item => ScalarText.Of(item) is { } one ? [new($"{name}[]", one)] : Nested($"{name}[]", item)),
            _ => value.EnumerateArray().SelectMany((item, index) => ScalarText.Of(item) is { } one ? [new(name, one)] : Nested($"{name}[{index}]", item)),
        };
    }

    /// <summary>The text that a value is in a header or path; null for null.</summary>
    public static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(v => ScalarText.Of(v) ?? v.GetRawText())),
        _ => ScalarText.Of(value) ?? value.GetRawText(),
    };

    private static IEnumerable<KeyValuePair<string, string>> Nested(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Nested($"{name}[{member.Name}]", member.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, index) => Nested(ScalarText.Of(item) is null ? $"{name}[{index}]" : $"{name}[]", item)),
        _ => ScalarText.Of(value) is { } text ? [new(name, text)] : [],
    };

    private static IEnumerable<KeyValuePair<string, string>> Joined(string name, JsonElement list, char separator) =>
        list.GetArrayLength() == 0 ? [] : [new(name, string.Join(separator, list.EnumerateArray().Select(v => ScalarText.Of(v) ?? v.GetRawText())))];
}
