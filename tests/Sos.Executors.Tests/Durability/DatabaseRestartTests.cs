using Sos.Executors.Tests.Engine;
using Sos.Testing.Postgres;

namespace Sos.Executors.Tests.Durability;

/// <summary>PostgreSQL crashes and comes back in the middle of the work.</summary>
public sealed class DatabaseRestartTests
{
    [Fact]
    public async Task Nothing_is_lost_or_repeated_and_executors_connect_again_by_themselves()
    {
        await using var server = await PostgresFixture.StartAsync(durable: true);
        await using var engine = await EngineHost.CreateAsync(await server.CreateDatabaseAsync());
        await using var effects = await SideEffects.StartAsync(engine.Database.DataSource, TimeSpan.FromMilliseconds(50));
        await engine.StartExecutorAsync();
        await engine.StartExecutorAsync();
        var workflow = await engine.SaveAsync(CrashTests.TenCalls(effects.Url));
        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => engine.SubmitAsync(workflow)));
        for (var restart = 0; restart < 3; restart++)
        {
            var seen = effects.CallsByKey.Count;
            await EngineHost.UntilAsync(() => Task.FromResult(effects.CallsByKey.Count > seen + 30 || effects.CallsByKey.Count == 400));
            await server.RestartAsync(immediate: true);
        }
        await CrashTests.UntilAllEndAsync(engine, ids.Length);
        Assert.Equal(
            "40 completed",
            await engine.Database.QueryAsync<string>("select string_agg(concat_ws(' ', n, status, error), '; ') from (select count(*) n, status, error from workflow_executions group by status, error) ends"));
        Assert.Equal(400, effects.CallsByKey.Count);
        Assert.Empty(effects.RunAgain);
    }

    [Fact]
    public async Task Work_that_comes_after_a_restart_is_noticed_without_waiting_for_the_slow_poll()
    {
        await using var server = await PostgresFixture.StartAsync();
        await using var engine = await EngineHost.CreateAsync(await server.CreateDatabaseAsync());
        await engine.StartExecutorAsync(o => o.PollInterval = TimeSpan.FromHours(1));
        await server.RestartAsync(immediate: true);
        engine.Database.DataSource.Clear();
        var id = await engine.StartAsync("""{ "name": "after", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
    }
}
