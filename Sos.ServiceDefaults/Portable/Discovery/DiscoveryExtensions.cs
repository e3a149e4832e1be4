using Microsoft.Extensions.DependencyInjection.Extensions;
using Sos.ServiceDefaults.Portable.Discovery;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Service discovery from configuration, in the shape of Microsoft.Extensions.ServiceDiscovery: a client may ask for
/// <c>https+http://executors</c>, <c>http://executors</c> or <c>http://_endpoint.executors</c>.
/// </summary>
public static class DiscoveryExtensions
{
    /// <summary>Adds the lookup of services in configuration (<c>services:executors:http:0</c>).</summary>
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services)
    {
        services.TryAddSingleton<ServiceEndpoints>();
        return services;
    }

    /// <summary>Lets this client resolve service names; names that configuration does not know are left to DNS.</summary>
    public static IHttpClientBuilder AddServiceDiscovery(this IHttpClientBuilder builder)
    {
        builder.Services.AddServiceDiscovery();
        return builder.ConfigureAdditionalHttpMessageHandlers(static (handlers, services) =>
        {
            if (!handlers.OfType<DiscoveryHandler>().Any())
                handlers.Add(new DiscoveryHandler(services.GetRequiredService<ServiceEndpoints>()));
        });
    }
}
