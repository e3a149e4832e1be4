using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Sos.Migrations.Partitions;
using Sos.Testing.Postgres;

namespace Sos.Migrations.Tests.Partitions;

public sealed class PartitionMaintenanceServiceTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 20, 23, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_host_maintains_at_the_start_and_every_hour_with_its_configured_retention()
    {
        await using var database = await TestDatabase.CreateAsync();
        var clock = new FakeTimeProvider(Now);
        using var host = Host(database, clock, new Dictionary<string, string?> { ["Retention:ModelCostDays"] = "1", ["Retention:EventLogDays"] = "30000" });

        await host.StartAsync();
        await Waiting.UntilAsync(() => ExistsAsync(database, "model_cost_logs_p203006"), "the first round");
        await Waiting.UntilAsync(async () => !await ExistsAsync(database, "model_cost_logs_p202612"), "the end of the first round");
        Assert.Equal(1, await database.QueryAsync<int>("select count(*)::int from pg_class where relname = 'event_logs_p20300527'"));
        Assert.False(await ExistsAsync(database, "event_logs_p20300528"));

        clock.Advance(PartitionMaintenanceService.Interval);
        await Waiting.UntilAsync(() => ExistsAsync(database, "event_logs_p20300528"), "the next round");
        await host.StopAsync();
    }

    [Fact]
    public async Task A_failed_round_is_tried_again()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("alter table idempotency_keys rename to mislaid");
        var clock = new FakeTimeProvider(Now);
        using var host = Host(database, clock, []);
        await host.StartAsync();
        await Waiting.UntilAsync(() => LockIsFreeAfterUseAsync(database), "the failing round");

        await database.ExecuteAsync("alter table mislaid rename to idempotency_keys");
        await Waiting.UntilAsync(async () =>
        {
            clock.Advance(PartitionMaintenanceService.Interval);
            return await ExistsAsync(database, "event_logs_p20300527");
        }, "the next round");
        await host.StopAsync();
    }

    private static IHost Host(TestDatabase database, TimeProvider clock, Dictionary<string, string?> settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(database.DataSource);
        builder.Services.AddPartitionMaintenance();
        return builder.Build();
    }

    private static async Task<bool> ExistsAsync(TestDatabase database, string table) =>
        await database.QueryAsync<string>($"select to_regclass('{table}')::text") is not null;

    // The round's connection is back in the pool, and its last statement was the unlock.
    private static async Task<bool> LockIsFreeAfterUseAsync(TestDatabase database) =>
        await database.QueryAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and state = 'idle' and query like 'select pg_advisory_unlock%'") > 0;
}
