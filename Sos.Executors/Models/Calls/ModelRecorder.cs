using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;
using Sos.Executors.Nodes;
using Sos.Workflows.Models;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Models.Calls;

/// <summary>A call that will be billed.</summary>
/// <param name="Operation"><c>chat</c> or <c>embeddings</c>.</param>
/// <param name="Target">What was called.</param>
/// <param name="Attempts">How many attempts it took.</param>
/// <param name="Latency">How long it took.</param>
/// <param name="Usage">The tokens; null where the provider did not say.</param>
internal sealed record ModelEntry(string Operation, ModelTarget Target, int Attempts, TimeSpan Latency, TokenUsage? Usage)
{
    public string? AgentId { get; init; }

    public string? ResponseId { get; init; }

    public string? ResponseModel { get; init; }

    public string? FinishReason { get; init; }

    /// <summary>Why the answer can't be used; null where it can.</summary>
    public NodeError? Error { get; init; }

    public string? Prompt { get; init; }

    public string? Response { get; init; }
}

/// <summary>Writes down what became of a call: span, metrics, events and the cost row, all with the same numbers.</summary>
internal sealed class ModelRecorder(ModelLedger ledger, ModelMetrics metrics, ContentCapture capture, IOptions<ModelOptions> options)
{
    private int MaxLength => options.Value.MaxContentLength;

    /// <summary>A call was answered, so it will be paid for: nothing here may be cancelled.</summary>
    /// <returns>What it cost; null where that is unknown.</returns>
    public async Task<decimal?> RecordAsync(ModelEntry entry, ModelAccount account, ModelSpan span, NodeContext context)
    {
        var (target, usage) = (entry.Target, entry.Usage);
        var price = await ledger.PriceAsync(account, target, entry.ResponseModel, context.Execution.WorkspaceId);
        decimal? cost = target.Provider.IsBuiltIn ? 0 : usage is null ? null : price?.Cost(usage);

        metrics.Ended(entry.Operation, target, entry.ResponseModel, entry.Error?.Code, entry.Latency, usage, price is not null);
        if (cost > 0)
            ModelMetrics.Paid(target, context.Execution.WorkflowName, cost.Value);
        var details = new ModelEventContext
        {
            Operation = entry.Operation,
            Provider = target.ProviderName,
            Connection = target.Connection.Name,
            Model = target.Model,
            ResponseModel = entry.ResponseModel,
            InputTokens = usage?.InputTokens,
            OutputTokens = usage?.OutputTokens,
            CachedInputTokens = usage?.CachedInputTokens,
            CacheWriteTokens = usage?.CacheWriteTokens,
            ReasoningTokens = usage?.ReasoningTokens,
            CostUsd = cost,
            FinishReason = entry.FinishReason,
            Error = entry.Error?.Code,
            Attempts = entry.Attempts,
            Demo = target.Provider.IsDemo ? true : null,
        };
        context.AddEvent(ModelEventTypes.Called, entry.Error is null ? "completed" : "failed", Json(details), entry.Latency);
        if (cost is null)
            context.AddEvent(usage is null ? ModelEventTypes.UsageMissing : ModelEventTypes.PriceMissing, "warning", Json(details));
        span.Answered(entry.ResponseId, entry.ResponseModel, entry.FinishReason, usage, entry.Operation == GenAiOperations.Chat, cost, entry.Attempts, entry.Latency);
        if (entry.Error is { } error)
            span.SetError(error.Code, error.Message);
        context.AddModelCall(
            new ModelCallRow
            {
                Id = Guid.CreateVersion7(context.Time.GetUtcNow()),
                NodeId = context.NodeId,
                Iteration = context.Iteration,
                AgentId = entry.AgentId,
                Operation = entry.Operation,
                Model = target.Model,
                Provider = target.ProviderName,
                Usage = usage ?? TokenUsage.None,
                CostUsd = cost,
                PriceId = cost is null ? null : price?.Id,
                FinishReason = entry.FinishReason,
                Prompt = entry.Prompt,
                Response = entry.Response,
                SpanId = span.Activity?.SpanId.ToHexString(),
                LatencyMs = entry.Latency.TotalMilliseconds,
                Timestamp = context.Time.GetUtcNow(),
            },
            span.Activity,
            account.Settle(cost));
        return cost;
    }

    /// <summary>A call came to nothing.</summary>
    public void Failed(string operation, ModelTarget target, ModelAccount account, ModelSpan span, NodeError error, int attempts, TimeSpan latency)
    {
        metrics.Ended(operation, target, responseModel: null, error.Code, latency, usage: null, account.Price is not null);
        span.Failed(error.Code, error.Message, attempts, latency);
    }

    /// <summary>An answer was streamed.</summary>
    public void Streamed(ModelTarget target, string? responseModel, ChunkTimes times) => metrics.Streamed(target, responseModel, times);

    /// <summary>Options were left out because the provider can't take them.</summary>
    public void Ignored(ModelTarget target, IEnumerable<string> ignored, NodeContext context)
    {
        if (ignored.ToArray() is { Length: > 0 } names)
        {
            context.AddEvent(ModelEventTypes.OptionsIgnored, "warning", Json(new ModelEventContext
            {
                Operation = GenAiOperations.Chat,
                Provider = target.ProviderName,
                Connection = target.Connection.Name,
                Model = target.Model,
                Options = names,
            }));
        }
    }

    /// <summary>Puts the prompt onto the span, where that is switched on.</summary>
    public void CapturePrompt(ModelSpan span, IReadOnlyList<ChatMessage> messages, string? instructions, Redactor redactor)
    {
        if (!capture.OnSpans || span.Activity is not { IsAllDataRequested: true })
            return;
        span.Set(GenAiAttributes.SystemInstructions, MessageJson.System(messages, instructions, redactor, MaxLength));
        span.Set(GenAiAttributes.InputMessages, MessageJson.Input(messages, redactor, MaxLength));
    }

    /// <summary>Puts the answer onto the span, where that is switched on.</summary>
    public void CaptureAnswer(ModelSpan span, ChatResponse response, string? finishReason, Redactor redactor)
    {
        if (capture.OnSpans && span.Activity is { IsAllDataRequested: true })
            span.Set(GenAiAttributes.OutputMessages, MessageJson.Output(response, finishReason, redactor, MaxLength));
    }

    /// <summary>An entry that keeps prompt and answer.</summary>
    public ModelEntry WithContent(ModelEntry entry, IReadOnlyList<ChatMessage> messages, string? instructions, ChatResponse response, Redactor redactor) => entry with
    {
        Prompt = MessageJson.Prompt(messages, instructions, redactor, MaxLength),
        Response = MessageJson.Output(response, entry.FinishReason, redactor, MaxLength),
    };

    private static JsonElement Json(ModelEventContext context) => JsonSerializer.SerializeToElement(context, ModelJson.Default.ModelEventContext);
}
