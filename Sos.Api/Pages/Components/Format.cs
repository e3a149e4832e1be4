using System.Globalization;

namespace Sos.Api.Pages.Components;

/// <summary>Numbers as people read them.</summary>
internal static class Format
{
    /// <summary><c>850 ms</c>, <c>4.2 s</c>, <c>3 min 5 s</c>, <c>2 h 10 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 0 } => "0 ms",
        { TotalMilliseconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms"),
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours} h"),
    };

    /// <summary>Milliseconds as <see cref="Duration"/>; a dash where there are none.</summary>
    public static string Milliseconds(double? milliseconds) => milliseconds is { } value ? Duration(TimeSpan.FromMilliseconds(value)) : "–";

    /// <summary>US dollars: two digits from a dollar on, as many as it takes below.</summary>
    public static string Money(decimal? usd) => usd switch
    {
        null => "–",
        0 => "$0",
        >= 1 or <= -1 => string.Create(CultureInfo.InvariantCulture, $"${usd:#,0.00}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"${usd:0.00####}"),
    };

    /// <summary><c>950</c>, <c>12.3k</c>, <c>4.5M</c>.</summary>
    public static string Count(double count) => Math.Abs(count) switch
    {
        < 10_000 => count.ToString("#,0.##", CultureInfo.InvariantCulture),
        < 1_000_000 => (count / 1_000).ToString("0.#", CultureInfo.InvariantCulture) + "k",
        < 1_000_000_000 => (count / 1_000_000).ToString("0.#", CultureInfo.InvariantCulture) + "M",
        _ => (count / 1_000_000_000).ToString("0.#", CultureInfo.InvariantCulture) + "G",
    };

    /// <summary><c>512 B</c>, <c>1.5 kB</c>, <c>20 MB</c>; powers of 1000.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB"),
    };

    /// <summary>A share as whole percents, or with a digit near the ends, so that 99.97 is not 100.</summary>
    public static string Percent(double share) => share switch
    {
        0 or 1 => share.ToString("0 %", CultureInfo.InvariantCulture),
        < 0.1 or > 0.9 => (Math.Truncate(share * 1_000) / 1_000).ToString("0.0 %", CultureInfo.InvariantCulture),
        _ => share.ToString("0 %", CultureInfo.InvariantCulture),
    };
}
