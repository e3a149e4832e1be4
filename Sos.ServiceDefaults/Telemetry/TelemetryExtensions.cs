using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Sos.ServiceDefaults;
using Sos.ServiceDefaults.Telemetry;
using Sos.ServiceDefaults.Telemetry.Export;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Microsoft.Extensions.Hosting;

/// <summary>OpenTelemetry for a service of SOS; docs/telemetry.md lists the settings.</summary>
public static class TelemetryExtensions
{
    /// <summary>
    /// Adds traces, metrics and logs as the configuration asks for. With <c>OTEL_ENABLED=false</c> nothing is added;
    /// without a destination nothing listens, so spans cost nothing, and code that needs a trace id makes its own.
    /// </summary>
    /// <param name="builder">The application under construction.</param>
    /// <param name="serviceName">The <c>service.name</c> unless configuration has one; by default from the application's name, <c>Sos.Api</c> → <c>sos-api</c>.</param>
    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder, string? serviceName = null) where TBuilder : IHostApplicationBuilder
    {
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(TelemetryDestinations)))
            return builder;
        if (!TelemetrySettings.IsEnabled(builder.Configuration))
        {
            services.AddSingleton(new TelemetryDestinations([]));
            return builder;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(sp => TelemetrySettings.Read(sp.GetRequiredService<IConfiguration>(), sp.GetRequiredService<IHostEnvironment>(), serviceName));
        services.AddSingleton(sp => new TelemetryDestinations(sp.GetRequiredService<TelemetrySettings>().Destinations));
        services.AddSingleton<TelemetryExports>();
        services.AddHostedService<TelemetryLifetime>();
        services.AddHostedService<ExportWarnings>();
        Platform.AddTraces(builder, (sp, traces) => ConfigureTraces(sp, traces, builder.Environment.ApplicationName));
        Platform.AddMetrics(builder, ConfigureMetrics);
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
        });
        services.ConfigureOpenTelemetryLoggerProvider(ConfigureLogs);
        return builder;
    }

    static void ConfigureTraces(IServiceProvider services, TracerProviderBuilder traces, string applicationName)
    {
        var settings = services.GetRequiredService<TelemetrySettings>();
        traces.SetResourceBuilder(ServiceResource.ToBuilder(settings.Resource))
            .SetSampler(settings.Sampler)
            .AddSource(TelemetrySources.Traces)
            .AddSource(applicationName);
        // What the host adds sees spans before they are exported.
        foreach (var processor in services.GetServices<BaseProcessor<Activity>>())
            traces.AddProcessor(processor);
        foreach (var destination in services.GetRequiredService<TelemetryExports>().Destinations)
            foreach (var processor in destination.CreateSpanProcessors())
                traces.AddProcessor(processor);
    }

    static void ConfigureMetrics(IServiceProvider services, MeterProviderBuilder metrics)
    {
        var settings = services.GetRequiredService<TelemetrySettings>();
        metrics.SetResourceBuilder(ServiceResource.ToBuilder(settings.Resource))
            .SetExemplarFilter(settings.Exemplars)
            .AddMeter(TelemetrySources.Metrics)
            .AddView(SecondsHistograms.Buckets);
        foreach (var destination in services.GetRequiredService<TelemetryExports>().Destinations)
            foreach (var reader in destination.CreateMetricReaders())
                metrics.AddReader(reader);
    }

    static void ConfigureLogs(IServiceProvider services, LoggerProviderBuilder logs)
    {
        logs.SetResourceBuilder(ServiceResource.ToBuilder(services.GetRequiredService<TelemetrySettings>().Resource));
        foreach (var processor in services.GetServices<BaseProcessor<LogRecord>>())
            logs.AddProcessor(processor);
        foreach (var destination in services.GetRequiredService<TelemetryExports>().Destinations)
            foreach (var processor in destination.CreateLogProcessors())
                logs.AddProcessor(processor);
    }
}
