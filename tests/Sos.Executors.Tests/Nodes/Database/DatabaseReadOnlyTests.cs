using System.Text.Json;

namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>A transaction that may only read stays so, though the login may do everything.</summary>
public sealed class DatabaseReadOnlyTests
{
    public static TheoryData<string, string> Escapes => new()
    {
        { "insert into t values (2)", "read_only" },
        { "with x as (delete from t returning *) select * from x", "read_only" },
        { "select write()", "read_only" },
        { "explain analyze insert into t values (2)", "read_only" },
        { "create table u (a int)", "read_only" },
        { "select nextval('s')", "read_only" },
        { "select * from t for update", "read_only" },
        { "set transaction read write", "query_failed" },
        { "select set_config('transaction_read_only', 'off', false), write()", "query_failed" },
        { "do $$ begin set transaction read write; insert into t values (2); end $$", "query_failed" },
        { "do $$ begin commit; insert into t values (2); end $$", "query_failed" },
        { "call write_and_commit()", "query_failed" },
        { "select escape()", "query_failed" },
        { "do $$ begin begin set local transaction_read_only = off; insert into t values (2); end; end $$", "query_failed" },
        { "execute kept", "query_failed" },
        { "commit", "sql_not_allowed" },
        { "end; insert into t values (2)", "sql_not_allowed" },
        { "select 1; commit; insert into t values (2)", "sql_not_allowed" },
    };

    [Fact]
    public async Task No_way_out_leads_to_a_change()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("""
            create table t (id int);
            insert into t values (1);
            create sequence s;
            create function write() returns void language sql as 'insert into t values (2)';
            create function escape() returns void language plpgsql as $$ begin perform set_config('transaction_read_only', 'off', true); insert into t values (2); end $$;
            create procedure write_and_commit() language plpgsql as $$ begin commit; insert into t values (2); commit; end $$;
            """);
        foreach (var escape in Escapes)
        {
            var (sql, code) = ((string)escape[0], (string)escape[1]);
            var error = await host.FailAsync($"\"sql\": {JsonSerializer.Serialize(sql)}");
            Assert.True(code == error.Code, $"{sql}: {error.Code} {error.Message}");
        }
        Assert.Equal(1, await host.Server.QueryAsync<long>("select count(*) from t"));
        Assert.Equal(1, await host.Server.QueryAsync<long>("select last_value from s"));
    }

    [Fact]
    public async Task What_a_statement_leaves_in_its_session_is_gone_for_the_next()
    {
        await using var host = await DatabaseHost.StartAsync();
        foreach (var sql in (string[])["set default_transaction_read_only = off", "set search_path = nowhere", "create temp table left_over (a int)", "prepare kept as select 1", "select set_config('app.secret', 'left', false)", "select pg_advisory_lock(7)"])
            await host.OutputAsync($"\"readOnly\": false, \"sql\": \"{sql}\"");
        Assert.Equal(1, await host.Server.QueryAsync<long>($"select count(*) from pg_stat_activity where datname = current_database() and application_name = 'SOS'"));
        var row = Assert.Single((await host.RowsAsync("""
            select to_regclass('left_over') is null as no_table, current_setting('app.secret', true) as secret, current_setting('search_path') as path,
              (select count(*) from pg_prepared_statements where name = 'kept') as prepared, (select count(*) from pg_locks where locktype = 'advisory') as locks
            """)).EnumerateArray());
        NodeRun.AssertJson("""{ "no_table": true, "secret": "", "path": "\"$user\", public", "prepared": 0, "locks": 0 }""", row);
    }

    [Fact]
    public async Task A_value_is_never_SQL_whatever_it_is()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create table t (id int, name text); insert into t values (1, 'a')");
        string[] values = ["1; drop table t", "' or 1=1 --", "$1", "@name", "{{ input }}", "\\'; drop table t; --", "1) union select 2, 'b' from t --", "\"; drop table t"];
        foreach (var value in values.Select(v => JsonSerializer.Serialize(v)))
        {
            Assert.Empty((await host.RowsAsync("select * from t where name = $1", $"[{value}]")).EnumerateArray());
            Assert.Empty((await host.RowsAsync("select * from t where name = @name", $$"""{ "name": {{value}} }""")).EnumerateArray());
            Assert.Empty((await host.RowsAsync("select * from t where name = any($1)", $"[[{value}]]")).EnumerateArray());
            Assert.Equal(value.Contains("$1", StringComparison.Ordinal) ? "invalid_parameters" : "query_failed", (await host.FailAsync($$"""
                "sql": "select * from t where id = $1", "parameters": {{(value.Contains("$1", StringComparison.Ordinal) ? "[]" : $"[{value}]")}}
                """)).Code);
            Assert.Equal("invalid_parameters", (await host.FailAsync($$"""
                "sql": "select * from t where name = @name", "parameters": { {{value}}: 1 }
                """.Replace("\"@name\":", "\"@other\":", StringComparison.Ordinal))).Code);
            Assert.Equal("credential_not_found", await CodeAsync(JsonSerializer.Deserialize<string>(value)!));
        }
        Assert.Equal(1, await host.Server.QueryAsync<long>("select count(*) from t"));

        async Task<string> CodeAsync(string credential) =>
            (await Assert.ThrowsAsync<Executors.Credentials.CredentialException>(() => host.RunAsync("\"sql\": \"select 1\"", credential))).Error.Code;
    }
}
