using Microsoft.Extensions.DependencyInjection.Extensions;
using Sos.Executors.Connectors.Health;
using Sos.Executors.Connectors.Http;
using Sos.Workflows.Store;

namespace Sos.Executors.Connectors;

/// <summary>Registers what calls connectors.</summary>
internal static class ConnectorServices
{
    /// <summary>Adds <see cref="ConnectorCalls"/>; needs <c>AddOutbound</c>, <c>AddMcp</c> and, for workspaces' own connectors, the executor's stores.</summary>
    public static IServiceCollection AddConnectors(this IServiceCollection services)
    {
        services.AddOptions<ConnectorOptions>().BindConfiguration(ConnectorOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(provider => new ConnectorCatalog(provider.GetService<WorkspaceConnectors>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<HttpProvider>();
        services.TryAddSingleton<McpProvider>();
        services.TryAddSingleton<ProviderHealths>();
        services.TryAddSingleton<ConnectorCalls>();
        return services;
    }
}
