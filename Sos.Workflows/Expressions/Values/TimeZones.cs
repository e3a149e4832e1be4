using System.Collections.Frozen;

namespace Sos.Workflows.Expressions.Values;

/// <summary>Timestamps in time zones: IANA names, <c>UTC</c>, and fixed offsets such as <c>-02:30</c>.</summary>
internal static class TimeZones
{
    private const int LongestName = 64;

    /// <summary>Old names that some systems leave out of their time zone data.</summary>
    private static readonly FrozenDictionary<string, string> OldNames = new Dictionary<string, string>
    {
        ["US/Alaska"] = "America/Anchorage",
        ["US/Arizona"] = "America/Phoenix",
        ["US/Central"] = "America/Chicago",
        ["US/Eastern"] = "America/New_York",
        ["US/Hawaii"] = "Pacific/Honolulu",
        ["US/Mountain"] = "America/Denver",
        ["US/Pacific"] = "America/Los_Angeles",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static DateTime ToUtc(in CelValue timestamp) =>
        DateTime.UnixEpoch.AddSeconds(timestamp.TimeBits).AddTicks(timestamp.Nanos / 100);

    /// <summary>False when there is no such zone. A time beyond the years 1 to 9999 stops at their ends.</summary>
    internal static bool TryToLocal(in CelValue timestamp, string zone, out DateTime local)
    {
        var utc = ToUtc(timestamp);
        local = utc;
        if (zone is "" or "UTC" or "Z") return true;
        if (Timestamps.TryParseOffset(zone, out var seconds))
        {
            local = Shift(utc, TimeSpan.FromSeconds(seconds));
            return true;
        }

        if (!TryFind(zone, out var info)) return false;
        local = Shift(utc, info.GetUtcOffset(utc));
        return true;
    }

    private static DateTime Shift(DateTime utc, TimeSpan offset) => new(
        Math.Clamp(utc.Ticks + offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Unspecified);

    /// <summary>Finds a time zone by its IANA name.</summary>
    internal static bool TryFind(string zone, out TimeZoneInfo info)
    {
        info = TimeZoneInfo.Utc;
        // The name becomes a file's name on most systems.
        if (zone.Length is 0 or > LongestName || !char.IsAsciiLetter(zone[0])) return false;
        foreach (var c in zone)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '_' or '-' or '+')) return false;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
            || (OldNames.TryGetValue(zone, out var current) && TimeZoneInfo.TryFindSystemTimeZoneById(current, out found)))
        {
            info = found;
            return true;
        }

        return false;
    }
}
