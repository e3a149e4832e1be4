using System.Net;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Nodes.Database;

public sealed class DatabasePoolTests
{
    private const string Query = "\"sql\": \"select pg_backend_pid() as pid\"";
    private const string Connections = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'SOS'";
    private const string HeldQuery = "\"sql\": \"select pg_advisory_xact_lock_shared(7), pg_backend_pid() as pid\"";
    private const string Held = Connections + " and wait_event_type = 'Lock'";

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

    [Fact]
    public async Task A_name_that_leads_to_one_address_after_the_other_gets_no_more_connections_and_uses_them_again()
    {
        await using var rotating = await Rotating.StartAsync(answers => answers % 2 == 0 ? "127.0.0.1" : "127.0.0.2");
        var (host, relay) = (rotating.Host, rotating.Relay);
        await using var hold = await rotating.HoldAsync();
        var running = Enumerable.Range(0, 3 * DatabasePools.MaxConnections).Select(_ => rotating.PidAsync()).ToArray();
        await EngineHost.UntilAsync(async () => rotating.Answers == running.Length && await host.Server.QueryAsync<long>(Held) == DatabasePools.MaxConnections);
        await host.OutputAsync(Query); // by now, others would be there
        Assert.Equal((DatabasePools.MaxConnections, 2), (relay.Accepted, host.Pools.Count));
        await hold.DisposeAsync();
        await Task.WhenAll(running);

        // As many as there may be, half to each address: they stay.
        await rotating.RoundAsync();
        Assert.Equal(await rotating.RoundAsync(), await rotating.RoundAsync());
    }

    [Fact]
    public async Task Connections_to_an_address_that_a_name_led_to_before_make_room()
    {
        var address = "127.0.0.1";
        await using var rotating = await Rotating.StartAsync(_ => address);
        var before = await rotating.RoundAsync();
        address = "127.0.0.2";
        await using var hold = await rotating.HoldAsync();
        var running = before.Select(_ => rotating.PidAsync()).ToArray();
        await EngineHost.UntilAsync(async () => await rotating.Host.Server.QueryAsync<long>(Held) == running.Length);
        await EngineHost.UntilAsync(async () => await rotating.Host.Server.QueryAsync<long>(Connections) == DatabasePools.MaxConnections);
        await hold.DisposeAsync();
        Assert.Empty(before.Intersect(await Task.WhenAll(running)));
    }

    [Fact]
    public async Task Connections_of_a_credential_that_changed_count_until_they_are_closed()
    {
        await using var host = await DatabaseHost.StartAsync();
        var name = "changed_" + Guid.NewGuid().ToString("N");
        await host.Server.ExecuteAsync($"create role {name} superuser login password 'another-password'");
        await using var hold = await HoldAsync(host);
        var running = host.RunAsync(HeldQuery);
        await EngineHost.UntilAsync(async () => await host.Server.QueryAsync<long>(Held) == 1);
        await host.ChangeAsync(name, "another-password");
        await PidAsync(host);
        Assert.Equal(2, host.Pools.Count);
        await hold.DisposeAsync();
        NodeRun.Completed(await running);
        Assert.Equal(1, host.Pools.Count);
        await host.Pools.DisposeAsync();
        await host.Server.ExecuteAsync($"drop role {name}");
    }

    private static int Pid(NodeOutcome outcome) => NodeRun.Completed(outcome).Output.GetProperty("rows")[0].GetProperty("pid").GetInt32();

    /// <summary>Lets no query go on until it is disposed.</summary>
    private static async Task<NpgsqlConnection> HoldAsync(DatabaseHost host)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(host.Server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select pg_advisory_lock(7)", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task<int> PidAsync(DatabaseHost host) => Pid(await host.RunAsync(Query));

    /// <summary>A server whose name leads to an address that changes.</summary>
    private sealed class Rotating : IAsyncDisposable
    {
        private int answers;

        public DatabaseHost Host { get; private set; } = null!;

        public PostgresRelay Relay { get; private set; } = null!;

        public int Answers => Volatile.Read(ref answers);

        public static async Task<Rotating> StartAsync(Func<int, string> address)
        {
            var rotating = new Rotating();
            rotating.Host = await DatabaseHost.StartAsync(
                resolve: name => [IPAddress.Parse(name == "db.test" ? address(Interlocked.Increment(ref rotating.answers)) : name)]);
            rotating.Relay = PostgresRelay.Start(rotating.Host.Login.Port, "127.0.0.1", "127.0.0.2");
            await rotating.Host.SaveAsync("rotating", host: "db.test", port: rotating.Relay.Port);
            return rotating;
        }

        public Task<NpgsqlConnection> HoldAsync() => DatabasePoolTests.HoldAsync(Host);

        public async Task<int> PidAsync() => Pid(await Host.RunAsync(HeldQuery, "rotating"));

        /// <summary>Uses as many connections as there may be, all at once.</summary>
        public async Task<int[]> RoundAsync()
        {
            await using var hold = await HoldAsync();
            var running = Enumerable.Range(0, DatabasePools.MaxConnections).Select(_ => PidAsync()).ToArray();
            await EngineHost.UntilAsync(async () => await Host.Server.QueryAsync<long>(Held) == running.Length);
            await hold.DisposeAsync();
            return [.. (await Task.WhenAll(running)).Order()];
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Relay.DisposeAsync();
        }
    }
}
