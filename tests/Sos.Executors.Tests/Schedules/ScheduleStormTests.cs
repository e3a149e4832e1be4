using System.Globalization;
using Sos.Executors.Tests.Engine;
using Sos.Testing.Processes;
using Sos.Workflows.Schedules;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Schedules;

/// <summary>Executors that compete for the same times, and die while they do.</summary>
public sealed class ScheduleStormTests
{
    private const int Ticks = 200;
    private const int Executors = 4;

    /// <summary>
    /// Four executors and one schedule of every second. At each of 200 times, some of them are cancelled in the middle
    /// of what they do, and backends are terminated; whoever is left must run the time, and only once.
    /// </summary>
    [Fact]
    public async Task Four_executors_that_keep_dying_run_each_of_two_hundred_times_exactly_once()
    {
        await using var host = await ScheduleHost.CreateAsync();
        var schedule = await host.AddAsync("* * * * * ?", MisfirePolicy.FireAll);
        var random = new Random(7);
        var executors = Enumerable.Range(0, Executors).Select(_ => host.Executor()).ToArray();
        var (cancelled, killed) = (0, 0);
        for (var tick = 1; tick <= Ticks; tick++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            var now = host.Time.GetUtcNow();
            var rounds = 0;
            do
            {
                // Whoever dies does so at a different moment: before the lock, with it, after the insert, at the commit.
                using var limit = new CancellationTokenSource();
                var attempts = executors.Select(e => Task.Run(() => TryRunAsync(e, now, limit.Token))).ToArray();
                if (rounds++ < 3 && tick % 2 == 0)
                    limit.CancelAfter(TimeSpan.FromMilliseconds(random.Next(0, 6)));
                if (rounds == 1 && tick % 3 == 0)
                    killed += await TerminateAsync(host);
                cancelled += (await Task.WhenAll(attempts)).Count(done => !done);
            }
            while (await host.Engine.Database.QueryAsync<bool>($"select next_run_at <= '{now:O}' from schedules where id = '{schedule}'"));
        }

        var expected = string.Join(' ', Enumerable.Range(1, Ticks).Select(t => ScheduleHost.Noon.AddSeconds(t).ToUnixTimeSeconds()));
        Assert.Equal(expected, await host.Engine.Database.QueryAsync<string>(
            $"select string_agg(extract(epoch from (trigger ->> 'scheduledAt')::timestamptz)::bigint::text, ' ' order by trigger ->> 'scheduledAt') from workflow_executions where trigger ->> 'id' = '{schedule}'"));
        Assert.Equal((long)Ticks, await host.Engine.Database.QueryAsync<long>("select count(*) from event_logs where event_type = 'schedule_fired'"));
        Assert.True(cancelled > 20, $"Only {cancelled} runs were interrupted.");
        Assert.True(killed > 10, $"Only {killed} backends were terminated.");
    }

    [Fact]
    public async Task Loops_that_are_stopped_and_started_all_the_time_run_each_time_once()
    {
        await using var host = await ScheduleHost.CreateAsync();
        var schedule = await host.AddAsync("* * * * *");
        var stops = new CancellationTokenSource[Executors];
        var loops = new Task[Executors];
        for (var i = 0; i < Executors; i++)
            Start(i);
        for (var tick = 1; tick <= 50; tick++)
        {
            await stops[tick % Executors].CancelAsync();
            await loops[tick % Executors];
            Start(tick % Executors);
            // A loop sleeps on this clock, so it is moved until the time was run by somebody.
            host.Time.SetUtcNow(ScheduleHost.Noon.AddMinutes(tick));
            var wanted = tick;
            await EngineHost.UntilAsync(async () =>
            {
                host.Time.Advance(TimeSpan.FromMilliseconds(10));
                return await host.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions") >= wanted;
            });
        }
        foreach (var stop in stops)
            await stop.CancelAsync();
        await Task.WhenAll(loops);
        Assert.Equal(string.Join(' ', Enumerable.Range(1, 50)), await host.RunsAsync(schedule));

        void Start(int i)
        {
            stops[i] = new CancellationTokenSource();
            loops[i] = host.Loop().RunAsync(stops[i].Token);
        }
    }

    [Fact]
    public async Task Killed_executor_processes_run_each_second_once()
    {
        await using var host = await ScheduleHost.CreateAsync();
        host.Time.SetUtcNow(DateTimeOffset.UtcNow.AddSeconds(-1));
        var schedule = await host.AddAsync("* * * * * ?", MisfirePolicy.FireAll);
        var processes = new List<ServiceProcess>();
        try
        {
            for (var i = 0; i < 2; i++)
                processes.Add(Start(host));
            for (var kills = 0; kills < 3; kills++)
            {
                var wanted = (kills + 1) * 2;
                await EngineHost.UntilAsync(async () => await CountAsync(host) >= wanted, () => processes[0].Output);
                await processes[0].DisposeAsync(); // SIGKILL
                processes.RemoveAt(0);
                processes.Add(Start(host));
            }
            var before = await CountAsync(host);
            await EngineHost.UntilAsync(async () => await CountAsync(host) >= before + 2, () => processes[^1].Output);
        }
        finally
        {
            foreach (var process in processes)
                await process.DisposeAsync();
        }
        var seconds = (await host.Engine.Database.QueryAsync<string>(
            $"select string_agg(extract(epoch from (trigger ->> 'scheduledAt')::timestamptz)::bigint::text, ' ' order by trigger ->> 'scheduledAt') from workflow_executions where trigger ->> 'id' = '{schedule}'"))!
            .Split(' ').Select(s => long.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(Enumerable.Range(0, seconds.Length).Select(i => seconds[0] + i), seconds); // none left out, none twice
    }

    private static Task<long> CountAsync(ScheduleHost host) => host.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions");

    /// <summary>Whether it got to the end, rather than being interrupted.</summary>
    private static async Task<bool> TryRunAsync(DueSchedules executor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            while (await executor.RunNextAsync(now, cancellationToken) is not null)
            {
            }
            return true;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested || e is OperationCanceledException || DatabaseRetry.IsTransient(e))
        {
            return false; // as a process that is killed in the middle; what it has done is in the database, or is not
        }
    }

    /// <summary>Ends the executors' connections to this database, whatever they are doing.</summary>
    private static async Task<int> TerminateAsync(ScheduleHost host) => (int)await host.Engine.Database.QueryAsync<long>("""
        select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query like '%schedules%'
        """);

    private static ServiceProcess Start(ScheduleHost host) => ServiceProcess.Start("Sos.Executors.dll", new Dictionary<string, string?>
    {
        ["ConnectionStrings__sos"] = host.Engine.Database.ConnectionString,
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["Sos__Executor__Lease"] = "00:00:03",
        ["OTEL_ENABLED"] = "false",
    });
}
