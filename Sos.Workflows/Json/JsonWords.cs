using System.Globalization;
using System.Text.Json;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Json;

/// <summary>JSON values in words, for messages.</summary>
internal static class JsonWords
{
    private const int LongestExcerpt = 40;

    /// <summary>A value in a few words, such as <c>the string "GET"</c> or <c>an array of 3 items</c>.</summary>
    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"the string {Quote(value.GetString()!)}",
        JsonValueKind.Number => $"the number {Excerpt(value.GetRawText())}",
        JsonValueKind.Array => value.GetArrayLength() switch
        {
            0 => "an empty array",
            1 => "an array of 1 item",
            var count => string.Create(CultureInfo.InvariantCulture, $"an array of {count} items"),
        },
        _ => DescribeType(value),
    };

    /// <summary>A value's type, such as <c>a string</c>.</summary>
    public static string DescribeType(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    /// <summary>The start of a text in double quotes.</summary>
    public static string Quote(string text) => $"\"{Excerpt(text.ReplaceLineEndings(" "))}\"";

    /// <summary>Texts as a list for reading: <c>a</c>, <c>a or b</c>, <c>a, b or c</c>.</summary>
    public static string Or(IReadOnlyList<string> texts) => Join(texts, "or");

    /// <summary>Texts as a list for reading: <c>a</c>, <c>a and b</c>, <c>a, b and c</c>.</summary>
    public static string And(IReadOnlyList<string> texts) => Join(texts, "and");

    /// <summary>A count with its noun: <c>1 item</c>, <c>3 items</c>.</summary>
    public static string Count(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>A question to append that names the candidate nearest to <paramref name="name"/>; empty when none is near.</summary>
    public static string DidYouMean(string name, IEnumerable<string> candidates) =>
        Suggestions.Nearest(name, candidates) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    private static string Join(IReadOnlyList<string> texts, string last) => texts.Count switch
    {
        0 => "nothing",
        1 => texts[0],
        _ => $"{string.Join(", ", texts.Take(texts.Count - 1))} {last} {texts[^1]}",
    };

    private static string Excerpt(string text)
    {
        if (text.Length <= LongestExcerpt)
            return text;
        var length = char.IsHighSurrogate(text[LongestExcerpt - 1]) ? LongestExcerpt - 1 : LongestExcerpt;
        return text[..length] + "…";
    }
}
