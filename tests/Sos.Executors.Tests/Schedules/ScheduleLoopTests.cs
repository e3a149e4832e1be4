using System.Diagnostics;
using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Schedules;

public sealed class ScheduleLoopTests
{
    [Fact]
    public async Task An_idle_loop_asks_every_half_minute()
    {
        await using var host = await ScheduleHost.CreateAsync();
        var asked = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (Equals(span.GetTagItem("db.namespace"), host.Engine.Database.Name) && span.GetTagItem("db.query.text") is string sql && sql.Contains("schedules", StringComparison.Ordinal))
                    Interlocked.Increment(ref asked);
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var stop = new CancellationTokenSource();
        var loop = host.Loop();
        var running = loop.RunAsync(stop.Token);
        // What is due, and what comes next: two questions each time.
        await EngineHost.UntilAsync(() => Task.FromResult(Volatile.Read(ref asked) == 2));
        for (var turn = 1; turn <= 3; turn++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(20));
            Assert.Equal(2 * turn, Volatile.Read(ref asked));
            var wanted = 2 * turn + 2;
            var least = host.Time.GetUtcNow().AddSeconds(12);
            await EngineHost.UntilAsync(() =>
            {
                host.Time.Advance(TimeSpan.FromMilliseconds(100)); // the loop goes to sleep a moment after its question was answered
                return Task.FromResult(Volatile.Read(ref asked) >= wanted);
            });
            Assert.Equal(wanted, asked);
            Assert.True(host.Time.GetUtcNow() < least, "A time whose notification was lost would be missed.");
        }
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_loop_is_woken_by_a_change_and_sleeps_until_the_next_time()
    {
        await using var host = await ScheduleHost.CreateAsync();
        using var stop = new CancellationTokenSource();
        var loop = host.Loop();
        var running = loop.RunAsync(stop.Token);
        var schedule = await host.AddAsync("*/10 * * * * ?");
        loop.Wake();
        for (var tick = 1; tick <= 3; tick++)
        {
            var wanted = tick;
            await EngineHost.UntilAsync(async () =>
            {
                host.Time.Advance(TimeSpan.FromMilliseconds(250));
                return await host.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions") == wanted;
            });
        }
        await stop.CancelAsync();
        await running;
        Assert.Equal("0.17 0.33 0.5", await host.RunsAsync(schedule));
    }
}
