using System.Diagnostics;
using Microsoft.Extensions.AI;
using Sos.Executors.Models.Connections;
using Sos.Executors.Nodes;
using Sos.Workflows.Models;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Models.Calls;

/// <summary>The span of a model call: SOS's own attributes and, beside them, those of OpenTelemetry's GenAI conventions.</summary>
internal sealed class ModelSpan
{
    private readonly Activity? span;
    private readonly GenAiConventions conventions;

    private ModelSpan(Activity? span, GenAiConventions conventions) => (this.span, this.conventions) = (span, conventions);

    /// <summary>The span; null when nobody listens.</summary>
    public Activity? Activity => span;

    private bool IsWanted => span is { IsAllDataRequested: true };

    /// <summary>Starts the span of a call; it is current until it ends.</summary>
    public static ModelSpan Start(string operation, ModelTarget target, NodeContext context, GenAiConventions conventions)
    {
        // A sampler decides by these, so they must be there from the start.
        var tags = new List<KeyValuePair<string, object?>>(8)
        {
            new(GenAiAttributes.OperationName, operation),
            new(GenAiAttributes.ProviderName, target.ProviderName),
            new(GenAiAttributes.System, target.ProviderName),
            new(GenAiAttributes.RequestModel, target.Model),
            new(LlmAttributes.Provider, target.ProviderName),
            new(LlmAttributes.Model, target.Model),
        };
        if (target.Provider.Endpoint(target.Connection) is { } url)
        {
            tags.Add(new(GenAiAttributes.ServerAddress, url.Host));
            tags.Add(new(GenAiAttributes.ServerPort, url.Port));
        }
        var kind = target.Provider.IsBuiltIn ? ActivityKind.Internal : ActivityKind.Client;
        var span = new ModelSpan(context.StartSpan($"{operation} {target.Model}", kind, tags), conventions);
        if (span.IsWanted)
        {
            span.span!.SetTag(LlmAttributes.Connection, target.Connection.Name);
            if (target.Provider.IsDemo)
                span.span.SetTag(LlmAttributes.IsDemo, true);
        }
        return span;
    }

    /// <summary>What is asked of a chat model.</summary>
    public void Ask(ChatCall call, ChatOptions options)
    {
        if (!IsWanted)
            return;
        Set(GenAiAttributes.ConversationId, call.ConversationId);
        Set(GenAiAttributes.RequestTemperature, Exact(options.Temperature));
        Set(GenAiAttributes.RequestTopP, Exact(options.TopP));
        Set(GenAiAttributes.RequestTopK, options.TopK is { } topK ? conventions.TopK(topK) : null);
        Set(GenAiAttributes.RequestMaxTokens, options.MaxOutputTokens);
        Set(GenAiAttributes.RequestFrequencyPenalty, Exact(options.FrequencyPenalty));
        Set(GenAiAttributes.RequestPresencePenalty, Exact(options.PresencePenalty));
        Set(GenAiAttributes.RequestSeed, options.Seed);
        Set(GenAiAttributes.RequestStopSequences, options.StopSequences is { Count: > 0 } stop ? stop.ToArray() : null);
        Set(GenAiAttributes.OutputType, options.ResponseFormat switch { ChatResponseFormatJson => "json", ChatResponseFormatText => "text", _ => null });
        if (call.Stream)
            Set(GenAiAttributes.RequestStream, true);
        if (conventions.HasReasoningLevel)
            Set(GenAiAttributes.RequestReasoningLevel, options.Reasoning?.Effort?.ToString().ToLowerInvariant());
    }

    /// <summary>0.2 as it was written: a float's own digits, not those of the double nearest to it.</summary>
    private static double? Exact(float? value) => value is { } number && float.IsFinite(number) && MathF.Abs(number) < 1e6f ? (double)(decimal)number : value;

    /// <summary>Sets an attribute; null sets none.</summary>
    public void Set(string name, object? value)
    {
        if (IsWanted && value is not null)
            span!.SetTag(name, value);
    }

    /// <summary>What came of the call. The span is not stopped: that is the engine's, once the row is committed.</summary>
    public void Answered(string? responseId, string? responseModel, string? finishReason, TokenUsage? usage, bool countsOutput, decimal? costUsd, int attempts, TimeSpan latency)
    {
        if (IsWanted)
        {
            Set(GenAiAttributes.ResponseId, responseId);
            Set(GenAiAttributes.ResponseModel, responseModel);
            Set(GenAiAttributes.ResponseFinishReasons, finishReason is null ? null : new[] { finishReason });
            SetUsage(usage, countsOutput);
            // A double holds 15 digits, so ten after the point are exact up to 99,999 dollars a call.
            Set(LlmAttributes.CostUsd, (double?)costUsd);
            SetEnd(attempts, latency);
        }
        span?.SetEndTime(span.StartTimeUtc + latency);
    }

    /// <summary>Ends the span of a call that came to nothing.</summary>
    /// <param name="code">The error's code.</param>
    /// <param name="message">What happened; without secrets.</param>
    /// <param name="attempts">How many attempts there were.</param>
    /// <param name="latency">How long it took.</param>
    public void Failed(string code, string message, int attempts, TimeSpan latency)
    {
        if (IsWanted)
        {
            SetEnd(attempts, latency);
            SetError(code, message);
        }
        span?.Dispose();
    }

    /// <summary>What went wrong.</summary>
    /// <param name="code">The error's code.</param>
    /// <param name="message">What happened; without secrets.</param>
    public void SetError(string code, string message)
    {
        if (IsWanted)
            span!.SetFailure(code, message);
    }

    private void SetUsage(TokenUsage? usage, bool countsOutput)
    {
        if (usage is null)
            return;
        Set(LlmAttributes.InputTokens, usage.InputTokens);
        Set(LlmAttributes.OutputTokens, usage.OutputTokens);
        Set(GenAiAttributes.UsageInputTokens, usage.InputTokens);
        if (!countsOutput)
            return;
        Set(GenAiAttributes.UsageOutputTokens, usage.OutputTokens);
        Set(GenAiAttributes.UsageCacheReadInputTokens, usage.CachedInputTokens);
        Set(conventions.CacheWriteTokens, usage.CacheWriteTokens);
        Set(GenAiAttributes.UsageReasoningOutputTokens, usage.ReasoningTokens);
    }

    private void SetEnd(int attempts, TimeSpan latency)
    {
        Set(LlmAttributes.LatencyMs, latency.TotalMilliseconds);
        Set(LlmAttributes.Attempts, attempts);
    }
}
