using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Schedules;

/// <summary>A schedule as somebody gives it.</summary>
public sealed record ScheduleInput
{
    /// <summary>The most bytes of its executions' input.</summary>
    public const int MaxInputBytes = 64 * 1024;

    /// <summary>The first time that a schedule may start or end at.</summary>
    public static readonly DateTimeOffset Earliest = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The time that a schedule starts and ends before. Arithmetic around it, such as in a time zone, stays within what a time can be.</summary>
    public static readonly DateTimeOffset Latest = new(3000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly StorableJsonLimits InputLimits = new() { MaxBytes = MaxInputBytes };

    private static readonly JsonElement NoInput = JsonElement.Parse("{}"u8);

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's version; null for the latest at each time.</summary>
    public int? Version { get; init; }

    /// <summary>The cron expression.</summary>
    public required string Cron { get; init; }

    /// <summary>The IANA name of the time zone.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The executions' input; undefined for an empty object.</summary>
    public JsonElement Input { get; init; }

    /// <summary>A <see cref="Schedules.MisfirePolicy"/>.</summary>
    public required string MisfirePolicy { get; init; }

    /// <summary>An <see cref="Schedules.OverlapPolicy"/>.</summary>
    public required string OverlapPolicy { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Not after this time.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Whether it runs.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Checks it all.</summary>
    /// <param name="now">The current time: a schedule that is enabled has a time after it.</param>
    /// <param name="problems">Everything that is wrong.</param>
    /// <returns>The schedule to be saved; null where something is wrong.</returns>
    public ScheduleDraft? Check(DateTimeOffset now, out IReadOnlyList<JsonProblem> problems)
    {
        var found = new List<JsonProblem>();
        problems = found;
        if (string.IsNullOrWhiteSpace(Name) || Name.Length > 200 || StorableJson.Clean(Name) != Name)
            found.Add(new("/name", "invalid_name", "A schedule's name has 1 to 200 characters."));
        if (Version < 1)
            found.Add(new("/version", "invalid_value", "A version is a number from 1."));
        if (!Schedules.MisfirePolicy.All.Contains(MisfirePolicy))
            found.Add(new("/misfirePolicy", JsonProblemCodes.NotAllowed, $"The misfire policy is one of {string.Join(", ", Schedules.MisfirePolicy.All)}."));
        if (!Schedules.OverlapPolicy.All.Contains(OverlapPolicy))
            found.Add(new("/overlapPolicy", JsonProblemCodes.NotAllowed, $"The overlap policy is one of {string.Join(", ", Schedules.OverlapPolicy.All)}."));
        var input = Input.ValueKind == JsonValueKind.Undefined ? NoInput : Input;
        found.AddRange(StorableJson.Check(input, InputLimits).Select(p => p with { Pointer = "/input" + p.Pointer }));
        var times = Times(Cron, TimeZone, StartsAt, EndsAt, found);
        var next = times?.Next(now);
        if (times is not null && next is null && Enabled)
            found.Add(new("/cron", "never_runs", "There is no such time from now on: no such day, a year that is over, or an end that comes before."));
        return found.Count > 0 ? null : new ScheduleDraft(this with { Input = input }, times!, Enabled ? next : null);
    }

    /// <summary>The times of a schedule.</summary>
    /// <param name="cron">The cron expression.</param>
    /// <param name="timeZone">The IANA name of the time zone.</param>
    /// <param name="startsAt">Not before this time.</param>
    /// <param name="endsAt">Not after this time.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <returns>The times; null where something is wrong.</returns>
    public static CronSchedule? Times(string cron, string timeZone, DateTimeOffset? startsAt, DateTimeOffset? endsAt, ICollection<JsonProblem> problems)
    {
        var isInBounds = InBounds("startsAt", startsAt) & InBounds("endsAt", endsAt);
        if (endsAt < startsAt)
            problems.Add(new("/endsAt", "invalid_time", "The end comes before the start."));
        if (!CronSchedule.TryFindZone(timeZone, out var zone))
            problems.Add(new("/timeZone", "unknown_time_zone", "There is no such time zone. Use an IANA name such as Europe/Berlin or America/New_York, or UTC."));
        if (!CronSchedule.TryParse(cron, zone ?? TimeZoneInfo.Utc, out var schedule, out var problem))
            problems.Add(new("/cron", "invalid_cron", problem));
        return schedule is not null && zone is not null && isInBounds ? schedule.Between(startsAt, endsAt) : null;

        bool InBounds(string name, DateTimeOffset? time)
        {
            if (time is null || time >= Earliest && time < Latest)
                return true;
            problems.Add(new($"/{name}", "out_of_range", $"{name} is a time of the years {Earliest.Year} to {Latest.Year - 1}. Leave it out for none."));
            return false;
        }
    }
}

/// <summary>A schedule to be saved.</summary>
/// <param name="Input">What was given, checked.</param>
/// <param name="Times">Its times.</param>
/// <param name="NextRunAt">The first of them; null where it does not run.</param>
public sealed record ScheduleDraft(ScheduleInput Input, CronSchedule Times, DateTimeOffset? NextRunAt);
