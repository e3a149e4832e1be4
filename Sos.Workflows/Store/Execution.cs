using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>An execution without its documents, as lists show it.</summary>
public record ExecutionSummary
{
    /// <summary>The execution's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's name when the execution was submitted.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The workflow's version.</summary>
    public required int Version { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>Why it failed; null unless it did.</summary>
    public ExecutionError? Error { get; init; }

    /// <summary>The trace that every span and log row of it belongs to.</summary>
    public required string TraceId { get; init; }

    /// <summary>The execution whose <c>workflow</c> node started this one; null for one that was started by itself.</summary>
    public Guid? ParentExecutionId { get; init; }

    /// <summary>The execution that this one retries or re-runs; null for a fresh one.</summary>
    public Guid? SourceExecutionId { get; init; }

    /// <summary><c>retry</c> or <c>rerun</c>; null for a fresh one.</summary>
    public string? SourceKind { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an executor first claimed it; null until then.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>
    /// What its own model calls have cost so far, in US dollars; without those of executions that it started, and
    /// without calls whose model's price is unknown.
    /// </summary>
    public decimal CostUsd { get; init; }

    /// <summary>From acceptance to end, waits included, in milliseconds; null until it ended.</summary>
    public double? LatencyMs => (FinishedAt - CreatedAt)?.TotalMilliseconds;
}

/// <summary>An execution with its documents.</summary>
public record Execution : ExecutionSummary
{
    /// <summary>Starts from what lists show.</summary>
    [SetsRequiredMembers]
    internal Execution(ExecutionSummary summary)
        : base(summary)
    {
    }

    /// <summary>What it was started with.</summary>
    [JsonPropertyOrder(1)]
    public JsonElement Input { get; init; }

    /// <summary>What it came to; null unless it completed.</summary>
    [JsonPropertyOrder(1)]
    public JsonElement? Output { get; init; }

    /// <summary>Whether it pauses before every node.</summary>
    [JsonPropertyOrder(1)]
    public bool StepMode { get; init; }

    /// <summary>The nodes that it pauses before.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string> Breakpoints { get; init; } = [];

    /// <summary>The nodes that a paused execution would start next.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string> PausedBefore { get; init; } = [];

    /// <summary>The node of the parent that started it.</summary>
    [JsonPropertyOrder(1)]
    public string? ParentNodeId { get; init; }

    /// <summary>When a waiting execution goes on by itself; null where nothing but a signal wakes it.</summary>
    [JsonPropertyOrder(1)]
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>The schedule or webhook that started it; null where none did.</summary>
    [JsonPropertyOrder(1)]
    public ExecutionTrigger? Trigger { get; init; }
}

/// <summary>What one node did in one execution.</summary>
public sealed record Step
{
    /// <summary>The execution.</summary>
    public required Guid ExecutionId { get; init; }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>Which item of a <c>foreach</c> it ran for: empty at the top, <c>3</c>, or <c>3.0</c> when nested.</summary>
    public required string Iteration { get; init; }

    /// <summary>The node's type.</summary>
    public required string Type { get; init; }

    /// <summary>Where it stands.</summary>
    public required StepStatus Status { get; init; }

    /// <summary>Attempts started so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>One entry per attempt where there was more than one: <c>{attempt, startedAt, latencyMs, error?}</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? AttemptLog { get; init; }

    /// <summary>The branch that its outgoing edges' <c>when</c> was compared with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Branch { get; init; }

    /// <summary>The config it ran with, expressions evaluated.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>What later nodes see of it.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Why it failed.</summary>
    public ExecutionError? Error { get; init; }

    /// <summary>When it wakes by itself; null where only a signal wakes it, or it does not wait.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>When its first attempt started; null where it was skipped.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How long it took, all attempts together, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>The trace of the run that did it; a step that a retry copied keeps the original's.</summary>
    public string? TraceId { get; init; }

    /// <summary>Its span.</summary>
    public string? SpanId { get; init; }
}

/// <summary>A row of <c>event_logs</c>.</summary>
public sealed record ExecutionEvent
{
    /// <summary>Rises within an execution; the id of a live event.</summary>
    public required long Id { get; init; }

    /// <summary>What happened, such as <c>node_completed</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The execution.</summary>
    public Guid? ExecutionId { get; init; }

    /// <summary>The node; null for what concerns the whole execution.</summary>
    public string? NodeId { get; init; }

    /// <summary>Which item of a <c>foreach</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Iteration { get; init; }

    /// <summary>The outcome in a word.</summary>
    public string? Status { get; init; }

    /// <summary>Details, by type.</summary>
    public JsonElement? Context { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>The trace.</summary>
    public string? TraceId { get; init; }

    /// <summary>The span.</summary>
    public string? SpanId { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>Which executions a list holds; null lets everything through.</summary>
public sealed record ExecutionFilter
{
    /// <summary>Executions of this workflow.</summary>
    public Guid? WorkflowId { get; init; }

    /// <summary>Executions with one of these statuses; empty for all.</summary>
    public IReadOnlyList<ExecutionStatus> Statuses { get; init; } = [];

    /// <summary>Executions with this status; null for all.</summary>
    public ExecutionStatus? Status
    {
        get => Statuses is [var only] ? only : null;
        init => Statuses = value is { } status ? [status] : [];
    }

    /// <summary>A part of the workflow's name or of the error's code or message, whatever the case.</summary>
    public string? Text { get; init; }

    /// <summary>Executions whose own model calls have cost this much in US dollars, or more.</summary>
    public decimal? MinCostUsd { get; init; }

    /// <summary>Only these executions; null for all.</summary>
    public IReadOnlyCollection<Guid>? Ids { get; init; }

    /// <summary>Only those newer than this one.</summary>
    public Guid? After { get; init; }

    /// <summary>Executions of this trace.</summary>
    public string? TraceId { get; init; }

    /// <summary>Accepted at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Accepted before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only those older than this one; null to begin with the newest.</summary>
    public Guid? Before { get; init; }

    /// <summary>How many at most.</summary>
    public required int Limit { get; init; }
}

/// <summary>Where a step stands in the order of an execution's steps.</summary>
/// <param name="At">When it started, or was skipped; the end of time for one that has done neither.</param>
/// <param name="NodeId">Its node.</param>
/// <param name="Iteration">Its iteration.</param>
public sealed record StepPosition(DateTimeOffset At, string NodeId, string Iteration)
{
    /// <summary>The position of a step.</summary>
    public static StepPosition Of(Step step) => new(step.StartedAt ?? step.FinishedAt ?? DateTimeOffset.MaxValue, step.NodeId, step.Iteration);
}

/// <summary>Some rows, and whether there are more.</summary>
/// <param name="Items">The rows.</param>
/// <param name="HasMore">Whether there are more after them.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, bool HasMore);

/// <summary>Some events of an execution, and where it stood before they were read.</summary>
/// <param name="Items">The events.</param>
/// <param name="HasMore">Whether there are more after them.</param>
/// <param name="Status">The execution's status: where it is final and there are no more, these are the last events.</param>
public sealed record EventPage(IReadOnlyList<ExecutionEvent> Items, bool HasMore, ExecutionStatus Status);
