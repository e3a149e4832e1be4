using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Sos.Executors.Mcp;

/// <summary>Registers what nodes and connectors reach MCP servers with.</summary>
internal static class McpServices
{
    /// <summary>Adds <see cref="McpServers"/>; needs <c>AddOutbound</c>. A configuration that can't work stops the host at its start.</summary>
    public static IServiceCollection AddMcp(this IServiceCollection services)
    {
        services.AddOptions<McpOptions>().BindConfiguration(McpOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<McpOptions>, McpOptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<McpServers>();
        return services;
    }
}
