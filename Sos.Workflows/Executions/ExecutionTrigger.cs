using System.Text.Json.Serialization;

namespace Sos.Workflows.Executions;

/// <summary>What started an execution by itself.</summary>
public sealed record ExecutionTrigger
{
    /// <summary>A schedule.</summary>
    public const string Schedule = "schedule";

    /// <summary>A webhook.</summary>
    public const string Webhook = "webhook";

    /// <summary><c>schedule</c> or <c>webhook</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The schedule or the webhook.</summary>
    public required Guid Id { get; init; }

    /// <summary>The time that a schedule meant; it may have started later.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>How many earlier times of a schedule passed without an execution since the last one, because nothing ran it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Missed { get; init; }
}
