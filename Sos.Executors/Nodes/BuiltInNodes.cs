using Microsoft.Extensions.DependencyInjection.Extensions;
using Sos.Executors.Connectors;
using Sos.Executors.Credentials;
using Sos.Executors.Files;
using Sos.Executors.Mcp;
using Sos.Executors.Models;
using Sos.Executors.Nodes.Agent;
using Sos.Executors.Nodes.Approval;
using Sos.Executors.Nodes.Connector;
using Sos.Executors.Nodes.Credentials;
using Sos.Executors.Nodes.Database;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Nodes.Documents;
using Sos.Executors.Nodes.Fail;
using Sos.Executors.Nodes.File;
using Sos.Executors.Nodes.Foreach;
using Sos.Executors.Nodes.Http;
using Sos.Executors.Nodes.If;
using Sos.Executors.Nodes.Llm;
using Sos.Executors.Nodes.Merge;
using Sos.Executors.Nodes.Rag;
using Sos.Executors.Nodes.Switch;
using Sos.Executors.Nodes.Transform;
using Sos.Executors.Nodes.Wait;
using Sos.Executors.Nodes.Workflow;
using Sos.Executors.Outbound;
using Sos.Executors.Rag;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes;

/// <summary>The node types that SOS comes with. A new one is a folder beside this file and a line in it.</summary>
public static class BuiltInNodes
{
    private static readonly Registration[] All =
    [
        Registration.Of<AgentExecutor>(),
        Registration.Of<ApprovalExecutor>(),
        Registration.Of<ConnectorExecutor>(),
        Registration.Of<CredentialsExecutor>(),
        Registration.Of<DatabaseExecutor>(),
        Registration.Of<DocumentsExecutor>(),
        Registration.Of<FailExecutor>(),
        Registration.Of<FileExecutor>(),
        Registration.Of<ForeachExecutor>(),
        Registration.Of<HttpExecutor>(),
        Registration.Of<IfExecutor>(),
        Registration.Of<LlmExecutor>(),
        Registration.Of<MergeExecutor>(),
        Registration.Of<RagExecutor>(),
        Registration.Of<SwitchExecutor>(),
        Registration.Of<TransformExecutor>(),
        Registration.Of<WaitExecutor>(),
        Registration.Of<WorkflowExecutor>(),
    ];

    /// <summary>What the node types are, without what they need to run.</summary>
    public static IReadOnlyList<NodeType> Types { get; } = [.. All.Select(r => r.Type)];

    /// <summary>Adds the executors of all node types, as <see cref="NodeExecutors"/>; needs the host's configuration.</summary>
    public static IServiceCollection AddNodes(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOutbound();
        services.AddCredentials();
        services.AddFiles();
        services.AddRag();
        services.AddMcp();
        services.AddConnectors();
        services.AddModels();
        services.AddAgents();
        services.TryAddSingleton<DatabasePools>();
        foreach (var registration in All)
            services.TryAddEnumerable(ServiceDescriptor.Singleton(typeof(NodeExecutor), registration.Executor));
        services.TryAddSingleton<NodeExecutors>();
        return services;
    }

    /// <summary>Adds the <see cref="NodeCatalog"/>, which validates and describes nodes but runs none.</summary>
    public static IServiceCollection AddNodeCatalog(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => new NodeCatalog(Types));
        return services;
    }

    private sealed record Registration(NodeType Type, Type Executor)
    {
        public static Registration Of<T>()
            where T : NodeExecutor, IDescribesNode => new(T.Describe, typeof(T));
    }
}
