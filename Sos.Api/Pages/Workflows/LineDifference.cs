namespace Sos.Api.Pages.Workflows;

/// <summary>What a line of one text is to another text.</summary>
internal enum LineKind
{
    /// <summary>Both have it.</summary>
    Same,

    /// <summary>Only the first has it.</summary>
    Removed,

    /// <summary>Only the second has it.</summary>
    Added,
}

/// <summary>A line of two texts that are set against each other.</summary>
/// <param name="Kind">Which of them has it.</param>
/// <param name="Before">Its number in the first, from 1; null where it is not there.</param>
/// <param name="After">Its number in the second, from 1; null where it is not there.</param>
/// <param name="Text">The line.</param>
/// <param name="Changed">Where the line in its place differs from it; empty where it has no counterpart.</param>
internal sealed record DifferentLine(LineKind Kind, int? Before, int? After, string Text, Range Changed);

/// <summary>Lines that follow each other, either shown or folded.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are.</param>
/// <param name="IsFolded">Whether they are the same in both and far from what differs.</param>
internal readonly record struct LinePart(int First, int Count, bool IsFolded);

/// <summary>Two texts line by line, by the fewest removals and additions that lead from one to the other (E. W. Myers, 1986).</summary>
internal static class LineDifference
{
    /// <summary>Lines that stay in sight around what differs.</summary>
    public const int Around = 3;

    /// <summary>Texts that differ in more lines are shown one below the other: looking for what they share would take long and help nobody.</summary>
    private const int MostEdits = 1_500;

    /// <summary>Every line of both texts, those of the first before those of the second where they differ.</summary>
    public static IReadOnlyList<DifferentLine> Between(string before, string after)
    {
        var (a, b) = (before.Split('\n'), after.Split('\n'));
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start])
            start++;
        var end = 0;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)])
            end++;

        var lines = new List<DifferentLine>(a.Length + 16);
        for (var i = 0; i < start; i++)
            lines.Add(Same(a, i, i));
        var (x, y) = (start, start);
        foreach (var (atA, atB, count) in Shared(Numbered(a, start, end, b, out var numbersB), numbersB))
        {
            Differ(lines, a, b, ref x, ref y, atA + start, atB + start);
            for (var i = 0; i < count; i++)
                lines.Add(Same(a, x++, y++));
        }
        Differ(lines, a, b, ref x, ref y, a.Length - end, b.Length - end);
        while (x < a.Length)
            lines.Add(Same(a, x++, y++));
        return lines;
    }

    /// <summary>Folds what is the same and further than <see cref="Around"/> lines from what differs.</summary>
    public static IReadOnlyList<LinePart> Fold(IReadOnlyList<DifferentLine> lines)
    {
        var parts = new List<LinePart>();
        for (var i = 0; i < lines.Count;)
        {
            var first = i;
            while (i < lines.Count && (lines[i].Kind == LineKind.Same) == (lines[first].Kind == LineKind.Same))
                i++;
            if (lines[first].Kind != LineKind.Same)
            {
                parts.Add(new LinePart(first, i - first, false));
                continue;
            }
            var head = first == 0 ? 0 : Around;
            var tail = i == lines.Count ? 0 : Around;
            // A fold that saves one line saves nothing.
            if (i - first <= head + tail + 1)
            {
                parts.Add(new LinePart(first, i - first, false));
                continue;
            }
            if (head > 0)
                parts.Add(new LinePart(first, head, false));
            parts.Add(new LinePart(first + head, i - first - head - tail, true));
            if (tail > 0)
                parts.Add(new LinePart(i - tail, tail, false));
        }
        return parts;
    }

    private static DifferentLine Same(string[] a, int x, int y) => new(LineKind.Same, x + 1, y + 1, a[x], default);

    /// <summary>Adds what differs up to two places. As many lines out as in are each other's counterparts.</summary>
    private static void Differ(List<DifferentLine> lines, string[] a, string[] b, ref int x, ref int y, int toX, int toY)
    {
        var paired = toX - x == toY - y;
        var (firstX, firstY) = (x, y);
        for (; x < toX; x++)
            lines.Add(new DifferentLine(LineKind.Removed, x + 1, null, a[x], paired ? Changed(a[x], b[firstY + x - firstX]) : default));
        for (; y < toY; y++)
            lines.Add(new DifferentLine(LineKind.Added, null, y + 1, b[y], paired ? Changed(b[y], a[firstX + y - firstY]) : default));
    }

    /// <summary>What is left of a line without the beginning and the end that it shares with another; empty where they share neither.</summary>
    private static Range Changed(string line, string other)
    {
        var start = line.AsSpan().CommonPrefixLength(other);
        if (start > 0 && char.IsHighSurrogate(line[start - 1]))
            start--;
        var end = 0;
        while (end < line.Length - start && end < other.Length - start && line[^(end + 1)] == other[^(end + 1)])
            end++;
        if (end > 0 && char.IsLowSurrogate(line[^end]))
            end--;
        return line.AsSpan(0, start).IsWhiteSpace() && end == 0 ? default : start..(line.Length - end);
    }

    /// <summary>The lines between as numbers, the same for the same line.</summary>
    private static int[] Numbered(string[] a, int start, int end, string[] b, out int[] numbersB)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var numbers = Array.ConvertAll(a[start..^end], Number);
        numbersB = Array.ConvertAll(b[start..^end], Number);
        return numbers;

        int Number(string line) => known.TryGetValue(line, out var number) ? number : known[line] = known.Count;
    }

    /// <summary>Runs of lines that both have, in order.</summary>
    private static List<(int A, int B, int Count)> Shared(int[] a, int[] b)
    {
        var most = Math.Min(a.Length + b.Length, MostEdits);
        var reached = new int[(2 * most) + 3];
        var rounds = new List<int[]>();
        for (var edits = 0; edits <= most; edits++)
        {
            for (var k = -edits; k <= edits; k += 2)
            {
                var x = k == -edits || k != edits && reached[most + k] < reached[most + k + 2] ? reached[most + k + 2] : reached[most + k] + 1;
                while (x < a.Length && x - k < b.Length && a[x] == b[x - k])
                    x++;
                reached[most + k + 1] = x;
                if (x >= a.Length && x - k >= b.Length)
                    return WayBack(rounds, a.Length, b.Length);
            }
            rounds.Add(reached[(most - edits + 1)..(most + edits + 2)]);
        }
        return [];
    }

    private static List<(int A, int B, int Count)> WayBack(List<int[]> rounds, int x, int y)
    {
        var shared = new List<(int, int, int)>();
        for (var edits = rounds.Count; edits >= 0; edits--)
        {
            var (fromX, fromY) = (0, 0);
            if (edits > 0)
            {
                var (k, before) = (x - y, rounds[edits - 1]);
                var down = k == -edits || k != edits && At(k - 1) < At(k + 1);
                fromX = At(down ? k + 1 : k - 1);
                fromY = fromX - (down ? k + 1 : k - 1);

                int At(int diagonal) => before[diagonal + edits - 1];
            }
            // The edit itself is one step right or down; what comes after it is shared.
            var count = Math.Min(x - fromX, y - fromY);
            if (count > 0)
                shared.Add((x - count, y - count, count));
            (x, y) = (fromX, fromY);
        }
        shared.Reverse();
        return shared;
    }
}
