using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sos.Migrations.Partitions;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;

namespace Sos.Migrations.Tests.Partitions;

public sealed class PartitionMaintenanceTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 20, 13, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Partitions_are_made_ahead_and_only_once()
    {
        await using var database = await MigratedAsync();

        var first = await Maintenance(database).RunAsync();
        var second = await Maintenance(database).RunAsync();

        Assert.Equal(3 * 8 + 2, first.Created.Count);
        Assert.Superset(new HashSet<string> { "execution_steps_p20300520", "execution_steps_p20300527", "event_logs_p20300520", "agent_trace_history_p20300527", "model_cost_logs_p203005", "model_cost_logs_p203006" }, first.Created.ToHashSet());
        Assert.Empty(second.Created);
        Assert.Empty(second.Dropped);
    }

    [Fact]
    public async Task Rows_go_to_the_partition_of_their_time_and_steps_to_that_of_their_execution()
    {
        await using var database = await MigratedAsync();
        await Maintenance(database).RunAsync();

        await AddEventAsync(database, Now);
        var execution = await AddExecutionAsync(database, Now, "running");

        Assert.Equal("event_logs_p20300520", await database.QueryAsync<string>("select tableoid::regclass::text from event_logs"));
        Assert.Equal("execution_steps_p20300520", await database.QueryAsync<string>("select tableoid::regclass::text from execution_steps"));
        Assert.Contains("Seq Scan on execution_steps_p20300520", await PlanAsync(database, $"select * from execution_steps where execution_id = '{execution}'"));
    }

    [Fact]
    public async Task A_new_partition_has_its_tables_indexes_defaults_and_checks()
    {
        await using var database = await MigratedAsync();
        await Maintenance(database).RunAsync();
        const string indexes = "select string_agg(regexp_replace(indexdef, '^.* USING ', ''), E'\n' order by regexp_replace(indexdef, '^.* USING ', '')) from pg_indexes where tablename = ";

        foreach (var (table, partition) in ((string, string)[])[("event_logs", "event_logs_p20300520"), ("execution_steps", "execution_steps_p20300520"), ("model_cost_logs", "model_cost_logs_p203005")])
            Assert.Equal(await database.QueryAsync<string>(indexes + $"'{table}'"), await database.QueryAsync<string>(indexes + $"'{partition}'"));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(
            $"insert into execution_steps (execution_id, node_id, workspace_id, type, status) values ('{Guid.CreateVersion7(Now)}', 'n', gen_random_uuid(), 'if', 'nonsense')"));
        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    [Fact]
    public async Task Rows_that_found_no_partition_are_moved_into_one()
    {
        await using var database = await MigratedAsync();
        DateTimeOffset[] times = [Now.AddDays(-12), Now.AddDays(-3), Now.AddDays(-3).AddHours(1), Now, Now.AddDays(4)];
        foreach (var time in times)
        {
            await AddEventAsync(database, time);
            await AddExecutionAsync(database, time, "completed");
        }
        await AddEventAsync(database, Now.AddYears(40)); // beyond what is made ahead: stays

        var report = await Maintenance(database).RunAsync();

        Assert.Equal(2 * times.Length, report.MovedRows);
        Assert.Contains("event_logs_p20300508", report.Created);
        Assert.Contains("execution_steps_p20300517", report.Created);
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from event_logs_default"));
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from execution_steps_default"));
        Assert.Equal(times.Length + 1, await database.QueryAsync<long>("select count(*) from event_logs"));
        Assert.Equal(2, await database.QueryAsync<long>("select count(*) from event_logs_p20300517"));
    }

    [Fact]
    public async Task Partitions_past_retention_are_dropped_and_younger_ones_kept()
    {
        await using var database = await MigratedAsync();
        var clock = new FakeTimeProvider(Now);
        var maintenance = new PartitionMaintenance(database.DataSource, new RetentionOptions { EventLogDays = 30, AgentTraceDays = null }, clock);
        await maintenance.RunAsync();
        await AddEventAsync(database, Now);
        await AddEventAsync(database, Now.AddDays(1));

        clock.SetUtcNow(new DateTimeOffset(2030, 6, 20, 0, 0, 0, TimeSpan.Zero)); // the 20th of May ended 30 days ago
        var report = await maintenance.RunAsync();

        Assert.Equal(["event_logs_p20300520"], report.Dropped);
        Assert.Equal("event_logs_p20300521", await database.QueryAsync<string>("select tableoid::regclass::text from event_logs"));
    }

    [Fact]
    public async Task Steps_of_an_unfinished_execution_outlive_retention()
    {
        await using var database = await MigratedAsync();
        var clock = new FakeTimeProvider(Now);
        var maintenance = new PartitionMaintenance(database.DataSource, new RetentionOptions { ExecutionDays = 90 }, clock) { BatchSize = 2 };
        await maintenance.RunAsync();
        var waiting = await AddExecutionAsync(database, Now, "waiting");
        await AddExecutionAsync(database, Now.AddMinutes(1), "completed"); // shares the waiting one's partition
        for (var i = 0; i < 5; i++)
            await AddExecutionAsync(database, Now.AddDays(1).AddSeconds(i), i % 2 == 0 ? "failed" : "cancelled");
        var young = await AddExecutionAsync(database, Now.AddDays(5), "completed");

        clock.SetUtcNow(Now.AddDays(94));
        var report = await maintenance.RunAsync();

        Assert.Equal(["execution_steps_p20300520"], report.Kept);
        Assert.Contains("execution_steps_p20300521", report.Dropped);
        Assert.DoesNotContain("execution_steps_p20300525", report.Dropped);
        Assert.Equal(5, report.DeletedExecutions);
        Assert.Equal(3, await database.QueryAsync<long>("select count(*) from workflow_executions"));
        Assert.Equal(3, await database.QueryAsync<long>("select count(*) from execution_steps"));
        Assert.Equal(3, await database.QueryAsync<long>("select count(*) from execution_signals"));

        await database.ExecuteAsync($"update workflow_executions set status = 'completed' where id = '{waiting}'");
        report = await maintenance.RunAsync();

        Assert.Equal(["execution_steps_p20300520"], report.Dropped);
        Assert.Equal(2, report.DeletedExecutions);
        Assert.Equal(young, await database.QueryAsync<Guid>("select id from workflow_executions"));
    }

    [Fact]
    public async Task Old_rows_that_no_partition_ever_held_are_deleted_in_batches()
    {
        await using var database = await MigratedAsync();
        for (var i = 0; i < 5; i++)
            await AddEventAsync(database, Now.AddDays(-40 - i));
        await AddExecutionAsync(database, Now.AddDays(-100), "completed");
        var running = await AddExecutionAsync(database, Now.AddDays(-100), "running");
        await database.ExecuteAsync($"""
            with o as (insert into organizations (id, name) values (gen_random_uuid(), 'o') returning id),
                 w as (insert into workspaces (id, organization_id, name) select gen_random_uuid(), id, 'w' from o returning id)
            insert into idempotency_keys (workspace_id, key, request_hash, created_at)
            select id, 'k' || age, '', '{Now:O}'::timestamptz - make_interval(days => age) from w, unnest(array[1, 8]) age
            """);
        await database.ExecuteAsync($"""
            with c as (
              insert into credentials (id, workspace_id, name, type, allowed_hosts, secret_names, secret)
              select gen_random_uuid(), id, 'c', 'bearer', array['example.com'], array['token'], '' from workspaces where name = 'w' returning *)
            insert into credential_sign_ins (id, workspace_id, credential_id, credential_updated_at, organization_id, api_key_id, state_hash, redirect_uri, expires_at)
            select gen_random_uuid(), workspace_id, id, updated_at, id, id, sha256(age::text::bytea), age::text, '{Now:O}'::timestamptz - make_interval(hours => age)
            from c, unnest(array[1, 30]) age
            """);

        var report = await new PartitionMaintenance(database.DataSource, clock: new FakeTimeProvider(Now)) { BatchSize = 2 }.RunAsync();

        Assert.Equal(1, report.DeletedExecutions);
        Assert.Equal(5 + 1 + 1 + 1, report.DeletedRows); // events, the step of the deleted execution, a key, a sign-in
        Assert.Equal(running, await database.QueryAsync<Guid>("select execution_id from execution_steps"));
        Assert.Equal("k1", await database.QueryAsync<string>("select key from idempotency_keys"));
        Assert.Equal("1", await database.QueryAsync<string>("select redirect_uri from credential_sign_ins"));
    }

    [Fact]
    public async Task Deliveries_to_webhooks_are_forgotten_when_their_time_has_come()
    {
        await using var database = await MigratedAsync();
        await database.ExecuteAsync($"""
            with o as (insert into organizations (id, name) values (gen_random_uuid(), 'o') returning id)
            insert into workspaces (id, organization_id, name) select gen_random_uuid(), id, 'w' from o;
            insert into workflows (id, workspace_id, name, latest_version) select id, id, 'w', 1 from workspaces;
            insert into webhooks (id, workspace_id, name, workflow_id, token_prefix, token_hash, methods, verification, answer, wait_seconds, max_body_bytes, rate_per_minute, enabled)
              select id, id, 'w', id, '', sha256(''), array['POST'], '{"{}"}', 'async', 1, 1, 1, true from workspaces;
            insert into webhook_deliveries (webhook_id, workspace_id, delivery, execution_id, expires_at)
              select id, id, sha256(days::text::bytea), id, '{Now:O}'::timestamptz + make_interval(days => days) from workspaces, unnest(array[-2, -1, 1]) days
            """);

        var report = await Maintenance(database).RunAsync();

        Assert.Equal(2, report.DeletedRows);
        Assert.Equal(1L, await database.QueryAsync<long>("select count(*) from webhook_deliveries"));
    }

    [Fact]
    public async Task Only_one_process_at_a_time_does_it()
    {
        await using var database = await MigratedAsync();
        await using var other = await database.DataSource.OpenConnectionAsync();
        await using (var take = new NpgsqlCommand($"select pg_advisory_lock({0x736F_7320_7061_7274})", other))
            await take.ExecuteNonQueryAsync();

        Assert.True((await Maintenance(database).RunAsync()).Skipped);
        await using (var release = new NpgsqlCommand("select pg_advisory_unlock_all()", other))
            await release.ExecuteNonQueryAsync();
        var reports = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Maintenance(database).RunAsync())));
        Assert.Equal(26, reports.Sum(report => report.Created.Count));
    }

    [Fact]
    public async Task A_busy_table_delays_maintenance_only_shortly()
    {
        await using var database = await MigratedAsync();
        await using var reader = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await reader.BeginTransactionAsync();
        await using (var read = new NpgsqlCommand("select count(*) from execution_steps", reader, transaction))
            await read.ExecuteNonQueryAsync();

        var error = await Assert.ThrowsAsync<PostgresException>(() => Maintenance(database).RunAsync());

        Assert.Equal(PostgresErrorCodes.LockNotAvailable, error.SqlState);
        await transaction.RollbackAsync();
        Assert.Equal(26, (await Maintenance(database).RunAsync()).Created.Count);
    }

    [Fact]
    public async Task Without_its_tables_it_asks_for_the_migration()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var error = await Assert.ThrowsAsync<MigrationException>(() => Maintenance(database).RunAsync());

        Assert.Contains("migrate it first", error.Message);
    }

    [Fact]
    public async Task A_retention_below_a_day_is_refused()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new PartitionMaintenance(database.DataSource, new RetentionOptions { EventLogDays = 0 }).RunAsync());

        Assert.Contains("Retention:EventLogDays", error.Message);
    }

    // Without partitions of the real date, which the shared template has.
    private static async Task<TestDatabase> MigratedAsync()
    {
        var database = await TestDatabase.CreateEmptyAsync();
        await new Migrator(database.DataSource).MigrateAsync();
        return database;
    }

    private static PartitionMaintenance Maintenance(TestDatabase database) => new(database.DataSource, clock: new FakeTimeProvider(Now));

    private static Task AddEventAsync(TestDatabase database, DateTimeOffset time) =>
        database.ExecuteAsync($"insert into event_logs (workspace_id, event_type, timestamp) values (gen_random_uuid(), 'test', '{time:O}')");

    private static async Task<Guid> AddExecutionAsync(TestDatabase database, DateTimeOffset time, string status)
    {
        var id = Guid.CreateVersion7(time);
        await database.ExecuteAsync($"""
            insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, status, input, traceparent, trace_id)
            values ('{id}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'w', '{status}', '1', '', '');
            insert into execution_signals (execution_id, seq, workspace_id, kind) values ('{id}', 1, gen_random_uuid(), 'step');
            insert into execution_steps (execution_id, node_id, workspace_id, type, status) values ('{id}', 'n', gen_random_uuid(), 'if', 'completed')
            """);
        return id;
    }

    private static async Task<string> PlanAsync(TestDatabase database, string sql)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using (var settings = new NpgsqlCommand("set enable_indexscan = off; set enable_bitmapscan = off", connection))
            await settings.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand("explain " + sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var plan = "";
        while (await reader.ReadAsync())
            plan += reader.GetString(0) + "\n";
        return plan;
    }
}
