namespace Sos.Workflows.Schedules;

/// <summary>The fields of a cron expression, to say which one is wrong.</summary>
internal static class CronFields
{
    private static readonly string[] Unix = ["minute", "hour", "day of the month", "month", "day of the week"];
    private static readonly string[] Quartz = ["second", .. Unix, "year"];

    /// <summary>What each field may hold, in the order of <see cref="Quartz"/>.</summary>
    private static readonly string[] Ranges =
        ["0 to 59", "0 to 59", "0 to 23", "1 to 31, L or ?", "1 to 12 or JAN to DEC", "SUN to SAT, * or ?", "1970 to 2126"];

    public static string[] Split(string cron) => cron.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    public static bool IsMacro(string[] fields) => fields is [['@', ..]];

    public static string WrongNumber(string[] fields) =>
        $"A cron expression has 5 fields (minute, hour, day of the month, month, day of the week), or 6 or 7 with the second in front and the year behind, or is a name such as @daily; this one has {fields.Length}.";

    /// <summary>
    /// Whether a field but the year holds a number that none of them may. Quartz's parser takes some of these, such as
    /// 99, for its own marks.
    /// </summary>
    public static bool HasTooLargeNumber(string field)
    {
        var number = 0;
        foreach (var c in field)
        {
            number = char.IsAsciiDigit(c) ? number * 10 + (c - '0') : 0;
            if (number > 59)
                return true;
        }
        return false;
    }

    /// <summary>Says which field is at fault: the first one that is refused with all others left open.</summary>
    /// <param name="fields">The fields of an expression that was refused.</param>
    /// <param name="refusal">Why, as far as it was said.</param>
    /// <param name="isValid">Whether an expression would do.</param>
    public static string Explain(string[] fields, string refusal, Func<string, bool> isValid)
    {
        var names = fields.Length == 5 ? Unix : Quartz;
        for (var i = 0; i < fields.Length; i++)
        {
            var open = Open(fields.Length);
            open[i] = fields[i];
            if (i < 6 && HasTooLargeNumber(fields[i]) || !isValid(string.Join(' ', open)))
                return $"The {names[i]} '{fields[i]}' is not valid: it is made of {(fields.Length == 5 && i == 4 ? "0 to 7 or SUN to SAT" : Ranges[i + (fields.Length == 5 ? 1 : 0)])}, with '*' for all, ',' between values, '-' for a range and '/' for a step.";
        }
        return refusal.Length > 0 ? refusal : "The fields don't go together.";
    }

    private static string[] Open(int count) => count switch
    {
        5 => ["*", "*", "*", "*", "*"],
        6 => ["0", "*", "*", "*", "*", "?"],
        _ => ["0", "*", "*", "*", "*", "?", "*"],
    };
}
