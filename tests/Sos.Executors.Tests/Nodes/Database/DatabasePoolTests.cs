using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Nodes.Database;

public sealed class DatabasePoolTests
{
    private const string Query = "\"sql\": \"select pg_backend_pid() as pid\"";
    private const string Connections = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'SOS'";

    [Fact]
    public async Task A_connection_is_used_again()
    {
        await using var host = await DatabaseHost.StartAsync();
        Assert.Equal(await PidAsync(host), await PidAsync(host));
        Assert.Equal(1, host.Pools.Count);
    }

    [Fact]
    public async Task A_login_has_a_few_connections_and_more_nodes_wait_for_them()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create table seen (n int)");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 3 * DatabasePools.MaxConnections).Select(_ => host.RunAsync(Query)));
        Assert.All(outcomes, o => NodeRun.Completed(o));
        Assert.InRange(await host.Server.QueryAsync<long>(Connections), 1, DatabasePools.MaxConnections);
    }

    [Fact]
    public async Task A_credential_that_changed_gets_connections_of_its_own_and_the_old_ones_close()
    {
        await using var host = await DatabaseHost.StartAsync();
        var before = await PidAsync(host);
        var (name, password) = ("changed_" + Guid.NewGuid().ToString("N"), "another-password");
        await host.Server.ExecuteAsync($"create role {name} superuser login password '{password}'");
        await host.ChangeAsync(name, password);
        Assert.NotEqual(before, await PidAsync(host));
        Assert.Equal(1, host.Pools.Count);
        await EngineHost.UntilAsync(async () => await host.Server.QueryAsync<long>(Connections) == 1);
        await host.Pools.DisposeAsync();
        await host.Server.ExecuteAsync($"drop role {name}");
    }

    [Fact]
    public async Task A_login_that_nobody_used_for_long_is_given_up()
    {
        var time = new FakeTimeProvider();
        await using var host = await DatabaseHost.StartAsync(time: time);
        await host.SaveAsync("other", database: "postgres");
        NodeRun.Completed(await host.RunAsync(Query, "other"));
        time.Advance(DatabasePools.IdleLimit + TimeSpan.FromSeconds(1));
        NodeRun.Completed(await host.RunAsync(Query));
        Assert.Equal(1, host.Pools.Count);
    }

    [Fact]
    public async Task There_are_only_so_many_logins_at_once_and_the_one_used_longest_ago_goes_first()
    {
        var time = new FakeTimeProvider();
        await using var host = await DatabaseHost.StartAsync(time: time);
        for (var i = 0; i <= DatabasePools.MaxPools; i++)
        {
            await host.SaveAsync($"db-{i}");
            NodeRun.Completed(await host.RunAsync(Query, $"db-{i}"));
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(DatabasePools.MaxPools, host.Pools.Count);
    }

    private static async Task<int> PidAsync(DatabaseHost host) => (await host.OutputAsync(Query)).GetProperty("rows")[0].GetProperty("pid").GetInt32();
}
