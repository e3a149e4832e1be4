using System.Globalization;
using System.Text.Json;
using Npgsql;
using Sos.Executors.Tests.Engine;
using Sos.Testing.Otlp;
using Sos.Testing.Processes;

namespace Sos.Executors.Tests.Durability;

/// <summary>
/// Executors as real processes that are killed with SIGKILL. <c>SOS_CRASH_SECONDS</c> and <c>SOS_CRASH_EXECUTIONS</c>
/// make the scenario as long and as large as wanted.
/// </summary>
public sealed class CrashTests
{
    private static readonly int Seconds = Setting("SOS_CRASH_SECONDS", 6);
    private static readonly int Executions = Setting("SOS_CRASH_EXECUTIONS", 40);

    [Fact]
    public async Task Whatever_executors_are_killed_every_execution_completes_and_no_finished_node_runs_twice()
    {
        await using var engine = await EngineHost.CreateAsync();
        await using var effects = await SideEffects.StartAsync(engine.Database.DataSource, TimeSpan.FromMilliseconds(150));
        await using var otlp = await OtlpReceiver.StartAsync();
        var workflow = await engine.SaveAsync(TenCalls(effects.Url));
        var processes = new List<ServiceProcess> { StartExecutor(engine, otlp), StartExecutor(engine, otlp) };
        try
        {
            await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>("select count(*) from executors") == 2, () => processes[0].Output);
            var ids = new List<Guid>();
            var lastKill = DateTime.MinValue;
            using (var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1)))
            {
                for (var kill = 0; kill < Seconds && await everySecond.WaitForNextTickAsync(); kill++)
                {
                    // Some of the work comes just before each kill, so that there is always something to interrupt.
                    var (calls, share) = (effects.CallsByKey.Count, (Executions - ids.Count) / (Seconds - kill));
                    ids.AddRange(await Task.WhenAll(Enumerable.Range(0, share).Select(_ => engine.SubmitAsync(workflow))));
                    await EngineHost.UntilAsync(() => Task.FromResult(effects.CallsByKey.Count >= calls + share));
                    await processes[0].DisposeAsync();
                    lastKill = DateTime.UtcNow;
                    processes.RemoveAt(0);
                    processes.Add(StartExecutor(engine, otlp));
                }
            }

            await UntilAllEndAsync(engine, ids.Count);
            Assert.Equal(Executions, await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status = 'completed'"));
            Assert.Empty(effects.RunAgain);
            Assert.Equal(Executions * 10, effects.CallsByKey.Count);
            Assert.Equal(Executions * 10, await engine.Database.QueryAsync<long>("select count(*) from execution_steps where status = 'completed'"));
            Assert.True(await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where lease_epoch > 1") > 0, "No execution was taken over.");
            await AssertOneTraceEachAsync(engine, effects, otlp, [.. ids], lastKill);
        }
        finally
        {
            foreach (var process in processes)
                await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_killed_executors_work_is_taken_over_within_five_seconds_of_its_leases_end()
    {
        await using var engine = await EngineHost.CreateAsync();
        await using var effects = await SideEffects.StartAsync(engine.Database.DataSource, TimeSpan.FromSeconds(20));
        var workflow = await engine.SaveAsync(TenCalls(effects.Url));
        await using var first = StartExecutor(engine, null);
        await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>("select count(*) from executors") == 1, () => first.Output);
        var dead = await engine.Database.QueryAsync<Guid>("select id from executors");
        var id = await engine.SubmitAsync(workflow);
        await EngineHost.UntilAsync(async () => !effects.CallsByKey.IsEmpty && await engine.Database.QueryAsync<long>("select count(*) from execution_steps") > 0);

        await using var second = StartExecutor(engine, null);
        await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>("select count(*) from executors") == 2, () => second.Output);
        await first.KillAsync();
        var leaseUntil = await engine.Database.QueryAsync<DateTime>($"select lease_until from executors where id = '{dead}'");
        await EngineHost.UntilAsync(async () => (await engine.ReadAsync(id)).Epoch == 2);
        var takenOver = await engine.Database.QueryAsync<DateTime>("select clock_timestamp()");
        Assert.InRange(takenOver - leaseUntil, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task An_executor_process_stops_cleanly_on_SIGTERM()
    {
        await using var engine = await EngineHost.CreateAsync();
        await using var executor = StartExecutor(engine, null);
        await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>("select count(*) from executors") == 1, () => executor.Output);
        using var limit = new CancellationTokenSource(EngineHost.Patience);
        Assert.Equal(0, await executor.TerminateAsync(limit.Token));
        Assert.Equal(0, await engine.Database.QueryAsync<long>("select count(*) from executors"));
    }

    internal static string TenCalls(string url) => JsonSerializer.Serialize(new
    {
        name = "ten-calls",
        nodes = Enumerable.Range(0, 10).Select(i => new { id = $"n{i}", type = "http", config = new { method = "POST", url } }),
        // Two chains of five that run side by side.
        edges = Enumerable.Range(0, 10).Where(i => i % 5 != 0).Select(i => new { from = $"n{i - 1}", to = $"n{i}" }),
        output = "done",
    });

    internal static async Task UntilAllEndAsync(EngineHost engine, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                if (await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status in ('completed', 'failed', 'cancelled')") == count)
                    return;
            }
            catch (NpgsqlException)
            {
                // The server is just being restarted.
            }
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    private static async Task AssertOneTraceEachAsync(EngineHost engine, SideEffects effects, OtlpReceiver otlp, Guid[] ids, DateTime lastKill)
    {
        var rows = await Task.WhenAll(ids.Select(engine.ReadAsync));
        var traces = ids.Zip(rows).ToDictionary(p => p.First, p => p.Second.TraceId);
        Assert.All(effects.TracesByExecution, seen => Assert.Equal([traces[seen.Key]], seen.Value.Keys));
        // A killed process takes the spans along that it has not sent yet; those of the survivors all arrive.
        var late = new HashSet<Guid>();
        foreach (var id in ids)
        {
            if (await engine.Database.QueryAsync<DateTime>($"select finished_at from workflow_executions where id = '{id}'") > lastKill)
                late.Add(id);
        }
        await otlp.WaitForSpansAsync(s => s.Name == "workflow.execute" && s["workflow.status"] == "completed" && late.Contains(Guid.Parse(s["workflow.execution_id"]!)), late.Count);
        Assert.All(otlp.Spans.Where(s => s.Name is "workflow.execute" or "workflow.started"), span =>
            Assert.Equal(traces[Guid.Parse((string)span.Attributes["workflow.execution_id"]!)], span.TraceId));
        // Where the first run had come to a checkpoint, the last one is linked to the run before it.
        foreach (var id in late)
        {
            var events = await engine.EventsAsync(id);
            if (!events.Any(e => e.Type == "workflow_started") || !events.Any(e => e.Type == "workflow_resumed"))
                continue;
            var last = otlp.Spans.Single(s => s.Name == "workflow.execute" && s["workflow.execution_id"] == id.ToString() && s["workflow.status"] == "completed");
            Assert.Equal(traces[id], Assert.Single(last.Links).TraceId);
        }
    }

    private static ServiceProcess StartExecutor(EngineHost engine, OtlpReceiver? otlp) => ServiceProcess.Start("Sos.Executors.dll", new Dictionary<string, string?>
    {
        ["ConnectionStrings__sos"] = engine.Database.ConnectionString,
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["Sos__Executor__Lease"] = "00:00:03",
        ["Sos__Executor__MaxLostLeases"] = "20",
        ["Sos__Outbound__Allow__0"] = "127.0.0.1",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = otlp?.GrpcEndpoint,
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
    });

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
