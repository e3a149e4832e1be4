using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sos.Api.Pages.Json;

/// <summary>A place in which two documents differ.</summary>
/// <param name="Path">Where, as an expression would name it; empty for the whole.</param>
/// <param name="Left">What the first has; null where it has nothing.</param>
/// <param name="Right">What the second has; null where it has nothing.</param>
internal sealed record JsonDifference(string Path, JsonElement? Left, JsonElement? Right)
{
    /// <summary>The places in which two documents differ, in the first one's order.</summary>
    /// <param name="left">The first; null for none.</param>
    /// <param name="right">The second; null for none.</param>
    /// <param name="most">How many to look for.</param>
    public static IReadOnlyList<JsonDifference> Between(JsonElement? left, JsonElement? right, int most)
    {
        var found = new List<JsonDifference>();
        Compare("", left, right, found, most);
        return found;
    }

    private static void Compare(string path, JsonElement? left, JsonElement? right, List<JsonDifference> found, int most)
    {
        if (found.Count >= most)
            return;
        switch (left, right)
        {
            case ({ ValueKind: JsonValueKind.Object } a, { ValueKind: JsonValueKind.Object } b):
                foreach (var property in a.EnumerateObject())
                    Compare(JsonPath.Property(path, property.Name), property.Value, b.TryGetProperty(property.Name, out var other) ? other : null, found, most);
                foreach (var property in b.EnumerateObject())
                {
                    if (!a.TryGetProperty(property.Name, out _))
                        Compare(JsonPath.Property(path, property.Name), null, property.Value, found, most);
                }
                break;
            case ({ ValueKind: JsonValueKind.Array } a, { ValueKind: JsonValueKind.Array } b):
                using (var x = a.EnumerateArray())
                using (var y = b.EnumerateArray())
                {
                    for (var i = 0; found.Count < most; i++)
                    {
                        JsonElement? one = x.MoveNext() ? x.Current : null;
                        JsonElement? two = y.MoveNext() ? y.Current : null;
                        if (one is null && two is null)
                            break;
                        Compare(JsonPath.Item(path, i), one, two, found, most);
                    }
                }
                break;
            case (null, null):
                break;
            default:
                if (left is null || right is null || !JsonElement.DeepEquals(left.Value, right.Value))
                    found.Add(new JsonDifference(path, left, right));
                break;
        }
    }
}

/// <summary>Paths into documents, as expressions write them.</summary>
internal static class JsonPath
{
    /// <summary>The path of an object's property.</summary>
    public static string Property(string parent, string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? parent.Length == 0 ? name : $"{parent}.{name}"
            : $"{parent}[\"{JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"]";

    /// <summary>The path of an array's item.</summary>
    public static string Item(string parent, int index) => string.Create(CultureInfo.InvariantCulture, $"{parent}[{index}]");
}
