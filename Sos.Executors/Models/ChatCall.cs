using Microsoft.Extensions.AI;
using Sos.Workflows.Models;

namespace Sos.Executors.Models;

/// <summary>A question to a chat model.</summary>
internal sealed record ChatCall
{
    /// <summary>The name of a provider connection; null where the model's name decides, see <see cref="ModelName"/>.</summary>
    public string? Provider { get; init; }

    /// <summary>The model, as its provider calls it, or <c>connection/model</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The conversation so far, system messages included.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Tools, temperature and the like; its model is overwritten.</summary>
    public ChatOptions? Options { get; init; }

    /// <summary>The agent that the call is for, on its cost row.</summary>
    public string? AgentId { get; init; }

    /// <summary>The conversation, only if it is the user's own id for it.</summary>
    public string? ConversationId { get; init; }

    /// <summary>Whether the answer is streamed from the provider, which tells when its first chunk came. The reply is whole either way.</summary>
    public bool Stream { get; init; }

    /// <summary>How long the call may take, retries included; null for the configured time.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>What a chat model answered and what that cost.</summary>
internal sealed record ChatReply
{
    /// <summary>The answer.</summary>
    public required ChatResponse Response { get; init; }

    /// <summary>The provider, by OpenTelemetry's name where it has one; the same as on the cost row.</summary>
    public required string Provider { get; init; }

    /// <summary>The model that was asked, without a connection's name.</summary>
    public required string Model { get; init; }

    /// <summary>The tokens.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>What it cost in US dollars; null where the price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Why the model stopped: <c>stop</c>, <c>length</c>, <c>tool_calls</c>, <c>content_filter</c>, or the provider's own word.</summary>
    public string? FinishReason { get; init; }

    /// <summary>From the request to the end of the answer, retries included.</summary>
    public required TimeSpan Latency { get; init; }

    /// <summary>Whether no real model answered but the built-in demo.</summary>
    public bool IsDemo { get; init; }
}
