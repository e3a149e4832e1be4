namespace Sos.Workflows.Telemetry;

/// <summary>
/// Which version of OpenTelemetry's conventions for generative AI is followed: 1.41, or, where
/// <c>OTEL_SEMCONV_STABILITY_OPT_IN</c> lists <c>gen_ai_latest_experimental</c>, what is being prepared
/// (github.com/open-telemetry/semantic-conventions-genai). All that differs between them is here.
/// </summary>
public sealed class GenAiConventions
{
    /// <summary>The setting that chooses.</summary>
    public const string Setting = "OTEL_SEMCONV_STABILITY_OPT_IN";

    private const string OptIn = "gen_ai_latest_experimental";

    private GenAiConventions(bool latest) => IsLatest = latest;

    /// <summary>Version 1.41.</summary>
    public static GenAiConventions V141 { get; } = new(latest: false);

    /// <summary>What is being prepared.</summary>
    public static GenAiConventions Latest { get; } = new(latest: true);

    /// <summary>The conventions that a value of <see cref="Setting"/> asks for.</summary>
    public static GenAiConventions Read(string? optIn) =>
        optIn?.Split(',', StringSplitOptions.TrimEntries).Contains(OptIn, StringComparer.Ordinal) is true ? Latest : V141;

    /// <summary>Whether it is what is being prepared.</summary>
    public bool IsLatest { get; }

    /// <summary>The attribute for tokens that were written to a provider's cache.</summary>
    public string CacheWriteTokens => IsLatest ? GenAiAttributes.UsageCacheWriteInputTokens : GenAiAttributes.UsageCacheCreationInputTokens;

    /// <summary>The value of <c>gen_ai.request.top_k</c>: a double that became an integer.</summary>
    public object TopK(int topK) => IsLatest ? topK : (object)(double)topK;

    /// <summary>The attribute for how many documents a retrieval is to find.</summary>
    public string RetrievalTopK => IsLatest ? "gen_ai.retrieval.top_k" : "gen_ai.request.top_k";

    /// <summary>Whether <c>gen_ai.request.reasoning.level</c> exists.</summary>
    public bool HasReasoningLevel => IsLatest;

    /// <summary>Whether tokens are counters of their own by kind, rather than one histogram by <c>gen_ai.token.type</c>.</summary>
    public bool HasTokenCounters => IsLatest;

    /// <summary>The histogram of a call's duration.</summary>
    public string DurationMetric => IsLatest ? "gen_ai.client.inference.duration" : ModelMetricNames.OperationDuration;

    /// <summary>The histogram of the time to a streamed answer's first piece.</summary>
    public string TimeToFirstChunkMetric => IsLatest ? "gen_ai.client.inference.time_to_first_chunk" : ModelMetricNames.TimeToFirstChunk;

    /// <summary>The histogram of the time between a streamed answer's pieces.</summary>
    public string TimePerOutputChunkMetric => IsLatest ? "gen_ai.client.inference.time_per_output_chunk" : ModelMetricNames.TimePerOutputChunk;

    /// <summary>The prefix of the counters that <see cref="HasTokenCounters"/> speaks of: <c>input_tokens</c>, <c>cache_read.input_tokens</c> and so on.</summary>
    public const string TokenCounterPrefix = "gen_ai.client.inference.usage.";

    /// <summary>The prefix of the histograms beside them: <c>input_tokens</c>, <c>output_tokens</c>.</summary>
    public const string TokenHistogramPrefix = "gen_ai.client.inference.operation.";
}
