using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Files;
using Sos.Executors.Models;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Models;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Llm;

/// <summary>Asks a language model.</summary>
internal sealed class LlmExecutor(ModelCalls models, FileStore files) : NodeExecutor<LlmConfig>(Describe, LlmJson.Default.LlmConfig), IDescribesNode
{
    private const int MaxProblems = 20;
    private const int MaxShownText = 2_000;
    private const int MaxSavedText = 1_000_000;
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "llm",
        CanBeTool = true,
        Title = "Language model",
        Description = "Asks a language model and gives its answer, as text or as JSON that satisfies a schema.",
        Category = "ai",
        ConfigSchema = NodeSchema.Load("llm"),
        CheckConfig = LlmConfigCheck.Check,
    };

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(LlmConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<AIContent> images;
        try
        {
            images = await LlmImages.ReadAsync(config.Images, context.Execution.WorkspaceId, files, cancellationToken);
        }
        catch (LlmImageException e)
        {
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': {e.Message}");
        }
        catch (FileStoreException e)
        {
            return new NodeOutcome.Failed(new NodeError(e.Code, e.Message) { Retryable = e.Retryable });
        }
        var request = LlmRequest.Create(config, images, out var problem);
        if (problem is null && (config.Timeout <= TimeSpan.Zero || config.Timeout > MaxTimeout))
            problem = $"timeout must be more than 0 and at most {Duration.Format(MaxTimeout)}.";
        if (request is null || problem is not null)
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': {problem}");
        try
        {
            return await AskAsync(config, request, context, cancellationToken);
        }
        catch (ModelCallException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
    }

    private async Task<NodeOutcome> AskAsync(LlmConfig config, LlmRequest request, NodeContext context, CancellationToken cancellationToken)
    {
        var start = context.Time.GetTimestamp();
        var call = new ChatCall
        {
            Provider = config.Provider,
            Model = config.Model,
            Messages = request.Messages,
            Options = request.Options,
            Stream = config.Stream,
            Timeout = config.Timeout,
        };
        // An answer that was wrong is not bought again because its repair failed.
        LlmAnswer first;
        if (context.State is { } state)
        {
            first = state.Deserialize(LlmJson.Default.LlmAnswer)!;
        }
        else
        {
            first = LlmAnswer.Of(await models.ChatAsync(call, context, cancellationToken));
            if (Refused(first) is { } refused)
                return refused;
        }
        if (!request.WantsJson)
            return Completed([first], default);

        var read = ReadAnswer.Of(first, request.Schema);
        if (read.Problems.Count == 0)
            return Completed([first], read.Json);
        if (first.FinishReason == ChatFinishReason.Length.Value || config.Timeout - context.Time.GetElapsedTime(start) is not { Ticks: > 0 } left)
            return Invalid(read, [first]);

        if (context.State is null && first.Text.Length <= MaxSavedText)
            await context.SaveProgressAsync(JsonSerializer.SerializeToElement(first, LlmJson.Default.LlmAnswer), cancellationToken);
        // Once, with its mistakes before it, a model usually gets it right.
        ChatMessage[] said = first.Text.Length == 0 ? [] : [new ChatMessage(ChatRole.Assistant, first.Text)];
        var repair = call with { Messages = [.. request.Messages, .. said, new ChatMessage(ChatRole.User, Repair(read.Problems))], Timeout = left };
        var second = LlmAnswer.Of(await models.ChatAsync(repair, context, cancellationToken));
        if (Refused(second) is { } refusedRepair)
            return refusedRepair;
        read = ReadAnswer.Of(second, request.Schema);
        return read.Problems.Count == 0 ? Completed([first, second], read.Json) : Invalid(read, [first, second]);
    }

    private static NodeOutcome? Refused(LlmAnswer answer) => answer.FinishReason == ChatFinishReason.ContentFilter.Value
        ? NodeOutcome.Fail("content_filtered", $"The model '{answer.Model}' refused to answer, or its provider withheld the answer, for what is in the prompt or the answer.")
        : null;

    private static NodeOutcome.Completed Completed(LlmAnswer[] answers, JsonElement json)
    {
        var last = answers[^1];
        var usage = answers.Aggregate(TokenUsage.None, (sum, a) => sum + a.Usage);
        return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(
            new LlmOutput
            {
                Text = StorableJson.Clean(last.Text),
                Json = json,
                Usage = new LlmUsage(usage.InputTokens, usage.OutputTokens, usage.CachedInputTokens, usage.ReasoningTokens, usage.TotalTokens),
                CostUsd = Array.Exists(answers, a => a.CostUsd is null) ? null : answers.Sum(a => a.CostUsd),
                FinishReason = last.FinishReason,
                Model = last.Model,
                Provider = last.Provider,
                Demo = last.IsDemo ? true : null,
            },
            LlmJson.Default.LlmOutput));
    }

    private static NodeOutcome.Failed Invalid(ReadAnswer read, LlmAnswer[] answers)
    {
        var first = read.Problems[0];
        var where = first.Pointer.Length == 0 ? "" : $" at '{first.Pointer}'";
        var hint = answers[^1].FinishReason == ChatFinishReason.Length.Value
            ? " It was cut off at its greatest length: raise maxTokens."
            : answers.Length > 1 ? " It was told so once and gave another such answer." : "";
        return new NodeOutcome.Failed(new NodeError("output_invalid", $"The model's answer is not the JSON that was asked for{where}: {first.Message}{hint}")
        {
            Details = JsonSerializer.SerializeToElement(
                new LlmOutputProblems(
                    StorableJson.Clean(read.Text.Length > MaxShownText ? read.Text[..MaxShownText] : read.Text),
                    [.. read.Problems.Take(MaxProblems).Select(p => new LlmOutputProblem(p.Pointer, p.Message))]),
                LlmJson.Default.LlmOutputProblems),
        });
    }

    private static string Repair(IReadOnlyList<JsonProblem> problems)
    {
        var text = new StringBuilder("That answer can't be used:");
        foreach (var problem in problems.Take(MaxProblems))
            text.Append('\n').Append("- ").Append(problem.Pointer.Length == 0 ? "" : $"at {problem.Pointer}: ").Append(problem.Message);
        return text.Append("\nAnswer again with the corrected JSON only.").ToString();
    }

    /// <summary>An answer as JSON, and what is wrong with it.</summary>
    private sealed record ReadAnswer(string Text, JsonElement Json, IReadOnlyList<JsonProblem> Problems)
    {
        public static ReadAnswer Of(LlmAnswer answer, JsonSchema? schema)
        {
            if (!JsonAnswer.TryRead(answer.Text, out var json, out var problem))
                return new(answer.Text, default, [new JsonProblem("", JsonProblemCodes.InvalidJson, problem!)]);
            json = StorableJson.Clean(json);
            return new(answer.Text, json, schema?.Evaluate(json).Errors ?? []);
        }
    }
}
