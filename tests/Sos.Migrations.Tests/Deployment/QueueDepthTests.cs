using Npgsql;
using Sos.Testing.Postgres;
using Sos.Workflows.Store;

namespace Sos.Migrations.Tests.Deployment;

/// <summary>What an autoscaler asks the database, and what it may ask.</summary>
public sealed class QueueDepthTests
{
    [Fact]
    public async Task The_depth_is_the_number_that_executors_report_as_the_metric()
    {
        await using var database = await TestDatabase.CreateAsync();
        await AddAsync(database, "pending", "due_at = now() - interval '1 hour'");
        await AddAsync(database, "pending");
        await AddAsync(database, "pending", "due_at = now() + interval '1 hour'");
        await AddAsync(database, "running");
        await AddAsync(database, "waiting", "wake_at = now() - interval '1 second'");
        await AddAsync(database, "completed");
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        DatabaseRole.ActAs(builder, DatabaseRole.Executor);
        await using var executor = builder.Build();
        var (registry, id) = (new ExecutorRegistry(executor), Guid.CreateVersion7());
        await registry.RegisterAsync(id, "test", "0", 1, TimeSpan.FromMinutes(1), CancellationToken.None);

        var metric = (await registry.RenewAsync(id, TimeSpan.FromMinutes(1), CancellationToken.None)).Due;

        Assert.Equal(2, metric);
        Assert.Equal(metric, await database.QueryAsync<long>("select queue_depth()"));
    }

    [Theory]
    [InlineData(1, "pending", "")]
    [InlineData(1, "running", "")]
    [InlineData(1, "pending", "due_at = now() + interval '50 seconds'")]
    [InlineData(0, "pending", "due_at = now() + interval '2 minutes'")]
    [InlineData(1, "waiting", "wake_at = now() + interval '50 seconds'")]
    [InlineData(0, "waiting", "wake_at = now() + interval '2 minutes'")]
    [InlineData(0, "waiting", "")] // for a person or another execution, who make it pending
    [InlineData(0, "paused", "")]
    [InlineData(0, "failed", "")]
    public async Task The_load_is_what_runs_and_what_will_be_due_within_a_minute(long load, string status, string change)
    {
        await using var database = await TestDatabase.CreateAsync();
        await AddAsync(database, status, change);

        Assert.Equal(load, await database.QueryAsync<long>("select executor_load()"));
    }

    [Fact]
    public async Task The_load_knows_of_schedules_that_are_due_within_a_minute()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("""
            with o as (insert into organizations (id, name) values (gen_random_uuid(), 'o') returning id),
                 w as (insert into workspaces (id, organization_id, name) select gen_random_uuid(), id, 'w' from o returning id),
                 f as (insert into workflows (id, workspace_id, name, latest_version) select gen_random_uuid(), id, 'f', 1 from w returning id, workspace_id)
            insert into schedules (id, workspace_id, name, workflow_id, cron, time_zone, input, misfire_policy, overlap_policy, enabled, next_run_at)
            select gen_random_uuid(), workspace_id, at::text, id, '* * * * *', 'UTC', '{}', 'skip', 'allow', true, now() + at
            from f, unnest(array [interval '50 seconds', interval '2 minutes']) at
            """);

        Assert.Equal(1, await database.QueryAsync<long>("select executor_load()"));
    }

    [Fact]
    public async Task A_login_in_sos_monitor_may_ask_and_do_nothing_else()
    {
        await using var database = await TestDatabase.CreateAsync();
        await AddAsync(database, "pending");
        var login = $"monitor_{Guid.NewGuid():N}";
        await database.ExecuteAsync($"create role {login} login password 'of-a-test' in role sos_monitor");
        try
        {
            await using var monitor = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = login, Password = "of-a-test", Pooling = false }.ConnectionString);

            Assert.Equal(1L, await AskAsync("select queue_depth()"));
            Assert.Equal(1L, await AskAsync("select executor_load()"));
            foreach (var forbidden in (string[])["select count(*) from workflow_executions", "select count(*) from schema_migrations", "delete from executors", "create table mine (id int)", "set role sos_executor"])
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => AskAsync(forbidden))).SqlState);
            // The same for all that there is, not only for what came to mind.
            Assert.Equal(0L, await AskAsync("""
                select count(*) from pg_class c where relnamespace = 'public'::regnamespace and case relkind
                  when 'S' then has_sequence_privilege(c.oid, 'usage, select, update')
                  when 'i' then false when 'I' then false
                  else has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger') or has_any_column_privilege(c.oid, 'select, insert, update, references') end
                """));
            Assert.Equal("executor_load, queue_depth", await AskAsync("""
                select string_agg(proname, ', ' order by proname) from pg_proc
                where pronamespace = 'public'::regnamespace and prosecdef and prorettype <> 'trigger'::regtype and has_function_privilege(oid, 'execute')
                """));

            async Task<object?> AskAsync(string sql)
            {
                await using var command = monitor.CreateCommand(sql);
                return await command.ExecuteScalarAsync();
            }
        }
        finally
        {
            await database.ExecuteAsync($"drop role {login}");
        }
    }

    private static Task AddAsync(TestDatabase database, string status, string change = "") => database.ExecuteAsync($"""
        insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, status, input, traceparent, trace_id)
        values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'w', '{status}', '{"{}"}', '', repeat('0', 32));
        {(change.Length == 0 ? "" : $"update workflow_executions set {change} where id = (select id from workflow_executions order by ctid desc limit 1)")}
        """);
}
