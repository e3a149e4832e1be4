using System.Text.Json;
using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Schedules;

namespace Sos.Api.Schedules;

/// <summary>A schedule to be saved.</summary>
public sealed record ScheduleRequest
{
    internal const string Utc = "UTC";

    /// <summary>What it is for; 1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The version to run; where left out, the one that is the latest at each time.</summary>
    public int? Version { get; init; }

    /// <summary>When it runs: five fields as in crontab (<c>0 9 * * 1-5</c>), six or seven as in Quartz (<c>0 0 9 ? * MON-FRI</c>), or <c>@hourly</c>, <c>@daily</c>, <c>@weekly</c>, <c>@monthly</c> or <c>@yearly</c>.</summary>
    public required string Cron { get; init; }

    /// <summary>The IANA name of the time zone that the times are in, such as <c>Europe/Berlin</c>; <c>UTC</c> where left out.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The executions' input, 64 KiB at most; an empty object where left out.</summary>
    public JsonElement Input { get; init; }

    /// <summary>What to do about times at which no executor was there: run once for all of them (<c>fireOnce</c>, where left out), not at all (<c>skip</c>), or once for each (<c>fireAll</c>, the latest 100 at most).</summary>
    public string? MisfirePolicy { get; init; }

    /// <summary>What to do while its last execution has not ended: start another one (<c>allow</c>, where left out), or leave the time out (<c>skip</c>).</summary>
    public string? OverlapPolicy { get; init; }

    /// <summary>It does not run before this time.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>It does not run after this time.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Whether it runs, true where left out; false pauses it. What it misses while it is paused is not made up for.</summary>
    public bool? Enabled { get; init; }

    /// <summary>The schedule that is asked for.</summary>
    /// <exception cref="ProblemException">400 with everything that is wrong.</exception>
    internal ScheduleDraft Check(DateTimeOffset now)
    {
        var input = new ScheduleInput
        {
            Name = Name,
            WorkflowId = WorkflowId,
            Version = Version,
            Cron = Cron,
            TimeZone = TimeZone ?? Utc,
            Input = Input,
            MisfirePolicy = MisfirePolicy ?? Sos.Workflows.Schedules.MisfirePolicy.FireOnce,
            OverlapPolicy = OverlapPolicy ?? Sos.Workflows.Schedules.OverlapPolicy.Allow,
            StartsAt = StartsAt?.ToUniversalTime(),
            EndsAt = EndsAt?.ToUniversalTime(),
            Enabled = Enabled ?? true,
        };
        return input.Check(now, out var problems) ?? throw Refuse(problems);
    }

    internal static ProblemException Refuse(IReadOnlyList<JsonProblem> problems) => ProblemCatalog.Invalid("invalid_schedule", problems[0].Message, problems);
}

/// <summary>A cron expression to be tried out.</summary>
public sealed record SchedulePreviewRequest
{
    /// <summary>The expression.</summary>
    public required string Cron { get; init; }

    /// <summary>The IANA name of the time zone; <c>UTC</c> where left out.</summary>
    public string? TimeZone { get; init; }

    /// <summary>No times before this one.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>No times after this one.</summary>
    public DateTimeOffset? EndsAt { get; init; }
}

/// <summary>When a cron expression would run.</summary>
/// <param name="NextRuns">The next five times; fewer where it ends.</param>
public sealed record SchedulePreview(IReadOnlyList<DateTimeOffset> NextRuns);
