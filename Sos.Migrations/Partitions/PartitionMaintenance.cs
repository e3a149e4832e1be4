using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sos.Migrations.Schema;

namespace Sos.Migrations.Partitions;

/// <summary>
/// Keeps the time-partitioned tables in shape: makes partitions ahead, moves rows that found none into one, and removes
/// what retention no longer keeps. One process at a time does it; running it again changes nothing.
/// </summary>
/// <remarks>The data source connects as the tables' owner.</remarks>
public sealed partial class PartitionMaintenance(NpgsqlDataSource dataSource, RetentionOptions? retention = null, TimeProvider? clock = null, ILogger<PartitionMaintenance>? logger = null)
{
    // "sos part" in ASCII.
    private const long LockKey = 0x736F_7320_7061_7274;

    // Making and dropping wait for queries that run on the table, and new queries queue behind them: better give up soon
    // and try in the next round.
    private static readonly TimeSpan TableLockTimeout = TimeSpan.FromSeconds(5);

    private readonly RetentionOptions _retention = retention ?? new RetentionOptions();
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly ILogger _logger = logger ?? NullLogger<PartitionMaintenance>.Instance;

    internal int BatchSize { get; init; } = 1000;

    /// <summary>Does one round.</summary>
    /// <exception cref="MigrationException">The tables are not there yet.</exception>
    public async Task<PartitionReport> RunAsync(CancellationToken cancellationToken = default)
    {
        _retention.Validate();
        var report = new PartitionReport();
        using var activity = MigrationTelemetry.Source.StartActivity("partitions.run");
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!await TryLockAsync(connection, cancellationToken))
        {
            report.Skipped = true;
            LogSkipped(_logger);
            return report;
        }
        try
        {
            await RequireTablesAsync(connection, cancellationToken);
            await MaintainAsync(connection, report, cancellationToken);
        }
        catch (Exception error)
        {
            activity.Fail(error);
            throw;
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
                await UnlockAsync(connection);
        }
        activity?.SetTag("partitions.created", report.Created.Count);
        activity?.SetTag("partitions.dropped", report.Dropped.Count);
        LogDone(_logger, report.Created.Count, report.Dropped.Count, report.Kept.Count, report.MovedRows, report.DeletedExecutions, report.DeletedRows);
        return report;
    }

    private async Task MaintainAsync(NpgsqlConnection connection, PartitionReport report, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var expiry = new Expiry(connection, TableLockTimeout, BatchSize);
        foreach (var table in PartitionedTable.All)
        {
            var existing = await ExistingAsync(connection, table, cancellationToken);
            await CreateMissingAsync(connection, table, existing, now, report, cancellationToken);
            if (Before(table.Period, now, table.RetentionDays(_retention)) is { } before)
                await ExpireAsync(expiry, table, existing, before, report, cancellationToken);
        }
        if (_retention.IdempotencyKeyDays is { } days)
            report.DeletedRows += await expiry.DeleteIdempotencyKeysAsync(now.AddDays(-days), cancellationToken);
        report.DeletedRows += await expiry.DeleteWebhookDeliveriesAsync(now, cancellationToken);
        report.DeletedRows += await expiry.DeleteSignInsAsync(now, cancellationToken);
    }

    private async Task CreateMissingAsync(NpgsqlConnection connection, PartitionedTable table, SortedSet<string> existing, DateTimeOffset now, PartitionReport report, CancellationToken cancellationToken)
    {
        var oldest = Before(table.Period, now, table.RetentionDays(_retention)) ?? DateTimeOffset.UnixEpoch;
        var ahead = PartitionCreation.Ahead(table, now).ToList();
        var caught = await PartitionCreation.CaughtAsync(connection, table, oldest, ahead[0].From, cancellationToken);
        foreach (var range in caught.Concat(ahead))
        {
            var partition = range.NameFor(table.Name);
            if (!existing.Add(partition))
                continue;
            report.MovedRows += await PartitionCreation.CreateAsync(connection, table, range, TableLockTimeout, cancellationToken);
            report.AddCreated(partition);
        }
    }

    private async Task ExpireAsync(Expiry expiry, PartitionedTable table, SortedSet<string> existing, DateTimeOffset before, PartitionReport report, CancellationToken cancellationToken)
    {
        var kept = new List<PartitionRange>();
        foreach (var partition in existing)
        {
            if (PartitionRange.Parse(table.Name, table.Period, partition) is not { } range || range.To > before)
                continue;
            if (await expiry.DropAsync(table, range, cancellationToken))
            {
                report.AddDropped(partition);
                continue;
            }
            kept.Add(range);
            report.AddKept(partition);
            LogKept(_logger, partition);
        }
        if (table.Key == PartitionKey.ExecutionId)
            report.DeletedExecutions += await expiry.DeleteExecutionsAsync(before, kept, cancellationToken);
        report.DeletedRows += await expiry.DeleteFromDefaultAsync(table, before, cancellationToken);
    }

    // A period's start: a partition goes when its newest row has reached its age.
    private static DateTimeOffset? Before(PartitionPeriod period, DateTimeOffset now, int? days) =>
        days is { } count ? PartitionRange.Holding(period, now.AddDays(-count)).From : null;

    private static async Task<SortedSet<string>> ExistingAsync(NpgsqlConnection connection, PartitionedTable table, CancellationToken cancellationToken)
    {
        const string sql = "select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass";
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = table.Name } } })
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                names.Add(reader.GetString(0));
        }
        if (!names.Contains(table.DefaultPartition))
        {
            await using var create = new NpgsqlCommand($"create table {table.DefaultPartition} partition of {table.Name} default", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        return names;
    }

    private static async Task RequireTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string[] tables = [.. PartitionedTable.All.Select(table => table.Name), "workflow_executions", "execution_signals", "idempotency_keys", "webhook_deliveries"];
        await using var command = new NpgsqlCommand("select string_agg(name, ', ') from unnest($1) name where to_regclass(name) is null", connection) { Parameters = { new() { Value = tables } } };
        if (await command.ExecuteScalarAsync(cancellationToken) is string missing)
            throw new MigrationException($"The database lacks {missing}: migrate it first.");
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({LockKey})", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task UnlockAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand($"select pg_advisory_unlock({LockKey})", connection);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    [LoggerMessage(30, LogLevel.Information, "Partitions: {Created} made, {Dropped} dropped, {Kept} kept for unfinished executions; {Moved} rows moved, {Executions} executions and {Rows} other rows deleted")]
    private static partial void LogDone(ILogger logger, int created, int dropped, int kept, long moved, long executions, long rows);

    [LoggerMessage(31, LogLevel.Information, "{Partition} is past retention, but holds steps of executions that have not finished")]
    private static partial void LogKept(ILogger logger, string partition);

    [LoggerMessage(32, LogLevel.Debug, "Another process maintains the partitions")]
    private static partial void LogSkipped(ILogger logger);
}
