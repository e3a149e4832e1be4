using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>Says that telemetry gets lost: once when it begins and at most once a minute after that.</summary>
sealed partial class ExportWarnings(TelemetryExports exports, TimeProvider time, ILogger<ExportWarnings> logger) : BackgroundService
{
    static readonly TimeSpan Gathering = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    readonly Dictionary<ExportTally, (long Dropped, long Failures)> _told = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await exports.WaitForTroubleAsync(stoppingToken).ConfigureAwait(false);
                await Task.Delay(Gathering, time, stoppingToken).ConfigureAwait(false);
                foreach (var destination in exports.Destinations)
                    Tell(destination);
                await Task.Delay(Pause - Gathering, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    void Tell(DestinationExports destination)
    {
        var (spans, failedSpans) = SinceLastTime(destination, TelemetrySignal.Traces);
        var (records, failedRecords) = SinceLastTime(destination, TelemetrySignal.Logs);
        var (points, failedMetrics) = SinceLastTime(destination, TelemetrySignal.Metrics);
        if (spans + records + points + failedSpans + failedRecords + failedMetrics == 0)
            return;
        var reason = destination.LastFailure
            ?? (failedSpans + failedRecords + failedMetrics == 0 ? "more is recorded than it takes" : "it rejected a request");
        Lost(logger, destination.Name, destination.Address, reason, spans, records, points);
    }

    (long Dropped, long Failures) SinceLastTime(DestinationExports destination, TelemetrySignal signal)
    {
        if (!destination.Tallies.TryGetValue(signal, out var tally))
            return default;
        var before = _told.GetValueOrDefault(tally);
        var now = (tally.Dropped, tally.Failures);
        _told[tally] = now;
        return (now.Dropped - before.Dropped, now.Failures - before.Failures);
    }

    [LoggerMessage(1, LogLevel.Warning,
        "Telemetry does not reach {Destination} at {Address}: {Reason}. Dropped since the last notice: {Spans} spans, {Records} log records, {Points} metric points. The work is not affected; the next notice comes in a minute at the earliest.")]
    static partial void Lost(ILogger logger, string destination, string address, string reason, long spans, long records, long points);
}
