using Sos.Executors.Tests.Engine;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;
using Sos.Testing.Processes;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Durability;

/// <summary>What docs/deployment.md promises of upgrades, with executors that are real processes.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public async Task Executors_are_replaced_under_load_and_nothing_is_lost_or_run_twice()
    {
        const int executions = 40;
        await using var engine = await EngineHost.CreateAsync();
        await using var effects = await SideEffects.StartAsync(engine.Database.DataSource, TimeSpan.FromMilliseconds(250));
        var workflow = await engine.SaveAsync(CrashTests.TenCalls(effects.Url));
        var serving = new List<ServiceProcess> { Start(engine.Database), Start(engine.Database) };
        try
        {
            await UntilAsync(engine.Database, "select count(*) from executors", 2, serving[0]);
            await Task.WhenAll(Enumerable.Range(0, executions / 2).Select(_ => engine.SubmitAsync(workflow)));
            await EngineHost.UntilAsync(() => Task.FromResult(effects.CallsByKey.Count > executions / 2));

            // First the schema …
            await engine.Database.ExecuteAsync("insert into schema_migrations values (9999, 'of_the_next_version', '', now(), 1)");
            // … then one executor after the other, each after its successor is there.
            for (var i = 0; i < 2; i++)
            {
                serving.Add(Start(engine.Database));
                await UntilAsync(engine.Database, "select count(*) from executors", 3, serving[^1]);
                // More than two of them have slots for, so that the one that is to go is busy.
                await Task.WhenAll(Enumerable.Range(0, executions / 4).Select(_ => engine.SubmitAsync(workflow)));
                await UntilAsync(engine.Database, "select count(distinct lease_owner) from workflow_executions where status = 'running'", 3, serving[^1]);
                using var limit = new CancellationTokenSource(EngineHost.Patience);
                Assert.Equal(0, await serving[0].TerminateAsync(limit.Token));
                Assert.Equal(2, await engine.Database.QueryAsync<long>("select count(*) from executors"));
                Assert.Equal(0, await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status = 'running' and lease_owner not in (select id from executors)"));
                await serving[0].DisposeAsync();
                serving.RemoveAt(0);
            }

            await CrashTests.UntilAllEndAsync(engine, executions);
            Assert.Equal(executions, await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status = 'completed' and lost_leases = 0"));
            Assert.True(await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where lease_epoch > 1") > 0, "Nothing was handed over.");
            Assert.Empty(effects.RunAgain);
            // Not even nodes that were running: they had the time to finish.
            Assert.Equal(executions * 10, effects.CallsByKey.Count);
            Assert.All(effects.CallsByKey.Values, calls => Assert.Equal(1, calls));
        }
        finally
        {
            foreach (var process in serving)
                await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_executor_that_starts_before_the_migration_waits_for_it()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var executor = Start(database);
        await EngineHost.UntilAsync(() => Task.FromResult(executor.Output.Contains("Waiting for the database")), () => executor.Output);

        await new Migrator(database.DataSource).MigrateAsync();

        await UntilAsync(database, "select count(*) from executors", 1, executor);
    }

    [Fact]
    public async Task An_executor_takes_nothing_while_the_schema_is_older_than_it_is()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync($"create table kept as select * from schema_migrations; delete from schema_migrations where version = {SchemaVersion.Needed}");
        await using var executor = Start(database);
        await EngineHost.UntilAsync(
            () => Task.FromResult(executor.Output.Contains($"its schema has version {SchemaVersion.Needed - 1}, and this program needs {SchemaVersion.Needed}. Run Sos.Migrations.")), () => executor.Output);
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from executors"));

        await database.ExecuteAsync($"insert into schema_migrations select * from kept where version = {SchemaVersion.Needed}");

        await UntilAsync(database, "select count(*) from executors", 1, executor);
    }

    private static Task UntilAsync(TestDatabase database, string count, long expected, ServiceProcess process) =>
        EngineHost.UntilAsync(async () => await database.QueryAsync<long>(count) == expected, () => process.Output);

    private static ServiceProcess Start(TestDatabase database) => ServiceProcess.Start("Sos.Executors.dll", new Dictionary<string, string?>
    {
        ["ConnectionStrings__sos"] = database.ConnectionString,
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
        ["Sos__Outbound__Allow__0"] = "127.0.0.1",
        ["Sos__Executor__Slots"] = "4",
    });
}
