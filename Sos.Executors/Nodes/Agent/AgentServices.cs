using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sos.Executors.Connectors;
using Sos.Executors.Engine;
using Sos.Executors.Mcp;
using Sos.Executors.Models;
using Sos.Executors.Models.Content;
using Sos.Executors.Nodes.Agent.Tools;
using Sos.Workflows.Store;

namespace Sos.Executors.Nodes.Agent;

/// <summary>What agents work with.</summary>
internal sealed class AgentServices(
    ModelCalls models, ToolSources sources, Conversations conversations, ModelContentSetting contentSetting, ContentCapture capture,
    IOptions<ExecutorOptions> options, TimeProvider time, ILogger<AgentExecutor> logger)
{
    /// <summary>How deep workflows may call workflows.</summary>
    public int MaxDepth => options.Value.MaxDepth;

    /// <summary>Repeats a query that failed for a reason that passes.</summary>
    public DatabaseRetry Retry { get; } = new(time, attempts: 8);

    public ModelCalls Models => models;

    public ToolSources Sources => sources;

    public Conversations Conversations => conversations;

    public ModelContentSetting ContentSetting => contentSetting;

    public ContentCapture Capture => capture;

    public Redactor Redactor { get; } = new();

    public ILogger Logger => logger;
}

/// <summary>Registers what agents work with.</summary>
internal static class AgentRegistration
{
    /// <summary>Adds <see cref="AgentServices"/>; needs models, MCP servers and the executor's stores.</summary>
    public static IServiceCollection AddAgents(this IServiceCollection services)
    {
        // An agent is itself a node and runs others, so the nodes are looked up when it first does.
        services.TryAddSingleton(s => new ToolSources(
            new Lazy<NodeExecutors>(s.GetRequiredService<NodeExecutors>), s.GetRequiredService<WorkflowVersions>(), s.GetRequiredService<McpServers>(), s.GetRequiredService<ConnectorCatalog>()));
        services.TryAddSingleton<AgentServices>();
        return services;
    }
}
