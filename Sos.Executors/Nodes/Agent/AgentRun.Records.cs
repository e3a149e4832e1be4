using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Agent;

/// <summary>Writing down what the agent did: its output, <c>agent_trace_history</c>, what it will remember, its span.</summary>
internal sealed partial class AgentRun
{
    private const int MaxSummary = 1_000;
    private const int MaxKept = 16_000;

    private NodeOutcome.Completed Complete(AgentAnswer answer)
    {
        if (config.Conversation is { } conversation)
        {
            Remember(conversation, 0, "user", config.Task);
            Remember(conversation, 1, "assistant", answer.Text);
        }
        var result = new AgentResult
        {
            Text = answer.Text,
            Json = answer.Json,
            Iterations = state.Iterations,
            ToolCalls = [.. state.Steps.Where(s => s.Kind == "tool").Select(s => new AgentToolUse(s.Name, s.Status, s.Iteration))],
            Usage = Usage(),
            CostUsd = state.KnownCostUsd,
            Agent = agent,
            Model = model ?? config.Model,
            Provider = provider ?? "",
            FinishReason = finishReason,
            Conversation = config.Conversation,
            Demo = isDemo ? true : null,
        };
        return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(result, AgentJson.Default.AgentResult));
    }

    private void Remember(string conversation, int position, string role, string text) => context.AddConversation(new ConversationRow(
        agent, conversation, context.NodeId, context.Iteration, position,
        JsonSerializer.SerializeToElement(new RememberedMessage(role, StorableJson.Clean(text)), AgentTextJson.Default.RememberedMessage)));

    /// <summary>Ends the agent's span; where the agent has come to an end, its row and event go with the step.</summary>
    private void Record(Activity? span, NodeOutcome outcome)
    {
        var error = (outcome as NodeOutcome.Failed)?.Error;
        var status = outcome switch
        {
            NodeOutcome.Completed => "completed",
            NodeOutcome.Failed => "failed",
            _ => "waiting",
        };
        AgentTelemetry.EndAgent(span, state, provider, status, error);
        if (outcome is not (NodeOutcome.Completed or NodeOutcome.Failed))
            return;
        var text = (outcome as NodeOutcome.Completed)?.Output.GetProperty("text").GetString();
        context.AddAgentTrace(new AgentTraceRow
        {
            Id = Guid.CreateVersion7(context.Time.GetUtcNow()),
            AgentId = agent,
            NodeId = context.NodeId,
            Iteration = context.Iteration,
            InputContext = Input(),
            ExecutionNodes = StorableJson.Clean(JsonSerializer.SerializeToElement(state.Steps, AgentStateJson.Default.ListAgentStep)),
            OutputSummary = Summary(text),
            Error = error is null ? null : JsonSerializer.SerializeToElement(new ExecutionError { Code = error.Code, Message = StorableJson.Clean(error.Message) }, AgentTextJson.Default.ExecutionError),
            SpanId = span?.SpanId.ToHexString(),
            Timestamp = context.Time.GetUtcNow(),
        });
        var summary = new AgentEvent(
            agent, model ?? config.Model, state.Iterations, state.ToolCallsMade, state.Usage.TotalTokens, state.KnownCostUsd, error?.Code);
        context.AddEvent(AgentEventTypes.AgentCompleted, status, JsonSerializer.SerializeToElement(summary, AgentEventJson.Default.AgentEvent), context.Time.GetUtcNow() - state.StartedAt);
    }

    private JsonElement Input()
    {
        var prompt = config.Task;
        return StorableJson.Clean(JsonSerializer.SerializeToElement(
            new AgentInput
            {
                Model = config.Model,
                Provider = config.Provider,
                Type = AgentTelemetry.KindName(config.Type),
                Tools = [.. toolbox.Names],
                Conversation = config.Conversation,
                PromptCharacters = prompt.Length,
                Instructions = Keep(config.Instructions),
                Prompt = Keep(prompt),
            },
            AgentStateJson.Default.AgentInput));
    }

    /// <summary>The answer's beginning where the workspace keeps content; otherwise only how long it is.</summary>
    private string? Summary(string? text) => text is null ? null
        : keepsContent ? StorableJson.Clean(services.Redactor.Shorten(text, MaxSummary))
        : $"{text.Length:N0} characters";

    /// <summary>A text that is kept only where the workspace keeps content.</summary>
    private string? Keep(string? text) => keepsContent && text is not null ? services.Redactor.Shorten(text, MaxKept) : null;

    private string Redact(string text) => services.Redactor.Shorten(text, MaxKept);

    private AgentUsage Usage() => new(state.Usage.InputTokens, state.Usage.OutputTokens, state.Usage.CachedInputTokens, state.Usage.ReasoningTokens, state.Usage.TotalTokens);

    private JsonElement Details() => JsonSerializer.SerializeToElement(
        new AgentDetails(state.Iterations, state.ToolCallsMade, Usage(), state.KnownCostUsd), AgentTextJson.Default.AgentDetails);
}

/// <summary>A message of a conversation, as it is remembered.</summary>
internal sealed record RememberedMessage(string Role, string Text);

/// <summary>How far an agent had come when it failed.</summary>
internal sealed record AgentDetails(int Iterations, int ToolCalls, AgentUsage Usage, decimal? CostUsd);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RememberedMessage))]
[JsonSerializable(typeof(AgentDetails))]
[JsonSerializable(typeof(ExecutionError))]
[JsonSerializable(typeof(string))]
internal sealed partial class AgentTextJson : JsonSerializerContext;
