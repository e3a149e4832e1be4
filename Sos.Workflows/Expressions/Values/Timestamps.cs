using System.Globalization;

namespace Sos.Workflows.Expressions.Values;

/// <summary>Timestamps as seconds since 1970 and nanoseconds, their RFC 3339 text, and their range.</summary>
internal static class Timestamps
{
    private const long FirstSecond = -62_135_596_800;
    private const long LastSecond = 253_402_300_799;

    internal static bool IsInRange(long seconds) => seconds is >= FirstSecond and <= LastSecond;

    /// <summary>Adds nanoseconds. False when the result is outside of the years 1 to 9999.</summary>
    internal static bool TryAdd(in CelValue timestamp, Int128 nanos, out CelValue sum)
    {
        var total = TotalNanos(timestamp) + nanos;
        var seconds = total / Durations.NanosPerSecond;
        var rest = (int)(total - seconds * Durations.NanosPerSecond);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + (int)Durations.NanosPerSecond);
        var inRange = seconds >= FirstSecond && seconds <= LastSecond;
        sum = inRange ? CelValue.Timestamp((long)seconds, rest) : default;
        return inRange;
    }

    /// <summary>Nanoseconds since 1970.</summary>
    internal static Int128 TotalNanos(in CelValue timestamp) =>
        (Int128)timestamp.TimeBits * Durations.NanosPerSecond + timestamp.Nanos;

    /// <summary>RFC 3339 in UTC, with a fraction as short as possible.</summary>
    internal static string ToText(in CelValue timestamp)
    {
        var time = DateTime.UnixEpoch.AddSeconds(timestamp.TimeBits);
        var text = time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return timestamp.Nanos == 0
            ? text + "Z"
            : string.Create(CultureInfo.InvariantCulture, $"{text}.{timestamp.Nanos:000000000}").TrimEnd('0') + "Z";
    }

    /// <summary>Reads RFC 3339: date, <c>T</c>, time, optional fraction, <c>Z</c> or an offset.</summary>
    internal static bool TryParse(string text, out CelValue timestamp)
    {
        timestamp = default;
        if (text.Length is < 20 or > 64 || text[10] != 'T') return false;
        if (!DateTime.TryParseExact(
            text.AsSpan(0, 19), "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return false;
        var rest = text.AsSpan(19);
        if (!TryTakeFraction(ref rest, out var nanos) || !TryTakeOffset(rest, out var offsetSeconds)) return false;
        var seconds = (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond - offsetSeconds;
        if (!IsInRange(seconds)) return false;
        timestamp = CelValue.Timestamp(seconds, nanos);
        return true;
    }

    /// <summary>Reads <c>±HH:MM</c>; the sign may be missing.</summary>
    internal static bool TryParseOffset(ReadOnlySpan<char> text, out int seconds)
    {
        seconds = 0;
        var negative = text.StartsWith("-");
        if (negative || text.StartsWith("+")) text = text[1..];
        if (text.Length != 5 || text[2] != ':') return false;
        if (!int.TryParse(text[..2], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)) return false;
        if (!int.TryParse(text[3..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)) return false;
        if (hours > 23 || minutes > 59) return false;
        seconds = (hours * 60 + minutes) * (negative ? -60 : 60);
        return true;
    }

    private static bool TryTakeFraction(ref ReadOnlySpan<char> rest, out int nanos)
    {
        nanos = 0;
        if (!rest.StartsWith(".")) return true;
        var end = 1;
        for (var scale = 100_000_000; end < rest.Length && char.IsAsciiDigit(rest[end]); end++, scale /= 10)
            nanos += (rest[end] - '0') * scale;
        if (end == 1) return false;
        rest = rest[end..];
        return true;
    }

    private static bool TryTakeOffset(ReadOnlySpan<char> rest, out int seconds)
    {
        seconds = 0;
        return rest is "Z" || (rest.Length == 6 && rest[0] is '+' or '-' && TryParseOffset(rest, out seconds));
    }
}
