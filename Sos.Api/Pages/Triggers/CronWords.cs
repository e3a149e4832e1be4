using System.Globalization;

namespace Sos.Api.Pages.Triggers;

/// <summary>A cron expression as a sentence.</summary>
internal static class CronWords
{
    private static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    private static readonly string[] Months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

    private static readonly string[] Ordinals = ["first", "second", "third", "fourth", "fifth"];

    /// <summary>The sentence for an expression that is valid; null where it is none that this can put into words.</summary>
    /// <param name="cron">Five fields as in crontab, six or seven as in Quartz, or a name such as <c>@daily</c>.</param>
    public static string? Describe(string cron)
    {
        var fields = cron.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        switch (fields)
        {
            case ["@hourly"]:
                return "Every hour, on the hour";
            case ["@daily" or "@midnight"]:
                return "Every day at 00:00";
            case ["@weekly"]:
                return "Every Sunday at 00:00";
            case ["@monthly"]:
                return "On day 1 of every month at 00:00";
            case ["@yearly" or "@annually"]:
                return "Every year on 1 January at 00:00";
            case [var minute, var hour, var day, var month, var weekday]:
                return Sentence(Time("0", minute, hour), day, month, weekday, firstWeekday: 0, year: null);
            case [var second, var minute, var hour, var day, var month, var weekday, .. var year] when year.Length <= 1:
                return Sentence(Time(second, minute, hour), day, month, weekday, firstWeekday: 1, year is [var one] && one != "*" ? one : null);
            default:
                return null;
        }
    }

    private static string? Sentence(string? time, string day, string month, string weekday, int firstWeekday, string? year)
    {
        if (time is null || DayOfMonth(day) is not { } ofMonth || Weekday(weekday, firstWeekday) is not { } ofWeek || Month(month) is not { } inMonth)
            return null;
        var on = (ofMonth.Length, ofWeek.Length) switch
        {
            (0, 0) => "",
            (0, _) => ofWeek,
            (_, 0) => ofMonth,
            _ => $"{ofMonth} or {ofWeek}",
        };
        var isDaily = on.Length == 0 && time.StartsWith("at ", StringComparison.Ordinal);
        var sentence = isDaily ? $"every day {time}" : time + (on.Length > 0 ? ", " + on : "");
        if (inMonth.Length > 0)
            sentence += ", in " + inMonth;
        if (year is not null)
            sentence += ", in " + year;
        return char.ToUpperInvariant(sentence[0]) + sentence[1..];
    }

    private static string? Time(string second, string minute, string hour)
    {
        var seconds = second switch
        {
            "0" or "00" => "",
            _ when Number(second, 59) is { } s => $":{s:00}",
            _ => null,
        };
        if (seconds is null)
            return second is "*" && minute is "*" && hour is "*" ? "every second" : Step(second) is { } n && minute is "*" && hour is "*" ? $"every {n} seconds" : null;
        if (hour is "*")
        {
            return minute is "*" ? "every minute"
                : Step(minute) is { } n ? (n == 1 ? "every minute" : $"every {n} minutes")
                : Numbers(minute, 59) is not { } at ? null
                : at is [0] ? "every hour, on the hour"
                : $"every hour at minute {And(at.Select(m => m.ToString(CultureInfo.InvariantCulture)))}";
        }
        if (Numbers(minute, 59) is { } minutes)
        {
            if (Numbers(hour, 23) is { } hours && hours.Count * minutes.Count <= 6)
                return "at " + And(hours.SelectMany(h => minutes.Select(m => $"{h:00}:{m:00}{seconds}")));
            if (minutes is [var only])
            {
                if (Step(hour) is { } every)
                    return $"every {every} hours at minute {only}";
                if (Range(hour, 23) is var (from, to))
                    return $"every hour from {from:00}:{only:00} to {to:00}:{only:00}";
            }
            return null;
        }
        var interval = minute is "*" ? 1 : Step(minute);
        var often = interval == 1 ? "every minute" : $"every {interval} minutes";
        return interval is null ? null
            : Range(hour, 23) is var (first, last) ? $"{often} from {first:00}:00 to {last:00}:59"
            : Number(hour, 23) is { } one ? $"{often} from {one:00}:00 to {one:00}:59"
            : null;
    }

    /// <summary>Which days of the month; empty for all, null for what this can't say.</summary>
    private static string? DayOfMonth(string field) => field.ToUpperInvariant() switch
    {
        "*" or "?" => "",
        "L" => "on the last day of the month",
        "LW" or "WL" => "on the last working day of the month",
        [.. var day, 'W'] when Number(day, 31) is { } near => $"on the working day nearest to day {near} of the month",
        _ when Step(field) is { } n => $"every {n} days of the month from day 1",
        _ when Range(field, 31) is var (from, to) => $"on days {from} to {to} of the month",
        _ when Numbers(field, 31) is { } days => $"on {(days.Count == 1 ? "day" : "days")} {And(days.Select(d => d.ToString(CultureInfo.InvariantCulture)))} of the month",
        _ => null,
    };

    private static string? Month(string field) =>
        field is "*" or "?" ? ""
        : Names(field, m => Named(m, Months, 3) ?? (Number(m, 12) is >= 1 and var n ? n - 1 : null), Months);

    private static string? Weekday(string field, int first)
    {
        if (field is "*" or "?")
            return "";
        var upper = field.ToUpperInvariant();
        if (upper.Split('#') is [var which, var nth] && Day(which, first) is { } day && Number(nth, 5) is >= 1 and var n)
            return $"on the {Ordinals[n - 1]} {Days[day]} of the month";
        if (upper is [.. var last, 'L'] && last.Length > 0 && Day(last, first) is { } ofLast)
            return $"on the last {Days[ofLast]} of the month";
        return Names(upper, d => Day(d, first), Days) is { } names ? (upper.Contains('-', StringComparison.Ordinal) && !upper.Contains(',', StringComparison.Ordinal) ? names : "on " + names) : null;
    }

    private static int? Day(string text, int first) => Named(text, Days, 3) ?? (Number(text, 7) is { } n && n >= first ? (n - first) % 7 : null);

    /// <summary>A list or a range of things with names.</summary>
    private static string? Names(string field, Func<string, int?> read, string[] names)
    {
        var parts = new List<string>();
        foreach (var part in field.Split(','))
        {
            if (part.Split('-') is [var from, var to] && read(from) is { } a && read(to) is { } b)
                parts.Add($"{names[a]} to {names[b]}");
            else if (read(part) is { } one)
                parts.Add(names[one]);
            else
                return null;
        }
        return And(parts);
    }

    private static int? Named(string text, string[] names, int length) =>
        Array.FindIndex(names, n => n[..length].Equals(text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var found ? found : null;

    private static int? Step(string field) => field.StartsWith("*/", StringComparison.Ordinal) || field.StartsWith("0/", StringComparison.Ordinal) ? Number(field[2..], 59) is > 0 and var n ? n : null : null;

    private static (int From, int To)? Range(string field, int most) =>
        field.Split('-') is [var from, var to] && Number(from, most) is { } a && Number(to, most) is { } b ? (a, b) : null;

    private static List<int>? Numbers(string field, int most)
    {
        var numbers = new List<int>();
        foreach (var part in field.Split(','))
        {
            if (Number(part, most) is not { } number)
                return null;
            numbers.Add(number);
        }
        return numbers;
    }

    private static int? Number(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number : null;

    private static string And(IEnumerable<string> parts)
    {
        var list = parts.ToArray();
        return list.Length <= 1 ? string.Concat(list) : $"{string.Join(", ", list[..^1])} and {list[^1]}";
    }
}
