using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Sos.ServiceDefaults.Portable;
using Sos.ServiceDefaults.Telemetry.Spans;

namespace Sos.ServiceDefaults;

/// <summary>
/// What depends on the packages at hand. This flavour (Debug, Release) needs none but the OpenTelemetry SDK and Npgsql:
/// it builds the providers itself and completes .NET's own HTTP spans; the folder Portable has resilience and service
/// discovery in the shape of the official packages. Platform.Aspire.cs is the other flavour; the same tests show that
/// both behave alike.
/// </summary>
static class Platform
{
    /// <summary>Registers a TracerProvider that listens to the instrumentation of this flavour.</summary>
    public static void AddTraces(IHostApplicationBuilder builder, Action<IServiceProvider, TracerProviderBuilder> configure)
    {
        builder.Services.AddSingleton<IStartupFilter, ServerSpansFilter>();
        builder.Services.AddSingleton(sp =>
        {
            var traces = Sdk.CreateTracerProviderBuilder().AddProcessor(new ClientSpanAttributes());
            configure(sp, traces);
            return traces.Build();
        });
    }

    /// <summary>Registers a MeterProvider.</summary>
    public static void AddMetrics(IHostApplicationBuilder builder, Action<IServiceProvider, MeterProviderBuilder> configure) =>
        builder.Services.AddSingleton(sp =>
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

    /// <summary>
    /// Registers a data source, under a key or, without one, together with its connections; one that is registered
    /// already stays. The connection string is asked for when the data source is first used.
    /// </summary>
    public static void AddDataSource(IHostApplicationBuilder builder, string connectionName, string? serviceKey, Func<string> connectionString, Action<NpgsqlDataSourceBuilder> configure)
    {
        if (serviceKey is not null)
        {
            builder.Services.TryAddKeyedSingleton(serviceKey, (services, _) => Build(services));
            return;
        }

        builder.Services.TryAddSingleton(Build);
        builder.Services.TryAddTransient(services => services.GetRequiredService<NpgsqlDataSource>().CreateConnection());

        NpgsqlDataSource Build(IServiceProvider services)
        {
            var source = new NpgsqlDataSourceBuilder(connectionString()).UseLoggerFactory(services.GetRequiredService<ILoggerFactory>());
            source.Name = connectionName;
            configure(source);
            return source.Build();
        }
    }
}
