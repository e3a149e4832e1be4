using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Agent;

/// <summary>Lets a model work on a task with tools until it has an answer.</summary>
internal sealed partial class AgentExecutor(AgentServices services) : NodeExecutor<AgentConfig>(Describe, AgentJson.Default.AgentConfig), IDescribesNode
{
    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "agent",
        Title = "Agent",
        Description = "Lets a model work on a task with tools (nodes, other workflows, MCP servers) until it has an answer.",
        Category = "ai",
        ConfigSchema = NodeSchema.Load("agent"),
        ToolsProperty = "tools",
        CheckConfig = AgentConfigCheck.Check,
    };

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(AgentConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (AgentConfigCheck.Problem(config) is { } problem)
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': {problem}");
        var keepsContent = await services.Retry.ExecuteAsync(token => services.ContentSetting.KeepsAsync(context.Execution.WorkspaceId, token), cancellationToken);
        var state = context.State is { } saved ? AgentState.Read(saved) : await StartAsync(config, context, cancellationToken);
        return await new AgentRun(config, context, state, services, keepsContent).RunAsync(cancellationToken);
    }

    private async Task<AgentState> StartAsync(AgentConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var state = new AgentState { StartedAt = context.Time.GetUtcNow() };
        if (config.Conversation is { } conversation)
        {
            var remembered = await services.Retry.ExecuteAsync(
                async token => await services.Conversations.LastAsync(context.Execution.WorkspaceId, AgentRun.NameOf(config, context), conversation, config.Memory!.MaxMessages, token),
                cancellationToken);
            // A conversation begins with what somebody said, also where its beginning is cut off.
            state.Messages.AddRange(remembered
                .Select(m => m.Deserialize(AgentTextJson.Default.RememberedMessage)!)
                .SkipWhile(m => m.Role == Assistant)
                .Select(m => new ChatMessage(m.Role == Assistant ? ChatRole.Assistant : ChatRole.User, m.Text)));
        }
        state.Messages.Add(new ChatMessage(ChatRole.User, config.Task));
        return state;
    }

    private const string Assistant = "assistant";

    [LoggerMessage(Level = LogLevel.Error, Message = "Tool '{Tool}' of node '{NodeId}' of execution {ExecutionId} threw an exception that it does not foresee.")]
    internal static partial void LogUnexpected(ILogger logger, Exception exception, string tool, string nodeId, Guid executionId);
}
