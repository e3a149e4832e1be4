using System.Diagnostics;
using System.Text.Json;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Nodes;

/// <summary>What a node sees of the execution it runs in.</summary>
public sealed class NodeContext
{
    /// <summary>The execution.</summary>
    public required ExecutionInfo Execution { get; init; }

    /// <summary>The node's id in the definition.</summary>
    public required string NodeId { get; init; }

    /// <summary>Which item of a <c>foreach</c> this runs for: empty at the top, <c>3</c>, or <c>3.0</c> when nested.</summary>
    public required string Iteration { get; init; }

    /// <summary>The attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The config with every expression evaluated; a nested body is left out.</summary>
    public required JsonElement Config { get; init; }

    /// <summary>What the node saved when it last began to wait; null when it starts.</summary>
    public JsonElement? State { get; init; }

    /// <summary>What woke the node; null when it starts, or when its time came.</summary>
    public NodeSignal? Signal { get; init; }

    /// <summary>Only until the node's first await, since the run goes on meanwhile: where its expressions find <c>input</c>, <c>steps</c>, <c>execution</c> and, in a body, <c>item</c> and <c>index</c>.</summary>
    public required ICelVariables Variables { get; init; }

    /// <summary>The node's span, current while it runs; null when nobody listens.</summary>
    public Activity? Span { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The same for every attempt at this step of this execution, also after a crash; sent on to services that can use it.</summary>
    public string IdempotencyKey => Iteration.Length == 0 ? $"{Execution.Id}/{NodeId}" : $"{Execution.Id}/{NodeId}/{Iteration}";

    /// <summary>Rows for <c>event_logs</c> that commit with the step.</summary>
    internal List<NodeEvent> Events { get; } = [];

    /// <summary>Adds a row to <c>event_logs</c> that commits with this step's next checkpoint.</summary>
    /// <param name="eventType">A snake_case name such as <c>tool_executed</c>.</param>
    /// <param name="status">The outcome in one word; null where there is none.</param>
    /// <param name="context">Details; never a secret.</param>
    /// <param name="latency">How long it took.</param>
    public void AddEvent(string eventType, string? status = null, JsonElement? context = null, TimeSpan? latency = null) =>
        Events.Add(new NodeEvent(eventType, status, context, latency, Time.GetUtcNow()));
}

/// <summary>A row for <c>event_logs</c>.</summary>
internal sealed record NodeEvent(string EventType, string? Status, JsonElement? Context, TimeSpan? Latency, DateTimeOffset Timestamp);

/// <summary>The execution that a node belongs to.</summary>
public sealed record ExecutionInfo
{
    /// <summary>The execution's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workspace it belongs to.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>The organization that owns the workspace.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Who started it; null for a key without a user.</summary>
    public Guid? UserId { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's name when the execution was submitted.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The workflow's version.</summary>
    public required int Version { get; init; }

    /// <summary>Which claim of the execution this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it was first started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How many <c>workflow</c> nodes are above it.</summary>
    public int Depth { get; init; }
}

/// <summary>What came for a waiting node.</summary>
/// <param name="Kind"><c>approval</c> or <c>child</c>.</param>
/// <param name="Payload">For an approval <c>{decision, comment?, userId?, decidedAt}</c>; for a child <c>{executionId, status, output?, error?}</c>.</param>
public sealed record NodeSignal(string Kind, JsonElement Payload);
