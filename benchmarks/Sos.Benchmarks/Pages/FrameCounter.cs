using Microsoft.Playwright;

namespace Sos.Benchmarks.Pages;

/// <summary>Counts the frames that a page draws, by <c>requestAnimationFrame</c>.</summary>
internal sealed class FrameCounter(IPage page)
{
    /// <summary>Begins to count.</summary>
    public Task StartAsync() => page.EvaluateAsync("""
        () => {
            const frames = window.countedFrames = [];
            const next = time => { frames.push(time); if (window.countedFrames === frames) requestAnimationFrame(next); };
            requestAnimationFrame(next);
        }
        """);

    /// <summary>Ends it.</summary>
    public async Task<FrameFigures> StopAsync()
    {
        var times = await page.EvaluateAsync<double[]>("() => { const frames = window.countedFrames; window.countedFrames = null; return frames; }");
        var gaps = times.Zip(times.Skip(1), (before, after) => after - before).Order().ToArray();
        if (gaps.Length == 0)
            throw new InvalidOperationException("The page drew no frames.");
        // The slowest second is what a viewer remembers.
        var slowest = Enumerable.Range(0, (int)((times[^1] - times[0]) / 1_000)).Select(s => times.Count(t => t >= times[0] + s * 1_000 && t < times[0] + (s + 1) * 1_000));
        return new FrameFigures(gaps.Length / ((times[^1] - times[0]) / 1_000), slowest.DefaultIfEmpty(gaps.Length).Min(), gaps[(int)(gaps.Length * 0.95)], gaps[^1]);
    }
}

/// <summary>How a page moved.</summary>
/// <param name="PerSecond">Frames per second, on average.</param>
/// <param name="SlowestSecond">Frames in the slowest second.</param>
/// <param name="P95Ms">The 95th percentile of the time between two frames, in milliseconds.</param>
/// <param name="LongestMs">The longest time between two frames, in milliseconds.</param>
internal sealed record FrameFigures(double PerSecond, int SlowestSecond, double P95Ms, double LongestMs)
{
    public override string ToString() => FormattableString.Invariant($"{PerSecond:0} frames/s, {SlowestSecond} in the slowest second; between frames p95 {P95Ms:0} ms, longest {LongestMs:0} ms");
}
