using Sos.Workflows.Models;

namespace Sos.Executors.Models;

/// <summary>Texts to be embedded.</summary>
internal sealed record EmbeddingCall
{
    /// <summary>The name of a provider connection; null where the model's name decides, see <see cref="ModelName"/>.</summary>
    public string? Provider { get; init; }

    /// <summary>The model, as its provider calls it, or <c>connection/model</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The texts, sent in one request.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The length of the vectors, for models that can shorten them.</summary>
    public int? Dimensions { get; init; }

    /// <summary>How long the call may take, retries included; null for the configured time.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>The vectors of an <see cref="EmbeddingCall"/> and what they cost.</summary>
internal sealed record EmbeddingReply
{
    /// <summary>One vector per input, in their order.</summary>
    public required IReadOnlyList<ReadOnlyMemory<float>> Vectors { get; init; }

    /// <summary>The provider, by OpenTelemetry's name where it has one; the same as on the cost row.</summary>
    public required string Provider { get; init; }

    /// <summary>The model that was asked, without a connection's name.</summary>
    public required string Model { get; init; }

    /// <summary>The tokens.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>What it cost in US dollars; null where the price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Whether the vectors were made in this process, by no model that understands words.</summary>
    public bool IsLocal { get; init; }
}
