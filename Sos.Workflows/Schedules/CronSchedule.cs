using System.Diagnostics.CodeAnalysis;
using Quartz;

namespace Sos.Workflows.Schedules;

/// <summary>
/// Times that a cron expression names in a time zone. Quartz reads the expression and does the arithmetic: a time that
/// the clocks skip becomes the moment they are set forward, and of one that they repeat the first counts, unless the
/// expression means an interval (<c>*/15 * * * *</c>), which goes on through both.
/// </summary>
public sealed class CronSchedule
{
    /// <summary>The most characters of an expression.</summary>
    public const int MaxLength = 500;

    private readonly CronExpression expression;
    private readonly DateTimeOffset? start;
    private readonly DateTimeOffset? end;

    private CronSchedule(CronExpression expression, DateTimeOffset? start, DateTimeOffset? end) =>
        (this.expression, this.start, this.end) = (expression, start, end);

    /// <summary>Reads an expression: five fields as in crontab, six or seven as in Quartz, or a name such as <c>@daily</c>.</summary>
    /// <param name="cron">The expression.</param>
    /// <param name="zone">The time zone that its times are in.</param>
    /// <param name="schedule">The times.</param>
    /// <param name="problem">What is wrong with it, as a sentence.</param>
    public static bool TryParse(string cron, TimeZoneInfo zone, [NotNullWhen(true)] out CronSchedule? schedule, [NotNullWhen(false)] out string? problem)
    {
        (schedule, problem) = (null, null);
        if (cron.Length > MaxLength)
        {
            problem = $"A cron expression has {MaxLength} characters at most.";
            return false;
        }
        var fields = CronFields.Split(cron);
        if (fields.Length is not (5 or 6 or 7) && !CronFields.IsMacro(fields))
        {
            problem = CronFields.WrongNumber(fields);
            return false;
        }
        if (Read(cron, fields, out var refusal) is { } expression)
        {
            schedule = new CronSchedule(expression.WithTimeZone(zone), null, null);
            return true;
        }
        problem = CronFields.IsMacro(fields)
            ? "The names are @yearly, @annually, @monthly, @weekly, @daily, @midnight and @hourly."
            : CronFields.Explain(fields, refusal, text => Read(text, CronFields.Split(text), out _) is not null);
        return false;
    }

    /// <summary>Finds a time zone by its IANA name, such as <c>Europe/Berlin</c>, or <c>UTC</c>.</summary>
    public static bool TryFindZone(string name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = name == "UTC" ? TimeZoneInfo.Utc : Expressions.Values.TimeZones.TryFind(name, out var found) ? found : null;
        return zone is not null;
    }

    /// <summary>The same times, but none before the start and none after the end.</summary>
    public CronSchedule Between(DateTimeOffset? from, DateTimeOffset? to) => new(expression, from, to);

    /// <summary>The first time after another; null where there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        if (start is { } from && from > after)
            after = from.AddTicks(-1); // the start itself is a time, if the expression says so
        var next = expression.GetNextValidTimeAfter(after.ToUniversalTime())?.ToUniversalTime();
        return next is { } time && (end is not { } to || time <= to) ? time : null;
    }

    /// <summary>The first times after another.</summary>
    /// <param name="after">The time before the first.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<DateTimeOffset> Upcoming(DateTimeOffset after, int count)
    {
        var times = new List<DateTimeOffset>(count);
        while (times.Count < count && Next(times.Count > 0 ? times[^1] : after) is { } next)
            times.Add(next);
        return times;
    }

    private static CronExpression? Read(string cron, string[] fields, out string refusal)
    {
        refusal = "";
        if (fields.Take(6).Any(CronFields.HasTooLargeNumber))
            return null;
        try
        {
            return CronExpression.Parse(cron, fields.Length == 5 ? CronFormat.Unix : CronFormat.Quartz);
        }
        catch (FormatException e)
        {
            refusal = e.Message;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // Its parser is not careful with expressions that end too early.
        }
        return null;
    }
}
