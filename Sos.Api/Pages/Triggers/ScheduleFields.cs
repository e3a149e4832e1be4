using System.Globalization;
using System.Text.Json;
using Sos.Api.Problems;
using Sos.Api.Schedules;
using Sos.Workflows.Json;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Triggers;

/// <summary>A schedule as somebody types it into the form.</summary>
public sealed class ScheduleFields
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>What it is for.</summary>
    public string Name { get; set; } = "";

    /// <summary>The workflow's id.</summary>
    public string Workflow { get; set; } = "";

    /// <summary>The version's number; empty for the latest.</summary>
    public string Version { get; set; } = "";

    /// <summary>The cron expression.</summary>
    public string Cron { get; set; } = "0 9 * * 1-5";

    /// <summary>The IANA name of the time zone.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The executions' input, as JSON.</summary>
    public string Input { get; set; } = "{}";

    /// <summary>What to do about missed times.</summary>
    public string MisfirePolicy { get; set; } = Sos.Workflows.Schedules.MisfirePolicy.FireOnce;

    /// <summary>What to do while the last execution has not ended.</summary>
    public string OverlapPolicy { get; set; } = Sos.Workflows.Schedules.OverlapPolicy.Allow;

    /// <summary>The first moment, as a date and time in the schedule's zone; empty for none.</summary>
    public string StartsAt { get; set; } = "";

    /// <summary>The last moment, in the same way.</summary>
    public string EndsAt { get; set; } = "";

    /// <summary>Whether it runs.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The fields of a schedule that is there.</summary>
    public static ScheduleFields Of(Schedule schedule) => new()
    {
        Name = schedule.Name,
        Workflow = schedule.WorkflowId.ToString(),
        Version = schedule.Version?.ToString(CultureInfo.InvariantCulture) ?? "",
        Cron = schedule.Cron,
        TimeZone = schedule.TimeZone,
        Input = JsonSerializer.Serialize(schedule.Input, Indented),
        MisfirePolicy = schedule.MisfirePolicy,
        OverlapPolicy = schedule.OverlapPolicy,
        StartsAt = Local(schedule.StartsAt, schedule.TimeZone),
        EndsAt = Local(schedule.EndsAt, schedule.TimeZone),
        Enabled = schedule.Enabled,
    };

    /// <summary>What is asked for.</summary>
    /// <exception cref="ProblemException">A field can't be read; what else is wrong is found when it is saved.</exception>
    public ScheduleRequest ToRequest()
    {
        var problems = new List<JsonProblem>();
        var request = new ScheduleRequest
        {
            Name = Name.Trim(),
            WorkflowId = ReadWorkflow(Workflow, problems),
            Version = ReadNumber(Version, "/version", "A version is a number from 1; leave it empty for the latest.", problems),
            Cron = Cron.Trim(),
            TimeZone = TimeZone.Trim(),
            Input = ReadInput(problems),
            MisfirePolicy = MisfirePolicy,
            OverlapPolicy = OverlapPolicy,
            StartsAt = ReadTime(StartsAt, "/startsAt", problems),
            EndsAt = ReadTime(EndsAt, "/endsAt", problems),
            Enabled = Enabled,
        };
        return problems.Count == 0 ? request : throw ScheduleRequest.Refuse(problems);
    }

    /// <summary>The next times that the fields name.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="problem">What is wrong with them; null for nothing.</param>
    public IReadOnlyList<DateTimeOffset> Upcoming(DateTimeOffset now, int count, out string? problem)
    {
        var problems = new List<JsonProblem>();
        var times = ScheduleInput.Times(Cron.Trim(), TimeZone.Trim(), ReadTime(StartsAt, "/startsAt", problems), ReadTime(EndsAt, "/endsAt", problems), problems);
        problem = problems.Count > 0 ? problems[0].Message : null;
        return times is not null && problem is null ? times.Upcoming(now, count) : [];
    }

    internal static Guid ReadWorkflow(string text, List<JsonProblem> problems)
    {
        if (Guid.TryParse(text, out var id))
            return id;
        problems.Add(new("/workflowId", "needed", "Choose a workflow."));
        return default;
    }

    internal static int? ReadNumber(string text, string pointer, string message, List<JsonProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        problems.Add(new(pointer, "invalid_value", message));
        return null;
    }

    private JsonElement ReadInput(List<JsonProblem> problems)
    {
        try
        {
            return string.IsNullOrWhiteSpace(Input) ? default : JsonElement.Parse(Input, new JsonDocumentOptions { MaxDepth = 64 });
        }
        catch (JsonException e)
        {
            problems.Add(new("/input", "invalid_json", $"The input is no JSON: see line {e.LineNumber + 1}."));
            return default;
        }
    }

    private DateTimeOffset? ReadTime(string text, string pointer, List<JsonProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year < 1970 || local.Year > 2999)
        {
            problems.Add(new(pointer, "invalid_time", "Write a date and a time."));
            return null;
        }
        var zone = CronSchedule.TryFindZone(TimeZone.Trim(), out var found) ? found : TimeZoneInfo.Utc;
        return new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), zone.GetUtcOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified)));
    }

    private static string Local(DateTimeOffset? time, string timeZone) =>
        time is { } at ? TimeZoneInfo.ConvertTime(at, CronSchedule.TryFindZone(timeZone, out var zone) ? zone : TimeZoneInfo.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) : "";
}
