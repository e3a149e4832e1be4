using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
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
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Host(database, clock, [], failed);
        await host.StartAsync();
        await failed.Task.WaitAsync(Waiting.Limit);

        await database.ExecuteAsync("alter table mislaid rename to idempotency_keys");
        await Waiting.UntilAsync(async () =>
        {
            clock.Advance(PartitionMaintenanceService.Interval);
            return await ExistsAsync(database, "event_logs_p20300527");
        }, "the next round");
        await host.StopAsync();
    }

    private static IHost Host(TestDatabase database, TimeProvider clock, Dictionary<string, string?> settings, TaskCompletionSource? failed = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(database.DataSource);
        builder.Services.AddPartitionMaintenance();
        if (failed is not null)
            builder.Logging.AddProvider(new ErrorSignal(failed));
        return builder.Build();
    }

    private static async Task<bool> ExistsAsync(TestDatabase database, string table) =>
        await database.QueryAsync<string>($"select to_regclass('{table}')::text") is not null;

    /// <summary>Tells when an error is logged.</summary>
    private sealed class ErrorSignal(TaskCompletionSource logged) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                logged.TrySetResult();
        }

        public void Dispose()
        {
        }
    }
}
