using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Nodes.Agent.Tools;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Agent;

/// <summary>The spans of an agent: <c>invoke_agent</c> for each attempt, <c>execute_tool</c> for each tool call.</summary>
/// <remarks>Tokens and cost are summed up under the product's own names only; <c>gen_ai.usage.*</c> stands on the model spans alone.</remarks>
internal static class AgentTelemetry
{
    public static Activity? StartAgent(NodeContext context, AgentConfig config, string agent)
    {
        var span = context.StartSpan(AgentSpanNames.InvokeAgentPrefix + agent, ActivityKind.Internal,
        [
            new(GenAiAttributes.OperationName, AgentOperations.InvokeAgent),
            new(AgentAttributes.GenAiAgentName, agent),
            new(GenAiAttributes.RequestModel, config.Model),
        ]);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(AgentAttributes.Id, agent);
            span.SetTag(AgentAttributes.Framework, "sos");
            span.SetTag(AgentAttributes.Type, KindName(config.Type));
            span.SetTag(AgentAttributes.Model, config.Model);
            if (config.Conversation is { } conversation)
                span.SetTag(GenAiAttributes.ConversationId, conversation);
        }
        return span;
    }

    public static void EndAgent(Activity? span, AgentState state, string? provider, string status, NodeError? error)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag(AgentAttributes.Provider, provider);
        span.SetTag(GenAiAttributes.ProviderName, provider);
        span.SetTag(AgentAttributes.TokensUsed, state.Usage.TotalTokens);
        if (state.KnownCostUsd is { } cost)
            span.SetTag(AgentAttributes.Cost, (double)cost);
        span.SetTag(AgentAttributes.Iterations, state.Iterations);
        span.SetTag(AgentAttributes.ToolCalls, state.ToolCallsMade);
        span.SetTag(AgentAttributes.Status, status);
        if (error is not null)
            span.SetFailure(error.Code, error.Message, error.Exception?.GetType().FullName);
    }

    /// <summary>Starts a tool's span.</summary>
    /// <param name="context">The agent's node.</param>
    /// <param name="call">The call.</param>
    /// <param name="tool">The tool; null where there is none of that name.</param>
    public static Activity? StartTool(NodeContext context, ToolCall call, AgentTool? tool)
    {
        // A name that no tool has is whatever a model wrote.
        var name = tool is null && call.ExecutionId is null ? "unknown" : call.Name;
        var span = context.StartSpan(AgentSpanNames.ExecuteToolPrefix + name, ActivityKind.Internal,
        [
            new(GenAiAttributes.OperationName, AgentOperations.ExecuteTool),
            new(AgentAttributes.ToolName, name),
        ]);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(AgentAttributes.ToolCallId, call.Id);
            span.SetTag(AgentAttributes.ToolType, tool?.Type ?? "function");
            span.SetTag(AgentAttributes.ToolKind, call.ExecutionId is null ? tool?.Kind : "workflow");
            span.SetTag(AgentAttributes.ToolDescription, tool is null ? null : Short(tool.Description, 200));
            // A workflow's run began before the agent gave up its slot for it.
            if (call.ExecutionId is { } execution)
            {
                span.SetTag(AgentAttributes.ToolExecutionId, execution.ToString());
                if (call.StartedAt is { } startedAt)
                    span.SetStartTime(startedAt.UtcDateTime);
            }
        }
        return span;
    }

    public static void EndTool(Activity? span, ToolCall call, ToolResult result, bool captures, Func<string, string> redact)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag(AgentAttributes.ToolStatus, result.ErrorCode is null ? "completed" : "failed");
        span.SetTag(AgentAttributes.ToolResultSize, result.Text.Length);
        if (captures)
        {
            span.SetTag(AgentAttributes.ToolCallArguments, redact(call.Arguments.GetRawText()));
            span.SetTag(AgentAttributes.ToolCallResult, redact(result.Text));
        }
        if (result.ErrorCode is { } code)
            span.SetFailure(code, Message(result.Content));
    }

    /// <summary>The row in <c>event_logs</c> of a tool call.</summary>
    public static void LogTool(NodeContext context, ToolCall call, string? kind, ToolResult result, TimeSpan latency) => context.AddEvent(
        AgentEventTypes.ToolExecuted,
        result.ErrorCode is null ? "completed" : "failed",
        JsonSerializer.SerializeToElement(new ToolEvent(Short(call.Name, 128), kind, call.Id, result.Text.Length, result.ErrorCode, call.ExecutionId), AgentEventJson.Default.ToolEvent),
        latency);

    public static string KindName(AgentKind kind) => kind == AgentKind.React ? "react" : "tool_calling";

    public static string Short(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    private static string Message(JsonElement content) =>
        content.ValueKind == JsonValueKind.Object && content.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String
            ? message.GetString()!
            : "The tool reported a failure.";
}
