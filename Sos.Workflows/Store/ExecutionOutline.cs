using System.Text.Json;
using Sos.Workflows.Executions;

namespace Sos.Workflows.Store;

/// <summary>What happened in an execution, without documents.</summary>
/// <param name="Steps">Steps in the order in which they started.</param>
/// <param name="Marks">Events that tell of waits, pauses, retries and tool calls.</param>
/// <param name="Calls">Model calls by when they ended.</param>
/// <param name="LastEvent">The newest event that is part of it; 0 where there is none.</param>
public sealed record ExecutionOutline(
    IReadOnlyList<StepOutline> Steps, IReadOnlyList<ExecutionEvent> Marks, IReadOnlyList<ModelCallOutline> Calls, long LastEvent);

/// <summary>Which step of an execution.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">The item of a <c>foreach</c>; empty at the top.</param>
public readonly record struct StepKey(string NodeId, string Iteration);

/// <summary>A step without its input and output.</summary>
public sealed record StepOutline
{
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>Which item of a <c>foreach</c> it ran for: empty at the top, <c>3</c>, or <c>3.0</c> when nested.</summary>
    public required string Iteration { get; init; }

    /// <summary>Which step it is.</summary>
    public StepKey Key => new(NodeId, Iteration);

    /// <summary>The node's type.</summary>
    public required string Type { get; init; }

    /// <summary>Where it stands.</summary>
    public required StepStatus Status { get; init; }

    /// <summary>Attempts started so far.</summary>
    public int Attempts { get; init; }

    /// <summary>One entry per attempt where there was more than one: <c>{attempt, startedAt, latencyMs, error?}</c>.</summary>
    public JsonElement? AttemptLog { get; init; }

    /// <summary>The branch that it took.</summary>
    public string? Branch { get; init; }

    /// <summary>Why it failed, without details.</summary>
    public ExecutionError? Error { get; init; }

    /// <summary>When it wakes by itself.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>When its first attempt started; null where it was skipped.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Its span.</summary>
    public string? SpanId { get; init; }
}

/// <summary>A model call without its prompt and answer.</summary>
public sealed record ModelCallOutline
{
    /// <summary>The row of <c>model_cost_logs</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>The node that called.</summary>
    public string? NodeId { get; init; }

    /// <summary>Its iteration; empty at the top.</summary>
    public string Iteration { get; init; } = "";

    /// <summary>The agent it was for.</summary>
    public string? AgentId { get; init; }

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>Who serves it.</summary>
    public required string Provider { get; init; }

    /// <summary>Tokens in.</summary>
    public long? InputTokens { get; init; }

    /// <summary>Tokens out.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>US dollars; null where the price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Its span.</summary>
    public string? SpanId { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Why the model stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Whether its prompt or answer was kept.</summary>
    public bool HasContent { get; init; }
}

/// <summary>What a model was asked and what it answered, as far as the workspace keeps it.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Response">The answer.</param>
public sealed record ModelContent(string? Prompt, string? Response);

/// <summary>Executions that belong to one.</summary>
/// <param name="Children">Those that its nodes started.</param>
/// <param name="Replays">Those that retry or re-run it.</param>
public sealed record ExecutionRelatives(IReadOnlyList<NodeExecution> Children, IReadOnlyList<ExecutionSummary> Replays);

/// <summary>An execution that another one's node started.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Execution">The execution.</param>
public sealed record NodeExecution(string? NodeId, ExecutionSummary Execution);
