using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>What to start an execution with.</summary>
public sealed record StartExecutionRequest
{
    /// <summary>The input; an empty object where left out.</summary>
    public JsonElement Input { get; init; }

    /// <summary>The version to run; the latest where left out.</summary>
    public int? Version { get; init; }

    /// <summary>Whether to pause before every node.</summary>
    public bool StepMode { get; init; }

    /// <summary>Ids of nodes to pause before.</summary>
    public IReadOnlyList<string>? Breakpoints { get; init; }
}

/// <summary>Where to start an execution again.</summary>
public sealed record RerunRequest
{
    /// <summary>The node that runs again, with everything after it.</summary>
    public required string FromNode { get; init; }
}

/// <summary>An answer to an approval.</summary>
public sealed record ApprovalRequest
{
    /// <summary>The answer.</summary>
    public required ApprovalDecision Decision { get; init; }

    /// <summary>What to say about it; at most 2,000 characters.</summary>
    public string? Comment { get; init; }
}

/// <summary>The two answers to an approval.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ApprovalDecision>))]
public enum ApprovalDecision
{
    /// <summary>Yes.</summary>
    [JsonStringEnumMemberName("approve")] Approve,

    /// <summary>No.</summary>
    [JsonStringEnumMemberName("reject")] Reject,
}

/// <summary>An execution that was accepted, or told something, and has not ended yet.</summary>
public sealed record ExecutionReceipt
{
    /// <summary>The execution's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's version.</summary>
    public required int Version { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>The trace that every span and log row of it belongs to.</summary>
    public required string TraceId { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where to go from here.</summary>
    public required ExecutionLinks Links { get; init; }
}

/// <summary>An execution without its documents.</summary>
public sealed record ExecutionListItem
{
    /// <summary>The execution's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's name when the execution was accepted.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The workflow's version.</summary>
    public required int Version { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>Why it failed; null unless it did.</summary>
    public ExecutionError? Error { get; init; }

    /// <summary>The trace that every span and log row of it belongs to.</summary>
    public required string TraceId { get; init; }

    /// <summary>The execution whose <c>workflow</c> node started it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? ParentExecutionId { get; init; }

    /// <summary>The execution that it retries or re-runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? SourceExecutionId { get; init; }

    /// <summary><c>retry</c> or <c>rerun</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SourceKind { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an executor first took it.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>From acceptance to end, waits included, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    internal static ExecutionListItem Of(ExecutionSummary e) => new()
    {
        Id = e.Id,
        WorkflowId = e.WorkflowId,
        WorkflowName = e.WorkflowName,
        Version = e.Version,
        Status = e.Status,
        Error = e.Error,
        TraceId = e.TraceId,
        ParentExecutionId = e.ParentExecutionId,
        SourceExecutionId = e.SourceExecutionId,
        SourceKind = e.SourceKind,
        CreatedAt = e.CreatedAt,
        StartedAt = e.StartedAt,
        FinishedAt = e.FinishedAt,
        LatencyMs = e.LatencyMs,
    };
}
