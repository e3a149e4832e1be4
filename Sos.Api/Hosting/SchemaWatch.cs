using Npgsql;
using Sos.Migrations.Schema;
using Sos.Workflows.Store;

namespace Sos.Api.Hosting;

/// <summary>
/// Waits for the migrations that another process applies, then makes the first key from <c>SOS_API_KEY</c> where the
/// database has none, and lets requests in. Asks nothing more after that.
/// </summary>
internal sealed partial class SchemaWatch(
    NpgsqlDataSource owner, SchemaState schema, FirstWorkspace first, IConfiguration configuration, TimeProvider time, ILogger<SchemaWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var migrator = new Migrator(owner, new MigratorOptions { ServerTimeout = TimeSpan.FromSeconds(5) }, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                schema.Missing = await CheckAsync(migrator, stoppingToken);
                if (schema.Missing is null)
                {
                    LogReady(logger);
                    return;
                }
            }
            catch (Exception e) when (e is MigrationException or NpgsqlException || DatabaseRetry.IsTransient(e))
            {
                schema.Missing = e.Message;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            LogWaiting(logger, schema.Missing);
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<string?> CheckAsync(Migrator migrator, CancellationToken cancellationToken)
    {
        var status = await migrator.StatusAsync(cancellationToken);
        if (status.Problem is { } problem)
        {
            if (!status.IsNewer)
                return problem;
            LogNewer(logger, status.Applied[^1].Version);
        }
        if (status.Pending.Count > 0)
            return $"The database lacks {string.Join(", ", status.Pending)}: run Sos.Migrations.";
        if (FirstKey.FromEnvironment(configuration) is { } key && !await first.HasKeysAsync(cancellationToken))
            await first.AddKeyAsync(key, cancellationToken);
        return null;
    }

    [LoggerMessage(1, LogLevel.Information, "The database's schema is the one that this program works with")]
    private static partial void LogReady(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "The database's schema has version {Version}, which is newer than this program: upgrade it, too")]
    private static partial void LogNewer(ILogger logger, int version);

    [LoggerMessage(2, LogLevel.Warning, "Waiting for the database: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string? reason);
}
