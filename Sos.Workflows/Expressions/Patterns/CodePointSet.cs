using System.Globalization;
using System.Text;

namespace Sos.Workflows.Expressions.Patterns;

/// <summary>A set of code points, written as a .NET pattern that matches one of them, which may be two UTF-16 code units.</summary>
internal sealed class CodePointSet
{
    internal const int Last = 0x10FFFF;

    private const int LastInPlane = 0xFFFF;
    private readonly List<(int First, int Last)> _ranges = [];

    internal static CodePointSet All { get; } = new CodePointSet().Add(0, Last);

    internal CodePointSet Add(int first, int last)
    {
        _ranges.Add((first, last));
        return this;
    }

    internal CodePointSet Add(CodePointSet other)
    {
        _ranges.AddRange(other._ranges);
        return this;
    }

    internal CodePointSet Negate()
    {
        var result = new CodePointSet();
        var next = 0;
        foreach (var (first, last) in Merged())
        {
            if (first > next) result.Add(next, first - 1);
            next = last + 1;
        }

        return next <= Last ? result.Add(next, Last) : result;
    }

    /// <summary>
    /// The pattern of the set, or of its complement; .NET negates the first plane itself, so that ignoring case works
    /// before the negation.
    /// </summary>
    internal string ToPattern(bool isNegated)
    {
        var firstPlane = new StringBuilder();
        foreach (var (first, last) in Merged())
        {
            if (first > LastInPlane) break;
            AppendRange(firstPlane, first, Math.Min(last, LastInPlane));
        }

        var alternatives = new List<string>();
        // Halves of pairs are not characters, so they belong to no set.
        if (isNegated) alternatives.Add($"[^{firstPlane}\\uD800-\\uDFFF]");
        else if (firstPlane.Length > 0) alternatives.Add($"[{firstPlane}-[\\uD800-\\uDFFF]]");
        var others = isNegated ? Negate() : this;
        foreach (var (first, last) in others.Merged())
        {
            if (last > LastInPlane) AddPairs(alternatives, Math.Max(first, LastInPlane + 1), last);
        }

        return alternatives.Count switch
        {
            0 => "[^\\u0000-\\uFFFF]",
            1 when alternatives[0][0] == '[' => alternatives[0],
            _ => $"(?:{string.Join('|', alternatives)})",
        };
    }

    private List<(int First, int Last)> Merged()
    {
        var merged = new List<(int First, int Last)>();
        foreach (var (first, last) in _ranges.Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1) merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else merged.Add((first, last));
        }

        return merged;
    }

    /// <summary>Code points above the first plane as surrogate pairs: whole blocks of the high one, and the two ends.</summary>
    private static void AddPairs(List<string> alternatives, int first, int last)
    {
        var (firstHigh, firstLow) = Split(first);
        var (lastHigh, lastLow) = Split(last);
        if (firstHigh == lastHigh)
        {
            alternatives.Add(Pair(firstHigh, firstHigh, firstLow, lastLow));
            return;
        }

        if (firstLow != 0xDC00) alternatives.Add(Pair(firstHigh, firstHigh++, firstLow, 0xDFFF));
        if (lastLow != 0xDFFF) alternatives.Add(Pair(lastHigh, lastHigh--, 0xDC00, lastLow));
        if (firstHigh <= lastHigh) alternatives.Add(Pair(firstHigh, lastHigh, 0xDC00, 0xDFFF));
    }

    private static (int High, int Low) Split(int codePoint) =>
        (0xD800 + ((codePoint - 0x10000) >> 10), 0xDC00 + ((codePoint - 0x10000) & 0x3FF));

    private static string Pair(int firstHigh, int lastHigh, int firstLow, int lastLow)
    {
        var pair = new StringBuilder("[");
        AppendRange(pair, firstHigh, lastHigh);
        pair.Append("][");
        AppendRange(pair, firstLow, lastLow);
        return pair.Append(']').ToString();
    }

    private static void AppendRange(StringBuilder text, int first, int last)
    {
        text.Append(CultureInfo.InvariantCulture, $"\\u{first:X4}");
        if (last > first) text.Append(CultureInfo.InvariantCulture, $"-\\u{last:X4}");
    }
}
