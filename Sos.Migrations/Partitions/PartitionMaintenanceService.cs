using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Sos.Migrations.Partitions;

/// <summary>Runs partition maintenance at the start and every hour; a failed round is logged, and the next one tries again.</summary>
internal sealed partial class PartitionMaintenanceService(PartitionMaintenance maintenance, TimeProvider clock, ILogger<PartitionMaintenanceService> logger) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await maintenance.RunAsync(stoppingToken);
            }
            catch (Exception error) when (error is NpgsqlException or Schema.MigrationException or TimeoutException)
            {
                LogFailed(logger, error, Interval.TotalMinutes);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(33, LogLevel.Error, "Partition maintenance failed; the next try is in {Minutes:0} minutes")]
    private static partial void LogFailed(ILogger logger, Exception error, double minutes);
}

/// <summary>Adds partition maintenance to a host.</summary>
public static class PartitionMaintenanceExtensions
{
    /// <summary>
    /// Runs <see cref="PartitionMaintenance"/> at the start and every hour, with retention from the configuration
    /// section <c>Retention</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="dataSourceKey">The key of the <see cref="NpgsqlDataSource"/> that connects as the tables' owner; null for the one without a key.</param>
    public static IServiceCollection AddPartitionMaintenance(this IServiceCollection services, object? dataSourceKey = null)
    {
        services.AddSingleton(provider => Create(provider, provider.GetRequiredKeyedService<NpgsqlDataSource>(dataSourceKey)));
        services.AddHostedService(provider => new PartitionMaintenanceService(
            provider.GetRequiredService<PartitionMaintenance>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<PartitionMaintenanceService>>()));
        return services;
    }

    internal static PartitionMaintenance Create(IServiceProvider services, NpgsqlDataSource dataSource) => new(
        dataSource,
        services.GetRequiredService<IConfiguration>().GetSection(RetentionOptions.Section).Get<RetentionOptions>(),
        services.GetService<TimeProvider>(),
        services.GetRequiredService<ILogger<PartitionMaintenance>>());
}
