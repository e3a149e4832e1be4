using System.Text.Json;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>Everything an execution has come to since its last checkpoint. It commits whole or not at all.</summary>
public sealed record Checkpoint
{
    /// <summary>The execution.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>Its workspace.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>Its organization.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Who started it.</summary>
    public Guid? UserId { get; init; }

    /// <summary>Its workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>Its trace: 32 hex digits.</summary>
    public required string TraceId { get; init; }

    /// <summary>The claim under which this was done; a checkpoint of an earlier claim is refused.</summary>
    public required int Epoch { get; init; }

    /// <summary>Its number, one more than the last one's; sent twice, it is applied once.</summary>
    public required int Seq { get; init; }

    /// <summary>Where the execution stands now. Anything but running gives up the lease.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>When a waiting execution wakes by itself; null to wake by a signal only.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>The output of a completed execution.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>The error of a failed one, as JSON of <see cref="ExecutionError"/>.</summary>
    public JsonElement? Error { get; init; }

    /// <summary>Whether it stops before every node.</summary>
    public bool StepMode { get; init; }

    /// <summary>The nodes that a paused execution would start next.</summary>
    public IReadOnlyList<string> PausedBefore { get; init; } = [];

    /// <summary>The number of the last signal it has handled.</summary>
    public int SignalSeen { get; init; }

    /// <summary>The current <c>workflow.execute</c> span; null when spans are off.</summary>
    public string? RunSpanId { get; init; }

    /// <summary>Steps that changed.</summary>
    public IReadOnlyList<StepRow> Steps { get; init; } = [];

    /// <summary>Rows for <c>event_logs</c>.</summary>
    public IReadOnlyList<EventRow> Events { get; init; } = [];

    /// <summary>Executions that <c>workflow</c> nodes start.</summary>
    public IReadOnlyList<ChildExecution> Children { get; init; } = [];

    /// <summary>Signals to other executions: to the parent that this one ended, to children that they must.</summary>
    public IReadOnlyList<OutgoingSignal> Signals { get; init; } = [];

    /// <summary>Rows for <c>model_cost_logs</c>.</summary>
    public IReadOnlyList<ModelCallRow> ModelCalls { get; init; } = [];

    /// <summary>Rows for <c>agent_trace_history</c>.</summary>
    public IReadOnlyList<AgentTraceRow> AgentTraces { get; init; } = [];

    /// <summary>Messages that agents will remember.</summary>
    public IReadOnlyList<ConversationRow> Conversations { get; init; } = [];
}

/// <summary>What became of a checkpoint.</summary>
/// <param name="Applied">Whether it is in the database; false when another claim has taken the execution over.</param>
/// <param name="Status">Where the execution stands: as asked, or pending when a signal came before it could rest.</param>
public readonly record struct CheckpointResult(bool Applied, ExecutionStatus Status);

/// <summary>A row of <c>execution_steps</c>.</summary>
public sealed record StepRow
{
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The iteration; empty at the top.</summary>
    public required string Iteration { get; init; }

    /// <summary>The node's type.</summary>
    public required string Type { get; init; }

    /// <summary>Where the step stands.</summary>
    public required StepStatus Status { get; init; }

    /// <summary>Attempts started so far.</summary>
    public int Attempt { get; init; }

    /// <summary>The earlier attempts as JSON, where there were any.</summary>
    public JsonElement? Attempts { get; init; }

    /// <summary>The branch a completed node took.</summary>
    public string? Branch { get; init; }

    /// <summary>The config with its expressions evaluated.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>What it gave.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Why it failed, as JSON of <see cref="ExecutionError"/>.</summary>
    public JsonElement? Error { get; init; }

    /// <summary>What a waiting or iterating node needs to go on.</summary>
    public JsonElement? State { get; init; }

    /// <summary>When a waiting node wakes by itself.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>The node's span.</summary>
    public string? SpanId { get; init; }

    /// <summary>When its first attempt started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>From start to end in milliseconds, waits included.</summary>
    public double? LatencyMs { get; init; }
}

/// <summary>A row of <c>event_logs</c>; tenant, user and trace come from the checkpoint.</summary>
public sealed record EventRow
{
    /// <summary>What happened; see <see cref="Telemetry.EventTypes"/>.</summary>
    public required string EventType { get; init; }

    /// <summary>The node it happened to; null for the execution.</summary>
    public string? NodeId { get; init; }

    /// <summary>The node's iteration.</summary>
    public string? Iteration { get; init; }

    /// <summary>Details.</summary>
    public JsonElement? Context { get; init; }

    /// <summary>The outcome in one word.</summary>
    public string? Status { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>The span it belongs to.</summary>
    public string? SpanId { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>An execution that a <c>workflow</c> node starts, in its parent's workspace, user and trace.</summary>
public sealed record ChildExecution
{
    /// <summary>The child's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The child's workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The row of its version.</summary>
    public required Guid VersionId { get; init; }

    /// <summary>The version's number.</summary>
    public required int Version { get; init; }

    /// <summary>The workflow's name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The child's input.</summary>
    public required JsonElement Input { get; init; }

    /// <summary>The trace context of the node's span.</summary>
    public required string TraceParent { get; init; }

    /// <summary>The node that starts it.</summary>
    public required string ParentNodeId { get; init; }

    /// <summary>The node's iteration.</summary>
    public required string ParentIteration { get; init; }

    /// <summary>How many <c>workflow</c> nodes are above the child.</summary>
    public required int Depth { get; init; }
}

/// <summary>A signal to another execution of the same workspace.</summary>
/// <param name="Target">The execution it is for.</param>
/// <param name="Kind"><c>cancel</c> or <c>child</c>.</param>
/// <param name="NodeId">The node it is for; null for the execution.</param>
/// <param name="Iteration">The node's iteration.</param>
/// <param name="Payload">What it says.</param>
public sealed record OutgoingSignal(Guid Target, string Kind, string? NodeId, string? Iteration, JsonElement? Payload);
