using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Models;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Models;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Llm;

/// <summary>Asks a language model.</summary>
internal sealed class LlmExecutor(ModelCalls models) : NodeExecutor<LlmConfig>(Describe, LlmJson.Default.LlmConfig), IDescribesNode
{
    private const int MaxProblems = 20;
    private const int MaxShownText = 2_000;
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
        var request = LlmRequest.Create(config, out var problem);
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
        var replies = new List<ChatReply> { await models.ChatAsync(call, context, cancellationToken) };
        if (Refused(replies[0]) is { } refused)
            return refused;
        if (!request.WantsJson)
            return Completed(replies, default);

        var answer = Answer.Read(replies[0], request.Schema);
        if (answer.Problems.Count > 0 && replies[0].FinishReason != ChatFinishReason.Length.Value && config.Timeout - context.Time.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            // Once, with its mistakes before it, a model usually gets it right.
            var repair = call with { Messages = [.. request.Messages, .. replies[0].Response.Messages, new ChatMessage(ChatRole.User, Repair(answer.Problems))], Timeout = left };
            replies.Add(await models.ChatAsync(repair, context, cancellationToken));
            if (Refused(replies[1]) is { } refusedRepair)
                return refusedRepair;
            answer = Answer.Read(replies[1], request.Schema);
        }
        return answer.Problems.Count == 0 ? Completed(replies, answer.Json) : Invalid(answer, replies);
    }

    private static NodeOutcome? Refused(ChatReply reply) => reply.FinishReason == ChatFinishReason.ContentFilter.Value
        ? NodeOutcome.Fail("content_filtered", $"The model '{reply.Model}' refused to answer, or its provider withheld the answer, for what is in the prompt or the answer.")
        : null;

    private static NodeOutcome.Completed Completed(List<ChatReply> replies, JsonElement json)
    {
        var last = replies[^1];
        var usage = replies.Aggregate(TokenUsage.None, (sum, r) => sum + r.Usage);
        return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(
            new LlmOutput
            {
                Text = StorableJson.Clean(last.Response.Text),
                Json = json,
                Usage = new LlmUsage(usage.InputTokens, usage.OutputTokens, usage.CachedInputTokens, usage.ReasoningTokens, usage.TotalTokens),
                CostUsd = replies.Exists(r => r.CostUsd is null) ? null : replies.Sum(r => r.CostUsd),
                FinishReason = last.FinishReason,
                Model = last.Model,
                Provider = last.Provider,
                Demo = last.IsDemo ? true : null,
            },
            LlmJson.Default.LlmOutput));
    }

    private static NodeOutcome.Failed Invalid(Answer answer, List<ChatReply> replies)
    {
        var first = answer.Problems[0];
        var where = first.Pointer.Length == 0 ? "" : $" at '{first.Pointer}'";
        var hint = replies[^1].FinishReason == ChatFinishReason.Length.Value
            ? " It was cut off at its greatest length: raise maxTokens."
            : replies.Count > 1 ? " It was told so once and gave another such answer." : "";
        return new NodeOutcome.Failed(new NodeError("output_invalid", $"The model's answer is not the JSON that was asked for{where}: {first.Message}{hint}")
        {
            Details = JsonSerializer.SerializeToElement(
                new LlmOutputProblems(
                    StorableJson.Clean(answer.Text.Length > MaxShownText ? answer.Text[..MaxShownText] : answer.Text),
                    [.. answer.Problems.Take(MaxProblems).Select(p => new LlmOutputProblem(p.Pointer, p.Message))]),
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
    private sealed record Answer(string Text, JsonElement Json, IReadOnlyList<JsonProblem> Problems)
    {
        public static Answer Read(ChatReply reply, JsonSchema? schema)
        {
            var text = reply.Response.Text;
            if (!JsonAnswer.TryRead(text, out var json, out var problem))
                return new(text, default, [new JsonProblem("", JsonProblemCodes.InvalidJson, problem!)]);
            json = StorableJson.Clean(json);
            return new(text, json, schema?.Evaluate(json).Errors ?? []);
        }
    }
}
