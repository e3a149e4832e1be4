using System.Diagnostics;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>Sends requests to the product and takes the time of each.</summary>
internal static class Load
{
    /// <summary>Sends the same request over some connections until the time is over.</summary>
    /// <param name="address">The API.</param>
    /// <param name="request">A request that is answered with 202.</param>
    /// <param name="connections">How many requests are under way at once.</param>
    /// <param name="duration">How long.</param>
    /// <param name="rate">Requests a second in total; 0 sends the next one when the last is answered.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The latencies in milliseconds, sorted.</returns>
    public static async Task<double[]> RunAsync(Uri address, byte[] request, int connections, TimeSpan duration, int rate, CancellationToken cancellationToken)
    {
        var open = new List<KeepAliveConnection>();
        try
        {
            for (var i = 0; i < connections; i++)
            {
                open.Add(new KeepAliveConnection(address));
                await open[i].ConnectAsync(cancellationToken);
            }
            var interval = rate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)connections / rate);
            var start = Stopwatch.GetTimestamp();
            var latencies = await Task.WhenAll(open.Select((connection, i) => Task.Run(
                () => SendAsync(connection, request, start, interval * ((double)i / connections), interval, duration, cancellationToken), cancellationToken)));
            double[] all = [.. latencies.SelectMany(l => l)];
            Array.Sort(all);
            return all;
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    /// <summary>Sends requests one after another over one connection.</summary>
    /// <returns>The latencies in milliseconds, sorted.</returns>
    public static async Task<double[]> RunAloneAsync(Uri address, byte[] request, int count, CancellationToken cancellationToken)
    {
        using var connection = new KeepAliveConnection(address);
        await connection.ConnectAsync(cancellationToken);
        var latencies = new double[count];
        for (var i = 0; i < count; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await connection.SendAsync(request, 200, cancellationToken);
            latencies[i] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
        }
        Array.Sort(latencies);
        return latencies;
    }

    private static async Task<List<double>> SendAsync(
        KeepAliveConnection connection, byte[] request, long start, TimeSpan offset, TimeSpan interval, TimeSpan duration, CancellationToken cancellationToken)
    {
        var latencies = new List<double>(10_000);
        for (var due = offset; Stopwatch.GetElapsedTime(start) is var now && now < duration; due += interval)
        {
            // At a given rate a request counts from when it was due, so that a stall is seen by all it holds up.
            var from = interval == TimeSpan.Zero ? now : due;
            if (due > now && interval > TimeSpan.Zero)
                await Task.Delay(due - now, cancellationToken);
            await connection.SendAsync(request, 202, cancellationToken);
            latencies.Add((Stopwatch.GetElapsedTime(start) - from).TotalMilliseconds);
        }
        return latencies;
    }
}
