using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Store;

/// <summary>A schedule.</summary>
public sealed record Schedule
{
    /// <summary>The schedule's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>The workflow that it runs.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The version that it runs; null for the latest at each time.</summary>
    public int? Version { get; init; }

    /// <summary>When it runs, as a cron expression.</summary>
    public required string Cron { get; init; }

    /// <summary>The time zone of the expression's times.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Its executions' input.</summary>
    public required JsonElement Input { get; init; }

    /// <summary>What it does about times at which no executor was there: <c>fireOnce</c>, <c>skip</c> or <c>fireAll</c>.</summary>
    public required string MisfirePolicy { get; init; }

    /// <summary>Whether it starts an execution while its last one has not ended: <c>allow</c> or <c>skip</c>.</summary>
    public required string OverlapPolicy { get; init; }

    /// <summary>It does not run before this time.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>It does not run after this time.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Whether it runs; false where it is paused, or was disabled because it can't.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Why it was disabled; null where nobody but a person stopped it.</summary>
    public ScheduleStop? DisabledReason { get; init; }

    /// <summary>When it runs next; null where it does not.</summary>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>The time that its last execution was for; null before the first.</summary>
    public DateTimeOffset? LastRunAt { get; init; }

    /// <summary>Its last execution; null before the first.</summary>
    public Guid? LastExecutionId { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When somebody last changed it.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The next times after now; left out in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset>? NextRuns { get; init; }
}

/// <summary>Why a schedule was disabled.</summary>
/// <param name="Code">A stable code: <c>workflow_deleted</c>, <c>version_missing</c>, <c>invalid_input</c> or <c>firing_failed</c>.</param>
/// <param name="Message">A sentence that says what is wrong.</param>
public sealed record ScheduleStop(string Code, string Message);

/// <summary>What became of saving a schedule.</summary>
public abstract record SaveScheduleResult
{
    private SaveScheduleResult()
    {
    }

    /// <summary>It is saved.</summary>
    /// <param name="Schedule">The schedule.</param>
    public sealed record Saved(Schedule Schedule) : SaveScheduleResult;

    /// <summary>There is no such schedule.</summary>
    public sealed record NotFound : SaveScheduleResult;

    /// <summary>The workspace has <see cref="ScheduleStore.MaxSchedules"/> already.</summary>
    public sealed record TooMany : SaveScheduleResult;
}
