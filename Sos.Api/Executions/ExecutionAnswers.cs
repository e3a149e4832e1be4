using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Api.Requests;
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

    /// <summary>The version to run, a corrected one for instance; what it does otherwise runs again, too. Left out, the same version as before.</summary>
    public int? Version { get; init; }
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
[JsonConverter(typeof(EnumByNameConverter<ApprovalDecision>))]
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

/// <summary>An execution.</summary>
public sealed record ExecutionAnswer : Execution
{
    [SetsRequiredMembers]
    internal ExecutionAnswer(Execution execution, ExecutionLinks links)
        : base(execution) => Links = links;

    /// <summary>Where to go from here.</summary>
    [JsonPropertyOrder(2)]
    public ExecutionLinks Links { get; }
}

/// <summary>Addresses of an execution.</summary>
public sealed record ExecutionLinks
{
    /// <summary>The execution.</summary>
    public required string Self { get; init; }

    /// <summary>Its steps.</summary>
    public required string Steps { get; init; }

    /// <summary>Its events, live.</summary>
    public required string Events { get; init; }

    /// <summary>Every row of its trace.</summary>
    public required string Trace { get; init; }

    /// <summary>The trace in SigNoz, where it is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signoz { get; init; }

    /// <summary>The trace in the Aspire dashboard, where it is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Aspire { get; init; }
}

/// <summary>The last event of a stream: the execution has ended.</summary>
/// <param name="Status">How it ended.</param>
public sealed record EndOfEvents(ExecutionStatus Status);
