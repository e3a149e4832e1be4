using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Models;
using Sos.Executors.Nodes.Agent.React;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Agent;

/// <summary>Asking the model.</summary>
internal sealed partial class AgentRun
{
    private readonly JsonSchema? outputSchema = config.Output is { } output ? JsonSchema.Compile(output.Schema) : null;

    /// <summary>Asks the model once and takes its answer into the state.</summary>
    /// <returns>The final answer; null where the agent goes on.</returns>
    private async Task<AgentAnswer?> AskAsync(CancellationToken cancellationToken)
    {
        CheckIterations();
        CheckSpending();
        var startedAt = context.Time.GetUtcNow();
        var reply = await services.Models.ChatAsync(
            new ChatCall
            {
                Provider = config.Provider,
                Model = config.Model,
                Messages = [.. SystemMessage(), .. state.Messages],
                Options = Options(),
                AgentId = agent,
                ConversationId = config.Conversation,
                Stream = true,
            },
            context,
            cancellationToken);
        (provider, model, finishReason, isDemo) = (reply.Provider, reply.Model, reply.FinishReason, isDemo || reply.IsDemo);
        state.Iterations++;
        state.Usage += reply.Usage;
        state.CostUsd += reply.CostUsd ?? 0;
        state.UnpricedModel ??= reply.CostUsd is null ? reply.Model : null;
        state.Steps.Add(new AgentStep
        {
            Iteration = state.Iterations,
            Kind = "model",
            Name = reply.Model,
            Status = "completed",
            StartedAt = startedAt,
            LatencyMs = reply.Latency.TotalMilliseconds,
            InputTokens = reply.Usage.InputTokens,
            OutputTokens = reply.Usage.OutputTokens,
            CostUsd = reply.CostUsd,
            FinishReason = reply.FinishReason,
            Output = Keep(reply.Response.Text),
        });
        var text = config.Type == AgentKind.React ? TakeWords(reply.Response.Text) : TakeCalls(reply.Response);
        return text is null ? null : Check(text);
    }

    /// <summary>Takes an answer of a model that calls tools by itself.</summary>
    /// <returns>Its text, where it calls none.</returns>
    private string? TakeCalls(ChatResponse response)
    {
        state.Messages.AddRange(response.Messages);
        foreach (var call in response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>())
        {
            var (arguments, problem) = ReadArguments(call);
            state.Pending.Add(new ToolCall { Id = call.CallId, Key = NextKey(), Name = call.Name, Arguments = arguments, Problem = problem });
        }
        return state.Pending.Count > 0 ? null : response.Text;
    }

    private static (JsonElement Arguments, string? Problem) ReadArguments(FunctionCallContent call)
    {
        if (call.Exception is not null)
            return (Nothing, "They are not a JSON object.");
        if (call.Arguments is not { Count: > 0 } given)
            return (Nothing, null);
        var arguments = JsonSerializer.SerializeToElement(given, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
        if (Stored.Problem(ref arguments) is not { } problem)
            return (arguments, null);
        // They can't be kept in the conversation either.
        call.Arguments = null;
        return (Nothing, problem);
    }

    /// <summary>Takes an answer of a model that calls tools in words.</summary>
    private string? TakeWords(string text)
    {
        var turn = ReactProtocol.Read(text, NextKey());
        state.Messages.Add(new ChatMessage(ChatRole.Assistant, turn.Text));
        if (turn.Call is { } call)
        {
            var arguments = call.Arguments;
            var problem = call.Problem ?? Stored.Problem(ref arguments);
            state.Pending.Add(call with { Arguments = problem is null ? arguments : Nothing, Problem = problem });
        }
        return turn.Answer;
    }

    /// <summary>Holds the final answer against the schema; the model may mend it once.</summary>
    private AgentAnswer? Check(string text)
    {
        if (outputSchema is null)
            return new AgentAnswer(text, null);
        var problems = JsonAnswer.TryRead(text, out var json, out var problem)
            ? [.. outputSchema.Evaluate(json).Errors.Take(10).Select(e => $"At '{e.Pointer}': {e.Message}")]
            : new[] { problem! };
        if (problems.Length == 0)
            return new AgentAnswer(text, json);
        if (state.Repaired)
        {
            throw new AgentException(new NodeError("output_invalid", $"The agent's answer does not fit output.schema, also after it was told so: {problems[0]}") { Details = Details() });
        }
        state.Repaired = true;
        state.Messages.Add(new ChatMessage(ChatRole.User, $"Your answer can't be used. {string.Join(' ', problems)} Give the whole answer again, as JSON that satisfies this schema: {config.Output!.Schema.GetRawText()}"));
        return null;
    }

    private string NextKey() => $"{state.Iterations}.{state.Pending.Count}";

    private ChatOptions Options() => new()
    {
        Temperature = (float?)config.Temperature,
        TopP = (float?)config.TopP,
        MaxOutputTokens = MaxTokens(),
        Seed = config.Seed,
        Tools = config.Type == AgentKind.ToolCalling && toolbox.Declarations.Count > 0 ? toolbox.Declarations : null,
        AllowMultipleToolCalls = config.Type == AgentKind.ToolCalling && toolbox.Declarations.Count > 0 ? config.ParallelTools : null,
        StopSequences = config.Type == AgentKind.React ? [ReactProtocol.Observation] : null,
        ResponseFormat = config is { Type: AgentKind.ToolCalling, Output: { } output } ? ChatResponseFormat.ForJsonSchema(output.Schema) : null,
    };

    // Below this, an answer is held to what is left of the agent's limit; a larger number might be more than the model takes.
    private const int ShortOfTokens = 4_096;

    /// <summary>No answer may be longer than what is left of the agent's own limit.</summary>
    private int? MaxTokens()
    {
        if (config.Limits.Tokens is not { } limit)
            return config.MaxTokens;
        var left = Math.Max(1, limit - state.Usage.TotalTokens);
        return left < (config.MaxTokens ?? ShortOfTokens) ? (int)left : config.MaxTokens;
    }

    private IEnumerable<ChatMessage> SystemMessage()
    {
        var text = new StringBuilder(config.Instructions);
        if (config.Type == AgentKind.React)
        {
            text.AppendLine().AppendLine().Append(ReactProtocol.Describe(toolbox));
            if (config.Output is { } output)
                text.AppendLine().Append("The final answer is JSON only, and satisfies this schema: ").Append(output.Schema.GetRawText());
        }
        return text.Length == 0 ? [] : [new ChatMessage(ChatRole.System, text.ToString().Trim())];
    }

    private static readonly JsonElement Nothing = JsonElement.Parse("{}");
}

/// <summary>What an agent came to.</summary>
/// <param name="Text">The answer's text.</param>
/// <param name="Json">The same as JSON, where a schema asked for it.</param>
internal sealed record AgentAnswer(string Text, JsonElement? Json);
