using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Sos.ServiceDefaults.Telemetry.Spans;

namespace Sos.ServiceDefaults;

/// <summary>
/// What depends on the packages at hand. This flavour needs none but the OpenTelemetry SDK: it builds the providers
/// itself, completes .NET's own HTTP and Npgsql's spans, and brings its own resilience, service discovery and database
/// registration in the shape of the official ones.
/// </summary>
static partial class Platform
{
    /// <summary>Registers a TracerProvider that listens to the instrumentation of this flavour.</summary>
    public static void AddTraces(IServiceCollection services, Action<IServiceProvider, TracerProviderBuilder> configure)
    {
        services.AddSingleton<IStartupFilter, ServerSpansFilter>();
        services.AddSingleton(sp =>
        {
            var traces = Sdk.CreateTracerProviderBuilder().AddProcessor(new ClientSpanAttributes());
            configure(sp, traces);
            return traces.Build();
        });
    }

    /// <summary>Registers a MeterProvider.</summary>
    public static void AddMetrics(IServiceCollection services, Action<IServiceProvider, MeterProviderBuilder> configure) =>
        services.AddSingleton(sp =>
        {
            var metrics = Sdk.CreateMeterProviderBuilder();
            configure(sp, metrics);
            return metrics.Build();
        });

    /// <summary>Gives every HttpClient of the factory resilience and service discovery.</summary>
    public static void AddHttpDefaults(IServiceCollection services)
    {
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(http =>
        {
            // The order matters: each attempt asks discovery again and may get another replica.
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
    }
}
