using System.Text.Json.Serialization;

namespace Sos.Workflows.Executions;

/// <summary>Where an execution stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExecutionStatus>))]
public enum ExecutionStatus
{
    /// <summary>Accepted; an executor will claim it.</summary>
    [JsonStringEnumMemberName("pending")] Pending,

    /// <summary>An executor holds its lease.</summary>
    [JsonStringEnumMemberName("running")] Running,

    /// <summary>Nothing to do until a time, an approval, a child or a signal; holds no slot.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,

    /// <summary>Stopped before a node by step mode, a breakpoint or a person.</summary>
    [JsonStringEnumMemberName("paused")] Paused,

    /// <summary>Ended well.</summary>
    [JsonStringEnumMemberName("completed")] Completed,

    /// <summary>Ended by an error.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>Ended by a person or its parent.</summary>
    [JsonStringEnumMemberName("cancelled")] Cancelled,
}

/// <summary>Where a step stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StepStatus>))]
public enum StepStatus
{
    /// <summary>Its node is running, or was when its executor stopped.</summary>
    [JsonStringEnumMemberName("running")] Running,

    /// <summary>Its node waits without running.</summary>
    [JsonStringEnumMemberName("waiting")] Waiting,

    /// <summary>Its node finished; the output is final.</summary>
    [JsonStringEnumMemberName("completed")] Completed,

    /// <summary>Its node failed for good.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>Its node was stopped because the execution ended.</summary>
    [JsonStringEnumMemberName("cancelled")] Cancelled,

    /// <summary>None of its incoming edges was taken.</summary>
    [JsonStringEnumMemberName("skipped")] Skipped,
}

/// <summary>Names of statuses as the database, the API and telemetry write them.</summary>
public static class StatusNames
{
    /// <summary>The lower-case name.</summary>
    public static string Name(this ExecutionStatus status) => status switch
    {
        ExecutionStatus.Pending => "pending",
        ExecutionStatus.Running => "running",
        ExecutionStatus.Waiting => "waiting",
        ExecutionStatus.Paused => "paused",
        ExecutionStatus.Completed => "completed",
        ExecutionStatus.Failed => "failed",
        ExecutionStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>The lower-case name.</summary>
    public static string Name(this StepStatus status) => status switch
    {
        StepStatus.Running => "running",
        StepStatus.Waiting => "waiting",
        StepStatus.Completed => "completed",
        StepStatus.Failed => "failed",
        StepStatus.Cancelled => "cancelled",
        StepStatus.Skipped => "skipped",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>Reads an execution's status as the database writes it.</summary>
    public static ExecutionStatus ToExecutionStatus(string name) =>
        TryParseExecutionStatus(name, out var status) ? status : throw new ArgumentException($"Unknown execution status '{name}'.", nameof(name));

    /// <summary>Reads an execution's status.</summary>
    public static bool TryParseExecutionStatus(string name, out ExecutionStatus status)
    {
        foreach (var candidate in Enum.GetValues<ExecutionStatus>())
        {
            if (candidate.Name() == name)
            {
                status = candidate;
                return true;
            }
        }
        status = default;
        return false;
    }

    /// <summary>Reads a step's status as the database writes it.</summary>
    public static StepStatus ToStepStatus(string name) => name switch
    {
        "running" => StepStatus.Running,
        "waiting" => StepStatus.Waiting,
        "completed" => StepStatus.Completed,
        "failed" => StepStatus.Failed,
        "cancelled" => StepStatus.Cancelled,
        "skipped" => StepStatus.Skipped,
        _ => throw new ArgumentException($"Unknown step status '{name}'.", nameof(name)),
    };

    /// <summary>Whether an execution with this status has ended for good.</summary>
    public static bool IsFinal(this ExecutionStatus status) =>
        status is ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled;

    /// <summary>Whether a step with this status has ended for good.</summary>
    public static bool IsFinal(this StepStatus status) => status is not (StepStatus.Running or StepStatus.Waiting);
}
