using System.Globalization;
using Sos.Api.Problems;
using Sos.Workflows.Definitions;

namespace Sos.Api.Requests;

/// <summary>Reads query parameters, each with its bounds.</summary>
internal static class QueryText
{
    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How many items a page has: 1 to <paramref name="max"/>.</summary>
    public static int Limit(string? text, int fallback = 50, int max = 200) =>
        text is null ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= max ? limit
        : throw ProblemCatalog.InvalidParameter("limit", $"a number from 1 to {max}");

    /// <summary>A time with its offset, or a day, which begins at midnight UTC.</summary>
    public static DateTimeOffset? Time(string name, string? text)
    {
        if (text is null)
            return null;
        // A '+' that was not encoded arrives as a space.
        return DateTimeOffset.TryParseExact(text.Replace(' ', '+'), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time >= Earliest && time <= Latest
            ? time
            : throw ProblemCatalog.InvalidParameter(name, "a time such as 2026-11-22T09:30:00Z, or a day such as 2026-11-22");
    }

    /// <summary>A period, by default the last hours.</summary>
    public static (DateTimeOffset From, DateTimeOffset To) Period(string? from, string? to, TimeSpan byDefault, TimeProvider time)
    {
        var end = Time("to", to) ?? time.GetUtcNow();
        var start = Time("from", from) ?? end - byDefault;
        return start < end && end - start <= TimeSpan.FromDays(92)
            ? (start, end)
            : throw ProblemCatalog.InvalidParameter("from", "before 'to', by 92 days at most");
    }

    /// <summary>How long an answer may wait for an execution's end; zero where nothing asks for it.</summary>
    public static TimeSpan Wait(string? text) =>
        text is null ? TimeSpan.Zero
        : Duration.TryParse(text, out var wait) && wait <= TimeSpan.FromSeconds(60) ? wait
        : throw ProblemCatalog.InvalidParameter("wait", "a duration from 0s to 60s, such as 10s");

    /// <summary>An id.</summary>
    public static Guid? Id(string name, string? text) =>
        text is null ? null
        : Guid.TryParseExact(text, "D", out var id) ? id
        : throw ProblemCatalog.InvalidParameter(name, "an id such as 0199c7a2-6f0a-7cc1-9d5e-1f2a3b4c5d6e");

    /// <summary>A trace id: 32 hexadecimal digits.</summary>
    public static string? TraceId(string name, string? text) =>
        text is null ? null
        : text.Length == 32 && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant()
        : throw ProblemCatalog.InvalidParameter(name, "a trace id of 32 hexadecimal digits");
}
