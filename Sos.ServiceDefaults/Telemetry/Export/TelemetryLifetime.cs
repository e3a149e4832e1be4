using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Starts the providers before every other hosted service and flushes them after every other one has stopped, so
/// that the last spans of a graceful stop still arrive.
/// </summary>
sealed partial class TelemetryLifetime : IHostedLifecycleService, IDisposable
{
    readonly TelemetryExports _exports;

    // Asking for the providers is what builds them.
    public TelemetryLifetime(IServiceProvider services, TelemetrySettings settings, TelemetryExports exports, ILogger<TelemetryLifetime> logger)
    {
        _exports = exports;
        if (settings.Destinations.Count > 0)
        {
            _ = services.GetService(typeof(TracerProvider));
            _ = services.GetService(typeof(MeterProvider));
        }

        foreach (var problem in settings.Problems)
            Misconfigured(logger, problem);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => _exports.FlushAsync(cancellationToken);

    // For a host that is disposed of without having been stopped. It is made after the providers and thus goes first.
    public void Dispose() => _exports.FlushAsync(CancellationToken.None).GetAwaiter().GetResult();

    [LoggerMessage(1, LogLevel.Warning, "Telemetry configuration: {Problem}")]
    static partial void Misconfigured(ILogger logger, string problem);
}
