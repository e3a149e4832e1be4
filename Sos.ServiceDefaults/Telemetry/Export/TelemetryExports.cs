using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>All destinations of this process; counts what is lost and ends them together, in bounded time.</summary>
sealed class TelemetryExports : IDisposable
{
    /// <summary>How long a shutdown waits for telemetry, over all signals and destinations.</summary>
    public static readonly TimeSpan FlushBudget = TimeSpan.FromSeconds(5);

    readonly Channel<bool> _trouble = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly TimeProvider _time;
    int _troubled;
    int _flushed;

    public TelemetryExports(TelemetrySettings settings, IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        Destinations = [.. settings.Destinations.Select(d => new DestinationExports(d, settings, time, RaiseTrouble))];
        if (Destinations.Count > 0)
            meters.Create("Sos").CreateObservableCounter(TelemetryMetricNames.Dropped, Measure, "{item}", "Spans, log records and metric points that did not reach a destination.");
    }

    public IReadOnlyList<DestinationExports> Destinations { get; }

    /// <summary>Ends when something was lost since the last call.</summary>
    public async Task WaitForTroubleAsync(CancellationToken cancellationToken)
    {
        await _trouble.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _troubled, 0);
    }

    /// <summary>
    /// Sends what is still waiting, to all destinations at once, and then ends every request: after at most
    /// <see cref="FlushBudget"/>, whatever the backends do. Only the first call does anything.
    /// </summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _flushed, 1) == 1)
            return;
        var flushes = Task.WhenAll(Destinations.SelectMany(d => d.Flush(FlushBudget)));
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(flushes, Task.Delay(FlushBudget, _time, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        foreach (var destination in Destinations)
            destination.Cut();
    }

    public void Dispose()
    {
        foreach (var destination in Destinations)
            destination.Dispose();
    }

    void RaiseTrouble()
    {
        // This may run for every span while a queue is full, so all but the first call end here.
        if (Volatile.Read(ref _troubled) == 0 && Interlocked.Exchange(ref _troubled, 1) == 0)
            _trouble.Writer.TryWrite(true);
    }

    IEnumerable<Measurement<long>> Measure() =>
        from destination in Destinations
        from tally in destination.Tallies
        select new Measurement<long>(
            tally.Value.Dropped,
            new KeyValuePair<string, object?>(TelemetryMetricNames.Signal, tally.Key.ToString().ToLowerInvariant()),
            new KeyValuePair<string, object?>(TelemetryMetricNames.Destination, destination.Name));
}
