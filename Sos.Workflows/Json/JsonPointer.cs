using System.Globalization;
using System.Text.Json;

namespace Sos.Workflows.Json;

/// <summary>JSON pointers (RFC 6901): the empty string is the whole document, <c>/nodes/0/id</c> a place in it.</summary>
public static class JsonPointer
{
    /// <summary>The pointer to a property of the object at <paramref name="pointer"/>.</summary>
    public static string Append(string pointer, string name) => $"{pointer}/{Escape(name)}";

    /// <summary>The pointer to an item of the array at <paramref name="pointer"/>.</summary>
    public static string Append(string pointer, int index) => string.Create(CultureInfo.InvariantCulture, $"{pointer}/{index}");

    /// <summary>The names and indexes that a pointer goes through, unescaped.</summary>
    public static string[] Segments(string pointer) =>
        pointer.Length == 0 ? [] : [.. pointer.Split('/').Skip(1).Select(Unescape)];

    /// <summary>Follows a pointer; false when it leads nowhere or is none.</summary>
    public static bool TryResolve(JsonElement root, string pointer, out JsonElement element)
    {
        element = root;
        if (pointer.Length > 0 && pointer[0] != '/')
            return false;
        foreach (var segment in Segments(pointer))
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(segment, out var property))
                element = property;
            else if (element.ValueKind == JsonValueKind.Array && TryIndex(segment, element.GetArrayLength(), out var index))
                element = element[index];
            else
                return false;
        }
        return true;
    }

    internal static string Escape(string name) =>
        name.AsSpan().IndexOfAny('~', '/') < 0 ? name : name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Unescape(string segment) =>
        segment.Contains('~') ? segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal) : segment;

    // RFC 6901 knows no leading zeros and no signs.
    private static bool TryIndex(string segment, int count, out int index) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out index)
        && index < count && (segment.Length == 1 || segment[0] != '0');
}
