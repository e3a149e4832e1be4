using System.Globalization;
using System.Text;

namespace Sos.Workflows.Expressions.Patterns;

/// <summary>A set of code points, written as a .NET pattern that matches one of them, which may be two UTF-16 code units.</summary>
internal sealed class CodePointSet
{
    internal const int Last = 0x10FFFF;

    private const int LastInPlane = 0xFFFF;
    private const int FirstLow = 0xDC00;
    private const int LastLow = 0xDFFF;
    private readonly List<(int First, int Last)> _ranges = [];
    private readonly List<string> _names = [];

    internal static CodePointSet All { get; } = new CodePointSet().Add(0, Last);

    internal CodePointSet Add(int first, int last)
    {
        _ranges.Add((first, last));
        return this;
    }

    internal CodePointSet Add(CodePointSet other)
    {
        _ranges.AddRange(other._ranges);
        _names.AddRange(other._names);
        return this;
    }

    /// <summary>
    /// Adds what .NET's class with this name has in the first plane: for large classes much quicker to compile than
    /// their ranges. Such a set can't be negated by <see cref="Negate"/>.
    /// </summary>
    internal CodePointSet AddFirstPlane(string name)
    {
        _names.Add(name);
        return this;
    }

    /// <summary>The part behind the first plane, or its complement there.</summary>
    internal CodePointSet OtherPlanes(bool isNegated)
    {
        var result = new CodePointSet();
        foreach (var (first, last) in isNegated ? Negate().Merged() : Merged())
        {
            if (last > LastInPlane) result.Add(Math.Max(first, LastInPlane + 1), last);
        }

        return result;
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

        foreach (var name in _names) firstPlane.Append(name);
        var alternatives = new List<string>();
        // Halves of pairs are not characters, so they belong to no set.
        if (isNegated) alternatives.Add($"[^{firstPlane}\\uD800-\\uDFFF]");
        else if (firstPlane.Length > 0) alternatives.Add($"[{firstPlane}-[\\uD800-\\uDFFF]]");
        AddPairs(alternatives, OtherPlanes(isNegated).Merged());
        return alternatives.Count switch
        {
            0 => "[^\\u0000-\\uFFFF]",
            1 when firstPlane.Length > 0 || isNegated => alternatives[0],
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

    /// <summary>
    /// Code points above the first plane as surrogate pairs: blocks of high ones whose low ones all belong, and for each
    /// other high one its low ones.
    /// </summary>
    private static void AddPairs(List<string> alternatives, List<(int First, int Last)> ranges)
    {
        var lowOnes = new SortedDictionary<int, StringBuilder>();
        foreach (var (first, last) in ranges)
        {
            var (firstHigh, firstLow) = Split(first);
            var (lastHigh, lastLow) = Split(last);
            if (firstHigh == lastHigh)
            {
                AddLow(firstHigh, firstLow, lastLow);
                continue;
            }

            if (firstLow != FirstLow) AddLow(firstHigh++, firstLow, LastLow);
            if (lastLow != LastLow) AddLow(lastHigh--, FirstLow, lastLow);
            if (firstHigh <= lastHigh) alternatives.Add($"[{Range(firstHigh, lastHigh)}][{Range(FirstLow, LastLow)}]");
        }

        foreach (var (high, low) in lowOnes) alternatives.Add($"{Range(high, high)}[{low}]");

        void AddLow(int high, int first, int last)
        {
            if (!lowOnes.TryGetValue(high, out var low)) lowOnes.Add(high, low = new StringBuilder());
            AppendRange(low, first, last);
        }
    }

    private static (int High, int Low) Split(int codePoint) =>
        (0xD800 + ((codePoint - 0x10000) >> 10), 0xDC00 + ((codePoint - 0x10000) & 0x3FF));

    private static string Range(int first, int last)
    {
        var text = new StringBuilder();
        AppendRange(text, first, last);
        return text.ToString();
    }

    private static void AppendRange(StringBuilder text, int first, int last)
    {
        text.Append(CultureInfo.InvariantCulture, $"\\u{first:X4}");
        if (last > first) text.Append(CultureInfo.InvariantCulture, $"-\\u{last:X4}");
    }
}
