namespace Sos.Workflows.Models;

/// <summary>
/// The tokens of one model call, as OpenTelemetry's GenAI conventions count them: what came from or went into a cache
/// is part of the input, what the model reasoned is part of the output.
/// </summary>
public sealed record TokenUsage
{
    /// <summary>Nothing used.</summary>
    public static TokenUsage None { get; } = new();

    /// <summary>All input tokens, cached ones included.</summary>
    public long InputTokens { get; init; }

    /// <summary>All output tokens, reasoning included.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Input tokens that the provider had in its cache.</summary>
    public long CachedInputTokens { get; init; }

    /// <summary>Input tokens that the provider wrote into its cache.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Output tokens that were spent on reasoning.</summary>
    public long ReasoningTokens { get; init; }

    /// <summary>Input and output together.</summary>
    public long TotalTokens => InputTokens + OutputTokens;

    /// <summary>The sum of two calls.</summary>
    public static TokenUsage operator +(TokenUsage left, TokenUsage right) => new()
    {
        InputTokens = left.InputTokens + right.InputTokens,
        OutputTokens = left.OutputTokens + right.OutputTokens,
        CachedInputTokens = left.CachedInputTokens + right.CachedInputTokens,
        CacheWriteTokens = left.CacheWriteTokens + right.CacheWriteTokens,
        ReasoningTokens = left.ReasoningTokens + right.ReasoningTokens,
    };
}
