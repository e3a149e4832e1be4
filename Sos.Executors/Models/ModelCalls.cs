using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Sos.Executors.Models.Calls;
using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;
using Sos.Executors.Nodes;
using Sos.Workflows.Models;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Models;

/// <summary>
/// The one place that calls models: it finds the connection, holds the call against the budget, retries, traces,
/// counts, prices, and hands the cost row and its span to the step.
/// </summary>
internal sealed class ModelCalls(
    ModelConnections connections, ModelClients clients, RemoteImages images, ModelLedger ledger, ModelRecorder recorder, IOptions<ModelOptions> options, GenAiConventions conventions, TimeProvider time)
{
    private readonly ModelRetries retries = new(options.Value, time);
    private readonly DatabaseRetry database = new(time, attempts: 7);

    /// <summary>Asks a chat model.</summary>
    /// <exception cref="ModelCallException">It could not be asked or did not answer.</exception>
    public async Task<ChatReply> ChatAsync(ChatCall call, NodeContext context, CancellationToken cancellationToken)
    {
        var target = await FindAsync(call.Provider, call.Model, context, cancellationToken);
        var connection = target.Connection;
        var client = target.Provider.CreateChatClient(connection, clients.Get(context.Execution.WorkspaceId, target.Provider, connection), target.Model)
            ?? throw new ModelCallException(new NodeError("model_not_found", $"The connection '{connection.Name}' has no chat models."));
        call = call with { Messages = await images.BringAsync(target, call.Messages, cancellationToken) };
        var asked = call.Options?.Clone() ?? new ChatOptions();
        asked.ModelId = target.Model;
        var instructed = JsonAnswer.Apply(asked, target.Provider.StructuredOutput(connection));
        var sent = target.Provider.Adapt(instructed, connection);
        using var account = await ledger.OpenAsync(target, ModelEstimate.Of(call.Messages, instructed, target.Provider.DefaultMaxOutputTokens(connection)), context, cancellationToken);
        recorder.Ignored(target, target.Provider.Ignored(asked), context);

        var redactor = new Redactor(connection.ApiKey);
        var start = context.Time.GetTimestamp();
        var span = ModelSpan.Start(GenAiOperations.Chat, target, context, conventions);
        span.Ask(call, asked);
        recorder.CapturePrompt(span, call.Messages, instructed.Instructions, redactor);
        var attempt = new ChatAttempt(target, client, redactor, context.Time);
        var begun = new BegunCall(GenAiOperations.Chat, target, account, span, start, context) { AgentId = call.AgentId };
        var (answer, attempts) = await RunAsync(
            begun, call.Timeout, redactor,
            token => call.Stream ? attempt.StreamedAsync(call.Messages, sent, token) : attempt.WholeAsync(call.Messages, sent, token),
            cancellationToken);

        var response = answer.Response;
        var finishReason = response.FinishReason?.Value;
        if (answer.Times is { } times)
        {
            span.Set(GenAiAttributes.ResponseTimeToFirstChunk, times.First.TotalSeconds);
            recorder.Streamed(target, response.ModelId, times);
        }
        recorder.CaptureAnswer(span, response, finishReason, redactor);
        var entry = new ModelEntry(GenAiOperations.Chat, target, attempts, context.Time.GetElapsedTime(start), Usage(response.Usage))
        {
            AgentId = call.AgentId,
            ResponseId = response.ResponseId,
            ResponseModel = response.ModelId,
            FinishReason = finishReason,
        };
        if (account.KeepsContent)
            entry = recorder.WithContent(entry, call.Messages, instructed.Instructions, response, redactor);
        var cost = await recorder.RecordAsync(entry, account, span, context);
        return new ChatReply
        {
            Response = response,
            Provider = target.ProviderName,
            Model = target.Model,
            Usage = entry.Usage ?? TokenUsage.None,
            CostUsd = cost,
            FinishReason = finishReason,
            Latency = entry.Latency,
            IsDemo = target.Provider.IsDemo,
        };
    }

    /// <summary>Embeds texts.</summary>
    /// <exception cref="ModelCallException">It could not be asked or did not answer.</exception>
    public async Task<EmbeddingReply> EmbedAsync(EmbeddingCall call, NodeContext context, CancellationToken cancellationToken)
    {
        var target = await FindAsync(call.Provider, call.Model, context, cancellationToken);
        var connection = target.Connection;
        var embedder = target.Provider.CreateEmbedder(connection, clients.Get(context.Execution.WorkspaceId, target.Provider, connection), target.Model)
            ?? throw new ModelCallException(new NodeError("model_not_found", $"The connection '{connection.Name}' has no embedding models."));
        using var account = await ledger.OpenAsync(target, ModelEstimate.Of(call.Inputs), context, cancellationToken);

        var redactor = new Redactor(connection.ApiKey);
        var start = context.Time.GetTimestamp();
        var span = ModelSpan.Start(GenAiOperations.Embeddings, target, context, conventions);
        span.Set(GenAiAttributes.EmbeddingsDimensionCount, call.Dimensions);
        var asked = new EmbeddingGenerationOptions { ModelId = target.Model, Dimensions = call.Dimensions };
        var begun = new BegunCall(GenAiOperations.Embeddings, target, account, span, start, context);
        var (embeddings, attempts) = await RunAsync(
            begun, call.Timeout, redactor,
            async token =>
            {
                var found = await embedder.GenerateAsync(call.Inputs, asked, token);
                return found.Count == call.Inputs.Count
                    ? found
                    : throw new ModelFailureException(ModelFailure.Invalid(target, $"it has {found.Count} vectors for {call.Inputs.Count} texts") with { Rejected = RejectedAnswer.Of(found) });
            },
            cancellationToken);

        var entry = new ModelEntry(GenAiOperations.Embeddings, target, attempts, context.Time.GetElapsedTime(start), Usage(embeddings.Usage))
        {
            ResponseModel = embeddings.FirstOrDefault()?.ModelId,
        };
        var cost = await recorder.RecordAsync(entry, account, span, context);
        return new EmbeddingReply
        {
            Vectors = [.. embeddings.Select(e => e.Vector)],
            Provider = target.ProviderName,
            Model = target.Model,
            Usage = entry.Usage ?? TokenUsage.None,
            CostUsd = cost,
            IsLocal = target.Provider.IsBuiltIn,
        };
    }

    private async Task<ModelTarget> FindAsync(string? provider, string model, NodeContext context, CancellationToken cancellationToken)
    {
        var target = await database.ExecuteAsync(async token => await connections.FindAsync(context.Execution.WorkspaceId, provider, model, token), cancellationToken);
        context.Secrets.Add(target.Connection.ApiKey);
        return target;
    }

    private async Task<(T Result, int Attempts)> RunAsync<T>(
        BegunCall call, TimeSpan? timeout, Redactor redactor, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await retries.RunAsync(call.Target, timeout ?? options.Value.Timeout, redactor, attempt, cancellationToken);
        }
        catch (ModelAttemptsException e)
        {
            await FailedAsync(call, e.Failure, e.Attempts);
            throw new ModelCallException(e.Failure.Error);
        }
        catch (OperationCanceledException)
        {
            await FailedAsync(call, new ModelFailure(new NodeError("cancelled", "The call was cancelled."), TryAgain: false), 1);
            throw;
        }
    }

    private async Task FailedAsync(BegunCall call, ModelFailure failure, int attempts)
    {
        var latency = call.Context.Time.GetElapsedTime(call.Start);
        if (failure.Rejected is not { } rejected)
        {
            recorder.Failed(call.Operation, call.Target, call.Account, call.Span, failure.Error, attempts, latency);
            return;
        }
        var entry = new ModelEntry(call.Operation, call.Target, attempts, latency, Usage(rejected.Usage))
        {
            AgentId = call.AgentId,
            ResponseId = rejected.ResponseId,
            ResponseModel = rejected.ResponseModel,
            FinishReason = rejected.FinishReason,
            Error = failure.Error,
        };
        await recorder.RecordAsync(entry, call.Account, call.Span, call.Context);
    }

    // Both SDKs count what was cached as part of the input and reasoning as part of the output, as the conventions do.
    private static TokenUsage? Usage(UsageDetails? usage) => usage?.InputTokenCount is null ? null : new TokenUsage
    {
        InputTokens = usage.InputTokenCount.Value,
        OutputTokens = usage.OutputTokenCount ?? 0,
        CachedInputTokens = usage.CachedInputTokenCount ?? 0,
        CacheWriteTokens = usage.AdditionalCounts is { } more && more.TryGetValue("CacheCreationInputTokens", out var written) ? written : 0,
        ReasoningTokens = usage.ReasoningTokenCount ?? 0,
    };

    /// <summary>A call that may be made and has begun.</summary>
    private sealed record BegunCall(string Operation, ModelTarget Target, ModelAccount Account, ModelSpan Span, long Start, NodeContext Context)
    {
        public string? AgentId { get; init; }
    }
}
