namespace Sos.Workflows.Schedules;

/// <summary>Which of a schedule's times that have come are run, and when it is looked at next.</summary>
/// <param name="Run">The times to run, in order.</param>
/// <param name="Missed">How many of the times that have come are not run. Of thousands of them not all are counted.</param>
/// <param name="Next">The first time that has not come yet; null where there is none.</param>
public sealed record DueTimes(IReadOnlyList<DateTimeOffset> Run, int Missed, DateTimeOffset? Next)
{
    /// <summary>A time that is later than this was missed, because nothing ran it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>How many times are run at once at most; the latest ones count.</summary>
    public const int MaxRuns = 100;

    private const int Stretch = 1_000;

    /// <summary>Decides.</summary>
    /// <param name="schedule">The schedule's times.</param>
    /// <param name="first">The first time that was not run yet.</param>
    /// <param name="now">The current time, not before <paramref name="first"/>.</param>
    /// <param name="policy">A <see cref="MisfirePolicy"/>.</param>
    public static DueTimes Of(CronSchedule schedule, DateTimeOffset first, DateTimeOffset now, string policy)
    {
        var due = Latest(schedule, first, now);
        IEnumerable<DateTimeOffset> wanted = policy switch
        {
            _ when now - due[0] <= Grace => due,
            MisfirePolicy.FireAll => due,
            MisfirePolicy.Skip => due.Where(time => now - time <= Grace),
            _ => due[^1..],
        };
        DateTimeOffset[] run = [.. wanted.TakeLast(MaxRuns)];
        return new DueTimes(run, due.Count - run.Length, schedule.Next(now));
    }

    /// <summary>
    /// The times that have come. A schedule of every second that nothing ran for a month has millions, so that only
    /// their last stretch is walked through, found by halving what is left.
    /// </summary>
    private static List<DateTimeOffset> Latest(CronSchedule schedule, DateTimeOffset first, DateTimeOffset now)
    {
        var due = Walk(schedule, first, now);
        while (due.Count == Stretch && schedule.Next(due[^1]) is { } rest && rest <= now)
        {
            var later = schedule.Next(rest + (now - rest) / 2) is { } next && next <= now ? Walk(schedule, next, now) : [];
            due = later.Count >= MaxRuns ? later : Walk(schedule, rest, now);
        }
        return due;
    }

    private static List<DateTimeOffset> Walk(CronSchedule schedule, DateTimeOffset first, DateTimeOffset now)
    {
        var times = new List<DateTimeOffset> { first };
        while (times.Count < Stretch && schedule.Next(times[^1]) is { } next && next <= now)
            times.Add(next);
        return times;
    }
}

/// <summary>What a schedule does about times at which nothing was there to run it.</summary>
public static class MisfirePolicy
{
    /// <summary>Runs once for all of them.</summary>
    public const string FireOnce = "fireOnce";

    /// <summary>Runs none of them.</summary>
    public const string Skip = "skip";

    /// <summary>Runs each of them, the latest <see cref="DueTimes.MaxRuns"/> at most.</summary>
    public const string FireAll = "fireAll";

    /// <summary>All policies.</summary>
    public static readonly IReadOnlyList<string> All = [FireOnce, Skip, FireAll];
}

/// <summary>What a schedule does when its last execution has not ended.</summary>
public static class OverlapPolicy
{
    /// <summary>Starts another one.</summary>
    public const string Allow = "allow";

    /// <summary>Leaves this time out.</summary>
    public const string Skip = "skip";

    /// <summary>All policies.</summary>
    public static readonly IReadOnlyList<string> All = [Allow, Skip];
}
