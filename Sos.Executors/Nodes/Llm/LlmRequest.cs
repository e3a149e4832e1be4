using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Llm;

/// <summary>What an <c>llm</c> config asks of a model.</summary>
internal sealed record LlmRequest(IReadOnlyList<ChatMessage> Messages, ChatOptions Options, JsonSchema? Schema, bool WantsJson)
{
    /// <summary>Reads a config.</summary>
    /// <param name="config">The config.</param>
    /// <param name="images">Its images.</param>
    /// <param name="problem">What is wrong with it: a sentence; null for nothing.</param>
    public static LlmRequest? Create(LlmConfig config, IReadOnlyList<AIContent> images, out string? problem)
    {
        var messages = ReadMessages(config, images, out problem);
        if (messages is null)
            return null;
        JsonSchema? schema = null;
        if (config.Output is { Schema.ValueKind: not JsonValueKind.Undefined } output && !JsonSchema.TryCompile(output.Schema, out schema, out var problems))
        {
            problem = $"output.schema can't be used. At '{problems[0].Pointer}': {problems[0].Message}";
            return null;
        }
        return new LlmRequest(messages, ReadOptions(config), schema, config.Output is not null);
    }

    private static List<ChatMessage>? ReadMessages(LlmConfig config, IReadOnlyList<AIContent> images, out string? problem)
    {
        var messages = new List<ChatMessage>();
        if (!string.IsNullOrWhiteSpace(config.System))
            messages.Add(new ChatMessage(ChatRole.System, config.System));
        foreach (var message in config.Messages ?? [])
        {
            messages.Add(new ChatMessage(
                message.Role switch { LlmRole.Assistant => ChatRole.Assistant, LlmRole.System => ChatRole.System, _ => ChatRole.User },
                message.Content ?? ""));
        }
        if (!string.IsNullOrWhiteSpace(config.Prompt))
            messages.Add(new ChatMessage(ChatRole.User, config.Prompt));
        problem = messages.Exists(m => m.Role == ChatRole.User) ? null : "there is nothing to answer: prompt is empty, and messages hold nothing that the user said.";
        if (problem is not null)
            return null;
        var asked = messages.FindLast(m => m.Role == ChatRole.User)!;
        foreach (var image in images)
            asked.Contents.Add(image);
        return messages;
    }

    private static ChatOptions ReadOptions(LlmConfig config) => new()
    {
        Temperature = config.Temperature,
        TopP = config.TopP,
        TopK = config.TopK,
        MaxOutputTokens = config.MaxTokens,
        FrequencyPenalty = config.FrequencyPenalty,
        PresencePenalty = config.PresencePenalty,
        StopSequences = config.Stop is { Count: > 0 } ? [.. config.Stop] : null,
        Seed = config.Seed,
        Reasoning = config.ReasoningEffort is { } effort ? new ReasoningOptions { Effort = Effort(effort) } : null,
        ResponseFormat = config.Output switch
        {
            null => null,
            { Schema.ValueKind: JsonValueKind.Undefined } => ChatResponseFormat.Json,
            { Schema: var schema } => ChatResponseFormat.ForJsonSchema(schema, "answer"),
        },
    };

    private static ReasoningEffort Effort(LlmEffort effort) => effort switch
    {
        LlmEffort.None => ReasoningEffort.None,
        LlmEffort.Low => ReasoningEffort.Low,
        LlmEffort.Medium => ReasoningEffort.Medium,
        LlmEffort.High => ReasoningEffort.High,
        _ => ReasoningEffort.ExtraHigh,
    };
}
