using System.Text.Json;
using Npgsql;
using Sos.Workflows.Json;
using Sos.Workflows.Schedules;

namespace Sos.Workflows.Store;

/// <summary>A schedule that is due, with what its execution needs.</summary>
internal sealed record DueSchedule
{
    public required Guid Id { get; init; }

    public required Guid WorkspaceId { get; init; }

    public required Guid OrganizationId { get; init; }

    public Guid? UserId { get; init; }

    public required string Name { get; init; }

    public required Guid WorkflowId { get; init; }

    public int? Version { get; init; }

    public required string Cron { get; init; }

    public required string TimeZone { get; init; }

    public required JsonElement Input { get; init; }

    public required string MisfirePolicy { get; init; }

    public required bool SkipsOverlaps { get; init; }

    public DateTimeOffset? StartsAt { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>The first time that was not run yet.</summary>
    public required DateTimeOffset NextRunAt { get; init; }

    /// <summary>The workflow's name; null where the workflow is deleted.</summary>
    public string? WorkflowName { get; init; }

    /// <summary>The row of the version to run; null where there is none.</summary>
    public Guid? VersionId { get; init; }

    /// <summary>That version's number.</summary>
    public int? FoundVersion { get; init; }

    /// <summary>What the version says about its input; null for nothing.</summary>
    public JsonElement? InputSchema { get; init; }

    /// <summary>Whether the last execution has not ended, and that matters.</summary>
    public bool StillRuns { get; init; }

    /// <summary>Why it can't run, whichever executor tries; null where it can.</summary>
    public ScheduleStop? Check()
    {
        if (WorkflowName is null)
            return new ScheduleStop("workflow_deleted", "The workflow was deleted.");
        if (VersionId is null)
            return new ScheduleStop("version_missing", $"The workflow has no version {Version}.");
        if (InputSchema is { } schema && JsonSchema.TryCompile(schema, out var compiled, out _) && compiled.Evaluate(Input).Errors is { Count: > 0 } errors)
            return new ScheduleStop("invalid_input", $"Its input does not fit version {FoundVersion} of the workflow: {errors[0].Message}");
        return null;
    }

    /// <summary>
    /// Its times; null where this executor can't tell them. They were valid when it was saved, so the reason is here: a
    /// machine without time zone data, or an older version.
    /// </summary>
    public CronSchedule? Times(out string problem)
    {
        var problems = new List<JsonProblem>();
        var times = ScheduleInput.Times(Cron, TimeZone, StartsAt, EndsAt, problems);
        problem = problems is [var first, ..] ? first.Message : "";
        return problems.Count == 0 ? times : null;
    }

    public static DueSchedule Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        WorkspaceId = reader.GetGuid(1),
        OrganizationId = reader.GetGuid(2),
        UserId = reader.GuidOrNull(3),
        Name = reader.GetString(4),
        WorkflowId = reader.GetGuid(5),
        Version = reader.IntOrNull(6),
        Cron = reader.GetString(7),
        TimeZone = reader.GetString(8),
        Input = Jsonb.Read(reader, 9)!.Value,
        MisfirePolicy = reader.GetString(10),
        SkipsOverlaps = reader.GetBoolean(11),
        StartsAt = reader.TimeOrNull(12),
        EndsAt = reader.TimeOrNull(13),
        NextRunAt = reader.Time(14),
        WorkflowName = reader.TextOrNull(15),
        VersionId = reader.GuidOrNull(16),
        FoundVersion = reader.IntOrNull(17),
        InputSchema = Jsonb.Read(reader, 18),
        StillRuns = reader.GetBoolean(19),
    };
}
