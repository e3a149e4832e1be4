using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Nodes.Database;

public sealed class DatabaseLimitTests
{
    [Fact]
    public async Task No_more_rows_are_kept_than_maxRows()
    {
        await using var host = await DatabaseHost.StartAsync();
        var output = await host.OutputAsync("""
            "sql": "select g from generate_series(1, 5) g", "maxRows": 5
            """);
        Assert.Equal((5, false), (output.GetProperty("rowCount").GetInt32(), output.GetProperty("truncated").GetBoolean()));
        output = await host.OutputAsync("""
            "sql": "select g from generate_series(1, 6) g", "maxRows": 5
            """);
        Assert.Equal((5, 5, true), (output.GetProperty("rows").GetArrayLength(), output.GetProperty("rowCount").GetInt32(), output.GetProperty("truncated").GetBoolean()));
    }

    [Fact]
    public async Task A_query_without_end_is_stopped_once_its_rows_are_there()
    {
        await using var host = await DatabaseHost.StartAsync();
        var output = await host.OutputAsync("""
            "sql": "select generate_series(1, 1000000000), repeat('x', 1000) as x", "maxRows": 3, "timeout": "20s"
            """);
        Assert.Equal((3, true), (output.GetProperty("rows").GetArrayLength(), output.GetProperty("truncated").GetBoolean()));
        // The connection is as good as new.
        Assert.Equal(1, (await host.ValueAsync("select 1")).GetInt32());
        Assert.Equal(1, await host.Server.QueryAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and application_name = 'SOS'"));
    }

    [Fact]
    public async Task No_more_bytes_are_kept_than_maxBytes_however_large_a_value_is()
    {
        await using var host = await DatabaseHost.StartAsync();
        var output = await host.OutputAsync("""
            "sql": "select repeat('x', 200) as x from generate_series(1, 100)", "maxBytes": 1000
            """);
        Assert.Equal((4, true), (output.GetProperty("rows").GetArrayLength(), output.GetProperty("truncated").GetBoolean()));
        output = await host.OutputAsync("""
            "sql": "select 'small' as x union all select repeat('x', 20000000)", "maxBytes": 100000
            """);
        Assert.Equal((1, true), (output.GetProperty("rows").GetArrayLength(), output.GetProperty("truncated").GetBoolean()));
    }

    [Fact]
    public async Task The_limits_count_for_all_statements_of_a_batch_together()
    {
        await using var host = await DatabaseHost.StartAsync();
        var output = await host.OutputAsync("""
            "action": "batch", "readOnly": false, "maxRows": 3, "statements": [{ "sql": "select generate_series(1, 2)" }, { "sql": "select generate_series(1, 2)" }]
            """);
        Assert.Equal(["2 False", "1 True"], output.GetProperty("results").EnumerateArray().Select(r => $"{r.GetProperty("rows").GetArrayLength()} {r.GetProperty("truncated").GetBoolean()}"));
    }

    [Fact]
    public async Task A_statement_takes_no_longer_than_timeout_also_if_nobody_watches_the_clock_here()
    {
        await using var host = await DatabaseHost.StartAsync();
        const string config = """
            "sql": "select pg_sleep(600)", "timeout": "200ms"
            """;
        var error = NodeRun.Failed(await host.RunAsync(config));
        Assert.Equal(("query_timeout", true), (error.Code, error.Retryable));
        // The server's own clock.
        error = NodeRun.Failed(await host.RunAsync(config, time: new FakeTimeProvider()));
        Assert.Equal(("query_timeout", true), (error.Code, error.Retryable));
        Assert.Equal("57014", error.Details!.Value.GetProperty("sqlState").GetString());
    }

    [Fact]
    public async Task A_node_that_is_stopped_stops_its_statement()
    {
        await using var host = await DatabaseHost.StartAsync();
        using var stop = new CancellationTokenSource();
        var running = host.RunAsync("\"sql\": \"select pg_sleep(600)\"", cancellationToken: stop.Token);
        const string sleeping = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'SOS' and state = 'active'";
        await EngineHost.UntilAsync(async () => await host.Server.QueryAsync<long>(sleeping) == 1);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await EngineHost.UntilAsync(async () => await host.Server.QueryAsync<long>(sleeping) == 0);
    }

    [Theory]
    [InlineData("\"sql\": \"select 1\", \"maxRows\": 0", "invalid_config")]
    [InlineData("\"sql\": \"select 1\", \"maxRows\": 100001", "invalid_config")]
    [InlineData("\"sql\": \"select 1\", \"maxBytes\": 10485761", "invalid_config")]
    [InlineData("\"sql\": \"select 1\", \"timeout\": \"2h\"", "invalid_config")]
    [InlineData("\"sql\": \"select 1\", \"timeout\": \"0s\"", "invalid_config")]
    [InlineData("\"readOnly\": false", "invalid_config")]
    [InlineData("\"readOnly\": false, \"action\": \"batch\", \"statements\": []", "invalid_config")]
    [InlineData("\"readOnly\": false, \"action\": \"batch\", \"statements\": [{ \"sql\": \"select 1\" }], \"sql\": \"select 1\"", "invalid_config")]
    [InlineData("\"sql\": \"select 1\", \"statements\": []", "invalid_config")]
    [InlineData("\"action\": \"execute\", \"sql\": \"select 1\"", "read_only")]
    [InlineData("\"sql\": \"select 1; select 2\"", "sql_not_allowed")]
    [InlineData("\"sql\": \"select $1\", \"parameters\": [1, 2]", "invalid_parameters")]
    [InlineData("\"sql\": \"select $1\", \"parameters\": [\"\\u0000\"]", "invalid_parameters")]
    public async Task What_expressions_could_have_made_of_a_config_is_checked_again(string config, string code)
    {
        await using var host = await DatabaseHost.StartAsync();
        Assert.Equal(code, (await host.FailAsync(config)).Code);
    }

    [Fact]
    public async Task SQL_of_more_than_100000_characters_is_refused()
    {
        await using var host = await DatabaseHost.StartAsync();
        Assert.Equal("sql_not_allowed", (await host.FailAsync($"\"sql\": \"select '{new string('a', 100_000)}'\"")).Code);
    }
}
