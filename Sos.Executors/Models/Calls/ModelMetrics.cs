using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sos.Executors.Models.Connections;
using Sos.Workflows.Models;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Models.Calls;

/// <summary>The metrics of model calls, with the conventions' names and buckets.</summary>
internal sealed class ModelMetrics
{
    /// <summary>The model's name in the metrics of failed calls of models that nobody knows.</summary>
    private const string OtherModel = "_other";

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<long> Tokens = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    private static readonly Counter<double> Cost = SosTelemetry.Meter.CreateCounter<double>(ModelMetricNames.Cost, "{USD}", "What model calls have cost.");

    private readonly Histogram<double> duration;
    private readonly Histogram<double> timeToFirstChunk;
    private readonly Histogram<double> timePerOutputChunk;
    private readonly Histogram<long>? tokens;
    private readonly (string Kind, Func<TokenUsage, long> Count, Counter<long> Counter, Histogram<long>? Histogram)[] tokenCounters = [];

    public ModelMetrics(GenAiConventions conventions)
    {
        var meter = SosTelemetry.Meter;
        duration = meter.CreateHistogram(conventions.DurationMetric, "s", "A call from request to the end of the answer.", advice: Seconds);
        timeToFirstChunk = meter.CreateHistogram(conventions.TimeToFirstChunkMetric, "s", "From request to the first piece of a streamed answer.", advice: Seconds);
        timePerOutputChunk = meter.CreateHistogram(conventions.TimePerOutputChunkMetric, "s", "Between pieces of a streamed answer.", advice: Seconds);
        if (!conventions.HasTokenCounters)
        {
            tokens = meter.CreateHistogram(ModelMetricNames.TokenUsage, "{token}", "Tokens of a call.", advice: Tokens);
            return;
        }
        tokenCounters =
        [
            Kind("input_tokens", u => u.InputTokens, hasHistogram: true),
            Kind("output_tokens", u => u.OutputTokens, hasHistogram: true),
            Kind("cache_read.input_tokens", u => u.CachedInputTokens),
            Kind("cache_write.input_tokens", u => u.CacheWriteTokens),
            Kind("reasoning.output_tokens", u => u.ReasoningTokens),
        ];

        (string, Func<TokenUsage, long>, Counter<long>, Histogram<long>?) Kind(string kind, Func<TokenUsage, long> count, bool hasHistogram = false) => (
            kind,
            count,
            meter.CreateCounter<long>(GenAiConventions.TokenCounterPrefix + kind, "{token}", "Tokens of all calls."),
            hasHistogram ? meter.CreateHistogram(GenAiConventions.TokenHistogramPrefix + kind, "{token}", "Tokens of a call.", advice: Tokens) : null);
    }

    /// <summary>A call ended.</summary>
    /// <param name="operation"><c>chat</c> or <c>embeddings</c>.</param>
    /// <param name="target">What was called.</param>
    /// <param name="responseModel">The model that answered.</param>
    /// <param name="errorType">The error's code; null for an answer.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="usage">Its tokens; null where they are unknown.</param>
    /// <param name="isPriced">Whether there is a price for the model.</param>
    public void Ended(string operation, ModelTarget target, string? responseModel, string? errorType, TimeSpan latency, TokenUsage? usage, bool isPriced)
    {
        // A name that may come from anybody's input becomes a time series only where there is such a model.
        var isKnown = errorType is null || (isPriced && errorType != "model_not_found");
        var tags = Tags(operation, target, isKnown ? target.Model : OtherModel, responseModel);
        if (errorType is not null)
            tags.Add(Attributes.ErrorType, errorType);
        duration.Record(latency.TotalSeconds, tags);
        if (tokens is not null && usage is not null)
        {
            Record("input", usage.InputTokens);
            if (operation == GenAiOperations.Chat)
                Record("output", usage.OutputTokens);
        }
        foreach (var (_, count, counter, histogram) in tokenCounters)
        {
            // Failed calls count too, with nothing.
            var modality = tags;
            modality.Add(GenAiAttributes.TokenModality, "unknown");
            counter.Add(usage is null ? 0 : count(usage), modality);
            if (usage is not null)
                histogram?.Record(count(usage), tags);
        }

        void Record(string type, long count)
        {
            var typed = tags;
            typed.Add(GenAiAttributes.TokenType, type);
            tokens.Record(count, typed);
        }
    }

    /// <summary>An answer was streamed.</summary>
    public void Streamed(ModelTarget target, string? responseModel, ChunkTimes times)
    {
        var tags = Tags(GenAiOperations.Chat, target, target.Model, responseModel);
        timeToFirstChunk.Record(times.First.TotalSeconds, tags);
        foreach (var gap in times.Gaps)
            timePerOutputChunk.Record(gap.TotalSeconds, tags);
    }

    /// <summary>A call was paid for.</summary>
    public static void Paid(ModelTarget target, string workflow, decimal usd) =>
        Cost.Add((double)usd, new TagList { { GenAiAttributes.ProviderName, target.ProviderName }, { GenAiAttributes.RequestModel, target.Model }, { MetricAttributes.Workflow, workflow } });

    private static TagList Tags(string operation, ModelTarget target, string model, string? responseModel)
    {
        var tags = new TagList
        {
            { GenAiAttributes.OperationName, operation },
            { GenAiAttributes.ProviderName, target.ProviderName },
            { GenAiAttributes.RequestModel, model },
        };
        if (responseModel is not null)
            tags.Add(GenAiAttributes.ResponseModel, responseModel);
        if (target.Provider.Endpoint(target.Connection) is { } url)
        {
            tags.Add(GenAiAttributes.ServerAddress, url.Host);
            tags.Add(GenAiAttributes.ServerPort, url.Port);
        }
        return tags;
    }
}

/// <summary>When the pieces of a streamed answer came.</summary>
/// <param name="First">From the request to the first.</param>
/// <param name="Gaps">Between each and the one before.</param>
internal sealed record ChunkTimes(TimeSpan First, IReadOnlyList<TimeSpan> Gaps);
