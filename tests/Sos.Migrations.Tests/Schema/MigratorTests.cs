using System.Diagnostics;
using Npgsql;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;

namespace Sos.Migrations.Tests.Schema;

public sealed class MigratorTests
{
    private static readonly MigrationScript First = MigrationScript.Parse("0001_first.sql", "create table a (id int);\ninsert into a values (1);");
    private static readonly MigrationScript Second = MigrationScript.Parse("0002_second.sql", "insert into a values (2);");

    [Fact]
    public async Task Pending_scripts_are_applied_in_order_and_once()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var first = await Migrator(database, Second, First).MigrateAsync();
        var second = await Migrator(database, Second, First).MigrateAsync();

        Assert.Equal([1, 2], first.Applied.Select(each => each.Version));
        Assert.Equal(2, first.Version);
        Assert.Empty(second.Applied);
        Assert.Equal("1 2", await database.QueryAsync<string>("select string_agg(id::text, ' ' order by ctid) from a"));
        Assert.Equal($"1 first {First.Checksum}, 2 second {Second.Checksum}",
            await database.QueryAsync<string>("select string_agg(concat_ws(' ', version, name, checksum), ', ' order by version) from schema_migrations where duration_ms > 0 and applied_at <= clock_timestamp()"));
    }

    [Fact]
    public async Task The_programs_own_scripts_apply_to_an_empty_database()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var report = await new Migrator(database.DataSource).MigrateAsync();

        Assert.Equal(MigrationScript.All.Count, report.Applied.Count);
        Assert.Equal("t", await database.QueryAsync<string>("select pg_has_role(current_user, 'sos_api', 'member')::text::char"));
    }

    [Fact]
    public async Task Many_migrations_at_once_apply_each_script_once()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Migrator(database, First, Second).MigrateAsync())));

        Assert.Equal(2, reports.Sum(report => report.Applied.Count));
        Assert.Equal(2, await database.QueryAsync<long>("select count(*) from a"));
    }

    [Fact]
    public async Task A_changed_script_is_named()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await Migrator(database, First).MigrateAsync();
        var changed = MigrationScript.Parse("0001_first.sql", First.Sql + " -- changed");

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator(database, changed, Second).MigrateAsync());

        Assert.StartsWith("0001_first.sql was changed after it was applied on ", error.Message);
        Assert.Equal(error.Message, (await Migrator(database, changed, Second).StatusAsync()).Problem);
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from a"));
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_left_alone()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await Migrator(database, First, Second).MigrateAsync();

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator(database, First).MigrateAsync());

        Assert.Contains("The database is newer than this program: it has script 0002_second.sql", error.Message);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("update schema_migrations set checksum = 'another' where version = 1", false)]
    [InlineData("delete from schema_migrations where version = 1", false)]
    public async Task A_database_is_newer_where_it_has_all_that_the_program_knows_and_more(string change, bool newer)
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await Migrator(database, First, Second).MigrateAsync();
        await database.ExecuteAsync($"select 1; {change}");

        var status = await Migrator(database, First).StatusAsync();

        Assert.Equal(newer, status.IsNewer);
        Assert.NotNull(status.Problem);
        Assert.False((await Migrator(database, First, Second).StatusAsync()).IsNewer);
    }

    [Fact]
    public async Task A_script_numbered_below_an_applied_one_is_refused()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await Migrator(database, Second with { Sql = "select 2" }).MigrateAsync();

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator(database, First, Second with { Sql = "select 2" }).MigrateAsync());

        Assert.Contains("0001_first.sql was never applied, but 0002 was", error.Message);
    }

    [Fact]
    public async Task A_failing_script_is_told_with_line_and_column_and_leaves_nothing()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var bad = MigrationScript.Parse("0002_bad.sql", "create table b (id int);\n\n-- then;\nselect 1,\n       nothing from a;\n");

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator(database, First, bad).MigrateAsync());

        Assert.StartsWith("0002_bad.sql, line 5, column 8: column \"nothing\" does not exist (42703). Nothing of this script was applied.", error.Message);
        Assert.Null(await database.QueryAsync<string>("select to_regclass('b')::text"));
        var status = await Migrator(database, First, bad).StatusAsync();
        Assert.Equal([1], status.Applied.Select(each => each.Version));
        Assert.Equal(["0002_bad.sql"], status.Pending);
    }

    [Fact]
    public async Task A_syntax_error_is_told_at_its_line()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var error = await Assert.ThrowsAsync<MigrationException>(() => Migrator(database, MigrationScript.Parse("0001_bad.sql", "select 1;\ncreate tabel b ();")).MigrateAsync());

        Assert.StartsWith("0001_bad.sql, line 2, column 8: syntax error at or near \"tabel\" (42601)", error.Message);
    }

    [Fact]
    public async Task A_migration_that_waits_too_long_for_another_says_who_has_the_lock()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var holder = await database.DataSource.OpenConnectionAsync();
        await using (var take = new NpgsqlCommand($"select pg_advisory_lock({0x736F_7320_6D69_6772})", holder))
            await take.ExecuteNonQueryAsync();
        var migrator = new Migrator(database.DataSource, [First], new MigratorOptions { LockTimeout = TimeSpan.FromMilliseconds(100) });

        var error = await Assert.ThrowsAsync<MigrationException>(() => migrator.MigrateAsync());

        Assert.Contains($"server process {holder.ProcessID}, from 127.0.0.1", error.Message);
        await using (var release = new NpgsqlCommand("select pg_advisory_unlock_all()", holder))
            await release.ExecuteNonQueryAsync();
        Assert.Single((await migrator.MigrateAsync()).Applied);
    }

    [Fact]
    public async Task Status_changes_nothing()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();

        var status = await Migrator(database, First, Second).StatusAsync();

        Assert.Equal(["0001_first.sql", "0002_second.sql"], status.Pending);
        Assert.Null(await database.QueryAsync<string>("select to_regclass('schema_migrations')::text"));
    }

    [Fact]
    public async Task Each_script_is_a_span_under_the_migrations_span()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var spans = new List<Activity>();
        using var caller = new Activity("test").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Sos",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (spans)
                {
                    if (activity.TraceId == caller.TraceId)
                        spans.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        await Assert.ThrowsAsync<MigrationException>(() => Migrator(database, First, MigrationScript.Parse("0002_bad.sql", "oops")).MigrateAsync());

        Assert.Equal(["migrations.apply", "migrations.apply", "migrations.run"], spans.Select(span => span.OperationName));
        Assert.Equal(["0001_first.sql", "0002_bad.sql", null], spans.Select(span => span.GetTagItem("migrations.script")));
        Assert.All(spans.Take(2), span => Assert.Equal(spans[2].SpanId, span.ParentSpanId));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error, ActivityStatusCode.Error], spans.Select(span => span.Status));
    }

    private static Migrator Migrator(TestDatabase database, params MigrationScript[] scripts) => new(database.DataSource, scripts);
}
