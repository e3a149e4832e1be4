namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>The actions that change something.</summary>
public sealed class DatabaseChangeTests
{
    private const string Writes = "\"readOnly\": false";

    [Fact]
    public async Task An_execute_gives_how_many_rows_it_changed()
    {
        await using var host = await StartAsync();
        NodeRun.AssertJson("""{ "rowCount": 3 }""", await host.OutputAsync(Writes + """, "action": "execute", "sql": "insert into t select g, 'x' from generate_series(1, $1) g", "parameters": [3]"""));
        NodeRun.AssertJson("""{ "rowCount": 0 }""", await host.OutputAsync(Writes + """, "action": "execute", "sql": "create table u (a int)" """));
        Assert.Equal(3, await host.Server.QueryAsync<long>("select count(*) from t"));
        Assert.Equal("database_changed completed", string.Join(';', host.LastContext.Records.Take().Events.Where(e => e.EventType.StartsWith("database", StringComparison.Ordinal)).Select(e => $"{e.EventType} {e.Status}")));
    }

    [Fact]
    public async Task A_query_that_may_write_gives_the_rows_it_changed()
    {
        await using var host = await StartAsync();
        var output = await host.OutputAsync(Writes + """, "sql": "insert into t values (1, $1), (2, 'b') returning id", "parameters": ["a"], "maxRows": 1""");
        NodeRun.AssertJson("""{ "rows": [{ "id": 1 }], "rowCount": 2, "columns": [{ "name": "id", "type": "integer" }], "truncated": true }""", output);
        Assert.Equal(2, await host.Server.QueryAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task A_batch_is_one_transaction()
    {
        await using var host = await StartAsync();
        var output = await host.OutputAsync(Writes + """
            , "action": "batch", "statements": [
              { "sql": "insert into t values ($1, $2)", "parameters": [1, "a"] },
              { "sql": "insert into t values (@id, @name)", "parameters": { "id": 2, "name": "b" } },
              { "sql": "select count(*), txid_current_if_assigned() is not null as writes from t" } ]
            """);
        Assert.Equal(2, output.GetProperty("results")[2].GetProperty("rows")[0].GetProperty("count").GetInt32());
        Assert.Equal([1, 1, 1, 3], output.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("rowCount").GetInt32()).Append(output.GetProperty("rowCount").GetInt32()));
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing()
    {
        await using var host = await StartAsync();
        var error = await host.FailAsync(Writes + """
            , "action": "batch", "statements": [
              { "sql": "insert into t values (1, 'a')" },
              { "sql": "insert into t values (@id, @name)", "parameters": { "id": 1, "name": "the secret name" } } ]
            """);
        Assert.Equal("unique_violation", error.Code);
        NodeRun.AssertJson("""{ "sqlState": "23505", "statement": 1, "table": "t", "constraint": "t_pkey" }""", error.Details!.Value);
        Assert.DoesNotContain("secret name", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await host.Server.QueryAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task What_only_the_commit_finds_out_fails_the_node()
    {
        await using var host = await StartAsync();
        await host.Server.ExecuteAsync("create table part (t int references t deferrable initially deferred)");
        var error = await host.FailAsync(Writes + """, "action": "execute", "sql": "insert into part values (7)" """);
        Assert.Equal(("constraint_violation", false), (error.Code, error.Retryable));
        Assert.Equal(0, await host.Server.QueryAsync<long>("select count(*) from part"));
    }

    [Fact]
    public async Task A_commit_that_takes_too_long_is_given_up_and_may_be_tried_again()
    {
        await using var host = await StartAsync();
        await host.Server.ExecuteAsync("""
            create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(600); return null; end $$;
            create constraint trigger wait after insert on t deferrable initially deferred for each row execute function wait();
            """);
        var error = await host.FailAsync(Writes + """, "action": "execute", "timeout": "300ms", "sql": "insert into t values (1, 'a')" """);
        Assert.Equal(("query_timeout", true), (error.Code, error.Retryable));
        Assert.Equal(0, await host.Server.QueryAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task What_can_not_end_its_transaction_does_not()
    {
        await using var host = await StartAsync();
        await host.Server.ExecuteAsync("create procedure keep() language plpgsql as $$ begin insert into t values (9, 'kept'); commit; end $$");
        foreach (var sql in (string[])["call keep()", "do $$ begin insert into t values (9, 'kept'); commit; end $$"])
        {
            var error = await host.FailAsync($$"""
                {{Writes}}, "action": "batch", "statements": [{ "sql": "insert into t values (1, 'a')" }, { "sql": "{{sql}}" }]
                """);
            Assert.Equal("2D000", error.Details!.Value.GetProperty("sqlState").GetString());
        }
        Assert.Equal(0, await host.Server.QueryAsync<long>("select count(*) from t"));
    }

    [Fact]
    public async Task Transactions_that_disturb_each_other_may_be_tried_again()
    {
        await using var host = await StartAsync();
        await host.Server.ExecuteAsync("insert into t values (1, 'a')");
        await using var other = await host.Server.DataSource.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var command = new Npgsql.NpgsqlCommand("update t set name = 'b' where id = 1", other, transaction);
        await command.ExecuteNonQueryAsync();
        var running = host.FailAsync(Writes + """, "isolation": "repeatableRead", "action": "batch", "statements": [{ "sql": "select 1" }, { "sql": "update t set name = 'c' where id = 1" }]""");
        await Engine.EngineHost.UntilAsync(async () => await host.Server.QueryAsync<long>("select count(*) from pg_locks where not granted") > 0);
        await transaction.CommitAsync();
        var error = await running;
        Assert.Equal(("serialization_failure", true), (error.Code, error.Retryable));
    }

    private static async Task<DatabaseHost> StartAsync()
    {
        var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create table t (id int primary key, name text)");
        return host;
    }
}
