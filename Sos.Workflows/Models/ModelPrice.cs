namespace Sos.Workflows.Models;

/// <summary>What a million tokens of a model cost, in US dollars, from a time on: a row of <c>model_prices</c>.</summary>
public sealed record ModelPrice
{
    private const decimal Million = 1_000_000m;

    /// <summary>Digits after the point that a cost has.</summary>
    private const int Places = 10;

    /// <summary>The most that the column takes; no real call comes near it.</summary>
    private const decimal Most = 9_999_999_999.9999999999m;

    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>The provider, by OpenTelemetry's name where it has one (<c>gen_ai.provider.name</c>): <c>openai</c>, <c>anthropic</c>, <c>azure.ai.openai</c>, <c>groq</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's name; <c>*</c> stands for any characters.</summary>
    public required string Model { get; init; }

    /// <summary>A million input tokens.</summary>
    public required decimal InputPerMillion { get; init; }

    /// <summary>A million output tokens.</summary>
    public required decimal OutputPerMillion { get; init; }

    /// <summary>A million input tokens that were read from the provider's cache; null: as input.</summary>
    public decimal? CachedInputPerMillion { get; init; }

    /// <summary>A million input tokens that were written into the provider's cache; null: as input.</summary>
    public decimal? CacheWritePerMillion { get; init; }

    /// <summary>A million output tokens of reasoning; null: as output.</summary>
    public decimal? ReasoningPerMillion { get; init; }

    /// <summary>From when on.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>
    /// What a call costs, in US dollars. Each token is counted once: those read from or written into a cache at their
    /// own price and the rest of the input at the input's, reasoning at its own and the rest of the output at the
    /// output's. Counts that can't be, such as more cached tokens than input, are cut to what can.
    /// </summary>
    /// <returns>Ten digits after the point, a half rounded away from zero, as PostgreSQL's <c>round(numeric, 10)</c> does.</returns>
    public decimal Cost(TokenUsage usage)
    {
        var input = Math.Max(0, usage.InputTokens);
        var cached = Math.Clamp(usage.CachedInputTokens, 0, input);
        var written = Math.Clamp(usage.CacheWriteTokens, 0, input - cached);
        var output = Math.Max(0, usage.OutputTokens);
        var reasoning = Math.Clamp(usage.ReasoningTokens, 0, output);
        // A price divided by a million is exact in a decimal, and then no product of it overflows.
        var cost = (input - cached - written) * (InputPerMillion / Million)
            + cached * ((CachedInputPerMillion ?? InputPerMillion) / Million)
            + written * ((CacheWritePerMillion ?? InputPerMillion) / Million)
            + (output - reasoning) * (OutputPerMillion / Million)
            + reasoning * ((ReasoningPerMillion ?? OutputPerMillion) / Million);
        return Math.Min(Most, Math.Round(cost, Places, MidpointRounding.AwayFromZero));
    }
}
