using System.Text.Json;
using Sos.Workflows.Models;

namespace Sos.Workflows.Store;

/// <summary>A row of <c>model_cost_logs</c>; tenant, user, workflow and trace come from the checkpoint.</summary>
public sealed record ModelCallRow
{
    /// <summary>The row's id, a UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>The node that called.</summary>
    public required string NodeId { get; init; }

    /// <summary>The node's iteration; empty at the top.</summary>
    public required string Iteration { get; init; }

    /// <summary>The agent it was for; null for none.</summary>
    public string? AgentId { get; init; }

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The model that was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>The provider, by OpenTelemetry's name where it has one.</summary>
    public required string Provider { get; init; }

    /// <summary>The tokens.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>What it cost in US dollars; null where the price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>The price that was applied.</summary>
    public Guid? PriceId { get; init; }

    /// <summary>Why the model stopped.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The prompt, where the workspace keeps content.</summary>
    public string? Prompt { get; init; }

    /// <summary>The answer, where the workspace keeps content.</summary>
    public string? Response { get; init; }

    /// <summary>The model span.</summary>
    public string? SpanId { get; init; }

    /// <summary>How long the call took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A row of <c>agent_trace_history</c>; tenant, user, workflow and trace come from the checkpoint.</summary>
public sealed record AgentTraceRow
{
    /// <summary>The row's id, a UUIDv7.</summary>
    public required Guid Id { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>The node that ran it.</summary>
    public required string NodeId { get; init; }

    /// <summary>The node's iteration; empty at the top.</summary>
    public required string Iteration { get; init; }

    /// <summary>What the agent was given.</summary>
    public JsonElement? InputContext { get; init; }

    /// <summary>Its iterations and tool calls, in order.</summary>
    public JsonElement? ExecutionNodes { get; init; }

    /// <summary>What it came to, shortened.</summary>
    public string? OutputSummary { get; init; }

    /// <summary>Why it failed.</summary>
    public JsonElement? Error { get; init; }

    /// <summary>The agent's span.</summary>
    public string? SpanId { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>A message that an agent will remember; workspace and execution come from the checkpoint.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Conversation">The conversation, by the user's own id.</param>
/// <param name="NodeId">The node that ran the agent.</param>
/// <param name="Iteration">The node's iteration.</param>
/// <param name="Position">The message's number within this run of the node, from 0; written twice, it is kept once.</param>
/// <param name="Message">The message.</param>
public sealed record ConversationRow(string AgentId, string Conversation, string NodeId, string Iteration, int Position, JsonElement Message);
