using Sos.ServiceDefaults;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of SOS shares, in the shape of Aspire's service defaults.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds telemetry, health checks, service discovery, and resilient HttpClient defaults. Call
    /// <see cref="HealthExtensions.MapDefaultEndpoints"/> on the built web application, too.
    /// </summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="serviceName">The <c>service.name</c> unless configuration has one; by default from the application's name, <c>Sos.Api</c> → <c>sos-api</c>.</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, string? serviceName = null) where TBuilder : IHostApplicationBuilder
    {
        builder.ConfigureOpenTelemetry(serviceName);
        builder.AddDefaultHealthChecks();
        Platform.AddHttpDefaults(builder.Services);
        return builder;
    }
}
