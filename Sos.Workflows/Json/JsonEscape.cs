using System.Globalization;

namespace Sos.Workflows.Json;

/// <summary>Finds <c>\uXXXX</c> escapes in JSON text. Escapes occur only in strings and names, so no tokens are needed.</summary>
internal static class JsonEscape
{
    /// <summary>The length of <c>\uXXXX</c>.</summary>
    public const int Length = 6;

    /// <summary>
    /// The offset of the next escape that stands for U+0000 or for half of a surrogate pair, or -1. Reads on from
    /// <paramref name="start"/>, which is not inside an escape.
    /// </summary>
    /// <param name="utf8">JSON text, or what stands between the quotes of a string.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="allowsNull">Whether to pass over U+0000.</param>
    public static int NextUnstorable(ReadOnlySpan<byte> utf8, int start, bool allowsNull = false)
    {
        while (true)
        {
            var found = utf8[start..].IndexOf((byte)'\\');
            if (found < 0 || start + found + 1 >= utf8.Length)
                return -1;
            start += found;
            if (!TryCodeUnit(utf8[start..], out var unit))
            {
                start += 2;
                continue;
            }
            if (unit == 0 && !allowsNull || char.IsLowSurrogate(unit))
                return start;
            if (!char.IsHighSurrogate(unit))
            {
                start += Length;
                continue;
            }
            if (!TryCodeUnit(utf8[(start + Length)..], out var second) || !char.IsLowSurrogate(second))
                return start;
            start += 2 * Length;
        }
    }

    /// <summary>Whether the escape at the start of a text stands for U+0000.</summary>
    public static bool IsNull(ReadOnlySpan<byte> escape) => TryCodeUnit(escape, out var unit) && unit == '\0';

    private static bool TryCodeUnit(ReadOnlySpan<byte> utf8, out char unit)
    {
        unit = default;
        if (utf8.Length < Length || utf8[0] != '\\' || utf8[1] != 'u'
            || !ushort.TryParse(utf8[2..Length], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }
        unit = (char)value;
        return true;
    }
}
