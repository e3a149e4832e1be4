using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Everything that carries telemetry to one destination. Nothing is shared with another destination: each signal has
/// its own queue, thread and connection.
/// </summary>
sealed class DestinationExports : IDisposable
{
    readonly List<ExportTransport> _transports = [];
    readonly List<(Func<int, bool> Flush, ExportTally Tally)> _flushes = [];
    readonly Dictionary<TelemetrySignal, ExportTally> _tallies = [];
    readonly OtlpDestination _destination;
    readonly TelemetrySettings _settings;
    readonly TimeProvider _time;

    public DestinationExports(OtlpDestination destination, TelemetrySettings settings, TimeProvider time, Action onTrouble)
    {
        (_destination, _settings, _time) = (destination, settings, time);
        foreach (var signal in destination.Targets.Keys)
            _tallies.Add(signal, new ExportTally(signal == TelemetrySignal.Logs ? settings.Logs.QueueSize : settings.Spans.QueueSize, onTrouble));
    }

    public string Name => _destination.Name;

    public string Address => TelemetryDestination.From(_destination).Endpoint;

    /// <summary>Per signal what was lost.</summary>
    public IReadOnlyDictionary<TelemetrySignal, ExportTally> Tallies => _tallies;

    /// <summary>Why the last request of some signal failed, or null.</summary>
    public string? LastFailure => _transports.Select(t => t.LastFailure).FirstOrDefault(f => f is not null);

    public IEnumerable<BaseProcessor<Activity>> CreateSpanProcessors()
    {
        if (!_destination.Targets.TryGetValue(TelemetrySignal.Traces, out var target))
            yield break;
        var tally = _tallies[TelemetrySignal.Traces];
        var processor = new CountedSpanProcessor(new CountedSpanExporter(Options(target), tally), _settings.Spans);
        _flushes.Add((processor.ForceFlush, tally));
        yield return processor;
    }

    public IEnumerable<BaseProcessor<LogRecord>> CreateLogProcessors()
    {
        if (!_destination.Targets.TryGetValue(TelemetrySignal.Logs, out var target))
            yield break;
        var exporter = new OtlpLogExporter(Options(target));
        var tally = _tallies[TelemetrySignal.Logs];
        var processor = new CountedLogProcessor(new CountedLogExporter(exporter, tally), _settings.Logs);
        _flushes.Add((processor.ForceFlush, tally));
        yield return new LogExporterBinding(exporter);
        yield return processor;
    }

    public IEnumerable<MetricReader> CreateMetricReaders()
    {
        if (!_destination.Targets.TryGetValue(TelemetrySignal.Metrics, out var target))
            yield break;
        var exporter = new CountedMetricExporter(Options(target), _tallies[TelemetrySignal.Metrics]);
        var reader = new PeriodicExportingMetricReader(exporter, (int)_settings.MetricInterval.TotalMilliseconds)
        {
            TemporalityPreference = _settings.MetricTemporality ?? _destination.Temporality,
        };
        _flushes.Add((reader.Collect, _tallies[TelemetrySignal.Metrics]));
        yield return reader;
    }

    /// <summary>One task per signal that ends when everything recorded so far has been sent or has failed.</summary>
    public IEnumerable<Task> Flush(TimeSpan budget)
    {
        foreach (var transport in _transports)
            transport.StopRetrying();
        return _flushes.Select(f => FlushAsync(f.Flush, f.Tally.WhenGone(), budget));
    }

    /// <summary>Ends every request, so that a backend that never answers can't hold up the process.</summary>
    public void Cut() => _transports.ForEach(transport => transport.Cut());

    public void Dispose() => _transports.ForEach(transport => transport.Dispose());

    /// <summary>
    /// The SDK's flush blocks, so it has a thread of its own. It ends when the last batch has been taken from the
    /// queue, which is before that batch has been answered, hence <paramref name="gone"/>.
    /// </summary>
    static async Task FlushAsync(Func<int, bool> flush, Task gone, TimeSpan budget)
    {
        await Task.Factory.StartNew(
            () => flush((int)budget.TotalMilliseconds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        await gone.ConfigureAwait(false);
    }

    OtlpExporterOptions Options(OtlpTarget target)
    {
        var transport = new ExportTransport(_time);
        _transports.Add(transport);
        return new OtlpExporterOptions
        {
            Endpoint = target.Endpoint,
            Protocol = target.Protocol,
            TimeoutMilliseconds = (int)target.Timeout.TotalMilliseconds,
            Compression = target.Compress ? OtlpExportCompression.GZip : OtlpExportCompression.None,
            // Set on the client below: the SDK's own reading of the text knows neither JSON nor a comma in a value,
            // and would give one destination's headers from the environment to the other.
            Headers = "",
            HttpClientFactory = () =>
            {
                var client = new HttpClient(transport, disposeHandler: false) { Timeout = target.Timeout, MaxResponseContentBufferSize = 4 << 20 };
                foreach (var (name, value) in target.Headers)
                    client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
                return client;
            },
        };
    }
}
