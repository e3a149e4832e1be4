using System.Globalization;

namespace Sos.Workflows.Expressions.Values;

/// <summary>Durations as nanoseconds, and their text such as <c>1h30m</c> or <c>-1.5s</c>.</summary>
internal static class Durations
{
    internal const long NanosPerSecond = 1_000_000_000;

    /// <summary>The units, longest suffix first where one begins another.</summary>
    private static readonly (string Suffix, long Nanos)[] Units =
    [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000),
        ("h", 3_600 * NanosPerSecond), ("m", 60 * NanosPerSecond), ("s", NanosPerSecond),
    ];

    /// <summary>Reads a signed sequence of decimal numbers with units. False when it is not one or out of range.</summary>
    internal static bool TryParse(string text, out long nanos)
    {
        nanos = 0;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return true;
        if (rest.IsEmpty || text.Length > 200) return false;
        Int128 sum = 0;
        while (!rest.IsEmpty)
        {
            if (!TryTakePart(ref rest, out var part)) return false;
            sum += part;
        }

        if (negative) sum = -sum;
        if (sum > long.MaxValue || sum < long.MinValue) return false;
        nanos = (long)sum;
        return true;
    }

    /// <summary>Seconds with a decimal fraction as short as possible, and an <c>s</c>.</summary>
    internal static string ToText(long nanos)
    {
        var size = (UInt128)(nanos < 0 ? -(Int128)nanos : nanos);
        var (seconds, fraction) = ((ulong)(size / NanosPerSecond), (ulong)(size % NanosPerSecond));
        var text = fraction == 0
            ? seconds.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{seconds}.{fraction:000000000}").TrimEnd('0');
        return $"{(nanos < 0 ? "-" : "")}{text}s";
    }

    private static bool TryTakePart(scoped ref ReadOnlySpan<char> rest, out Int128 nanos)
    {
        nanos = 0;
        var whole = TakeDigits(ref rest);
        var fraction = ReadOnlySpan<char>.Empty;
        if (rest.StartsWith("."))
        {
            rest = rest[1..];
            fraction = TakeDigits(ref rest);
        }

        if (whole.IsEmpty && fraction.IsEmpty) return false;
        if (whole.Length > 20) return false;
        foreach (var (suffix, unit) in Units)
        {
            if (!rest.StartsWith(suffix, StringComparison.Ordinal)) continue;
            rest = rest[suffix.Length..];
            nanos = whole.IsEmpty ? 0 : Int128.Parse(whole, NumberStyles.None, CultureInfo.InvariantCulture) * unit;
            Int128 scale = unit;
            foreach (var digit in fraction)
            {
                scale /= 10;
                nanos += (digit - '0') * scale;
            }

            return true;
        }

        return false;
    }

    private static ReadOnlySpan<char> TakeDigits(scoped ref ReadOnlySpan<char> rest)
    {
        var count = 0;
        while (count < rest.Length && char.IsAsciiDigit(rest[count])) count++;
        var digits = rest[..count];
        rest = rest[count..];
        return digits;
    }
}
