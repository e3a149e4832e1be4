using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Sos.ServiceDefaults.Tests;

/// <summary>Waits for state that raises no event, without a fixed pause.</summary>
static class Wait
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!await condition())
        {
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, Limit);
            await poll.WaitForNextTickAsync();
        }
    }

    /// <summary>Moves a test's clock forward in steps until a condition holds.</summary>
    public static async Task AdvanceUntilAsync(FakeTimeProvider time, TimeSpan step, Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, Limit);
            time.Advance(step);
            await Task.Yield();
        }
    }
}
