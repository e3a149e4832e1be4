using System.Diagnostics;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>Looks at a process's working set twice a second, from the begin until it is asked.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stop = new();
    private readonly List<double> mebibytes = [];
    private readonly Task watching;

    public MemoryWatch(int processId) => watching = Task.Run(() => WatchAsync(processId));

    /// <summary>Stops, and tells the largest values of the middle third and of the last one: one that grows has no bound.</summary>
    public async Task<(double Middle, double End)> EndAsync()
    {
        await stop.CancelAsync();
        await watching;
        var third = mebibytes.Count / 3;
        return third == 0 ? (double.NaN, double.NaN) : (mebibytes.Skip(third).Take(third).Max(), mebibytes.Skip(2 * third).Max());
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }

    private async Task WatchAsync(int processId)
    {
        using var timer = new PeriodicTimer(Interval);
        using var process = Process.GetProcessById(processId);
        try
        {
            do
            {
                process.Refresh();
                mebibytes.Add(process.WorkingSet64 / 1048576.0);
            }
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any longer.
        }
    }
}
