using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Sos.Migrations.Schema;

/// <summary>
/// Brings a database's schema up to this program's version: numbered scripts, each in one transaction, one migration at
/// a time, forward only. Running it again, or in two processes at once, changes nothing.
/// </summary>
/// <remarks>The data source connects as the owner of the database. A connection pooler in transaction mode will not do: the lock belongs to a session.</remarks>
public sealed partial class Migrator
{
    // "sos migr" in ASCII: no other program is likely to take this advisory lock.
    private const long LockKey = 0x736F_7320_6D69_6772;

    private readonly NpgsqlDataSource _dataSource;
    private readonly IReadOnlyList<MigrationScript> _scripts;
    private readonly MigratorOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    /// <summary>Creates a migrator with this program's scripts.</summary>
    public Migrator(NpgsqlDataSource dataSource, MigratorOptions? options = null, TimeProvider? clock = null, ILogger<Migrator>? logger = null)
        : this(dataSource, MigrationScript.All, options, clock, logger) { }

    internal Migrator(NpgsqlDataSource dataSource, IEnumerable<MigrationScript> scripts, MigratorOptions? options = null, TimeProvider? clock = null, ILogger<Migrator>? logger = null)
    {
        _dataSource = dataSource;
        _scripts = MigrationScript.InOrder(scripts);
        _options = options ?? new MigratorOptions();
        _clock = clock ?? TimeProvider.System;
        _logger = logger ?? NullLogger<Migrator>.Instance;
    }

    /// <summary>Applies what is pending.</summary>
    /// <exception cref="MigrationException">A script failed or was changed, the database is newer, or the server or the lock was not to be had in time.</exception>
    public async Task<MigrationReport> MigrateAsync(CancellationToken cancellationToken = default)
    {
        var started = _clock.GetTimestamp();
        using var activity = MigrationTelemetry.Source.StartActivity("migrations.run");
        try
        {
            await using var connection = await ServerWait.OpenAsync(_dataSource, _options.ServerTimeout, _clock, _logger, cancellationToken);
            RequireVersion(connection);
            await LockAsync(connection, cancellationToken);
            try
            {
                var applied = await ApplyPendingAsync(connection, cancellationToken);
                var version = _scripts.Count == 0 ? 0 : _scripts[^1].Version;
                activity?.SetTag("migrations.applied", applied.Count);
                activity?.SetTag("migrations.version", version);
                var report = new MigrationReport(applied, version, _clock.GetElapsedTime(started));
                LogMigrated(_logger, version, applied.Count, report.Duration.TotalMilliseconds);
                return report;
            }
            finally
            {
                // Closing resets a pooled session only when it is used again, so the lock is given back here.
                if (connection.State == System.Data.ConnectionState.Open)
                    await ExecuteAsync(connection, $"select pg_advisory_unlock({LockKey}); reset lock_timeout", CancellationToken.None);
            }
        }
        catch (Exception error)
        {
            activity.Fail(error);
            throw;
        }
    }

    /// <summary>Compares the database with this program's scripts, and changes nothing.</summary>
    public async Task<MigrationStatus> StatusAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await ServerWait.OpenAsync(_dataSource, _options.ServerTimeout, _clock, _logger, cancellationToken);
        var applied = await ReadAppliedAsync(connection, cancellationToken);
        string[] pending = [.. Pending(applied).Select(script => script.FileName)];
        var newest = _scripts.Count == 0 ? 0 : _scripts[^1].Version;
        var known = applied.FindAll(each => each.Version <= newest);
        return new MigrationStatus(applied, pending, Problem(applied))
        {
            IsNewer = known.Count < applied.Count && pending is [] && Problem(known) is null,
        };
    }

    private static void RequireVersion(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < Embedded.PostgresBinaries.OldestMajor)
            throw new MigrationException($"The server is PostgreSQL {connection.PostgreSqlVersion}; SOS needs {Embedded.PostgresBinaries.OldestMajor} or newer.");
    }

    private async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"set lock_timeout = {(long)_options.LockTimeout.TotalMilliseconds}; select pg_advisory_lock({LockKey})", connection)
        {
            CommandTimeout = 0, // the server keeps the time
        };
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new MigrationException($"Another migration of this database has been running for more than {_options.LockTimeout.TotalSeconds:0.#} s ({await LockHolderAsync(connection, cancellationToken)}). Wait for it, or end it with pg_terminate_backend, and try again.", error);
        }
    }

    private static async Task<string> LockHolderAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string sql = """
            select format('server process %s, from %s, since %s', a.pid, coalesce(host(a.client_addr), 'a local socket'), a.state_change)
            from pg_locks l join pg_stat_activity a using (pid)
            where l.locktype = 'advisory' and l.granted and l.objsubid = 1
              and ((l.classid::bigint << 32) | l.objid::bigint) = $1 and l.database = (select oid from pg_database where datname = current_database())
            """;
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = LockKey } } };
        return await command.ExecuteScalarAsync(cancellationToken) as string ?? "it has ended meanwhile";
    }

    private async Task<List<AppliedScript>> ApplyPendingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = await ReadAppliedAsync(connection, cancellationToken);
        if (Problem(applied) is { } problem)
            throw new MigrationException(problem);
        await ExecuteAsync(connection, $"""
            set lock_timeout = {(long)_options.TableLockTimeout.TotalMilliseconds};
            create table if not exists schema_migrations (
              version     int primary key,
              name        text not null,
              checksum    text not null,
              applied_at  timestamptz not null,
              duration_ms double precision not null
            )
            """, cancellationToken);
        var done = new List<AppliedScript>();
        foreach (var script in Pending(applied))
            done.Add(await ApplyAsync(connection, script, cancellationToken));
        if (done.Count > 0)
            await connection.ReloadTypesAsync(cancellationToken);
        return done;
    }

    private async Task<AppliedScript> ApplyAsync(NpgsqlConnection connection, MigrationScript script, CancellationToken cancellationToken)
    {
        using var activity = MigrationTelemetry.Source.StartActivity("migrations.apply");
        activity?.SetTag("migrations.script", script.FileName);
        var started = _clock.GetTimestamp();
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            foreach (var statement in SqlStatements.Split(script.Sql))
                await RunAsync(connection, script, statement, cancellationToken);
            var applied = new AppliedScript(script.Version, script.Name, script.Checksum, _clock.GetUtcNow(), _clock.GetElapsedTime(started).TotalMilliseconds);
            await RecordAsync(connection, applied, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            LogApplied(_logger, script.FileName, applied.DurationMs);
            return applied;
        }
        catch (Exception error)
        {
            activity.Fail(error);
            throw;
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, MigrationScript script, SqlStatement statement, CancellationToken cancellationToken)
    {
        // A batch's commands go to the server as they are; a command's text would be searched for parameters and semicolons.
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(statement.Text) }, Timeout = (int)_options.StatementTimeout.TotalSeconds };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error)
        {
            var (line, column) = SqlStatements.Locate(script.Sql, statement.Offset + Math.Max(error.Position - 1, 0));
            var more = string.Concat(new[] { error.Detail, error.Hint, error.Where }.Where(text => !string.IsNullOrEmpty(text)).Select(text => $"\n  {text}"));
            throw new MigrationException($"{script.FileName}, line {line}, column {column}: {error.MessageText} ({error.SqlState}). Nothing of this script was applied.{more}", error);
        }
    }

    private static async Task RecordAsync(NpgsqlConnection connection, AppliedScript applied, CancellationToken cancellationToken)
    {
        const string sql = "insert into schema_migrations (version, name, checksum, applied_at, duration_ms) values ($1, $2, $3, $4, $5)";
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = applied.Version }, new() { Value = applied.Name }, new() { Value = applied.Checksum }, new() { Value = applied.AppliedAt.UtcDateTime }, new() { Value = applied.DurationMs } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<AppliedScript>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new List<AppliedScript>();
        await using (var exists = new NpgsqlCommand("select to_regclass('schema_migrations') is not null", connection))
        {
            if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
                return applied;
        }
        await using var command = new NpgsqlCommand("select version, name, checksum, applied_at, duration_ms from schema_migrations order by version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(new AppliedScript(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetDouble(4)));
        return applied;
    }

    private IEnumerable<MigrationScript> Pending(List<AppliedScript> applied) =>
        _scripts.ExceptBy(applied.Select(each => each.Version), script => script.Version);

    private string? Problem(List<AppliedScript> applied)
    {
        var known = _scripts.ToDictionary(script => script.Version);
        var newest = applied.Count == 0 ? 0 : applied[^1].Version;
        foreach (var each in applied)
        {
            if (!known.TryGetValue(each.Version, out var script))
                return $"The database is newer than this program: it has script {each.Version:0000}_{each.Name}.sql, which this program does not know. Use the program's newer version.";
            if (script.Checksum != each.Checksum)
                return $"{script.FileName} was changed after it was applied on {each.AppliedAt:yyyy-MM-dd HH:mm} UTC. Restore it, and put the change into a new script.";
        }
        return Pending(applied).FirstOrDefault(script => script.Version < newest) is { } late
            ? $"{late.FileName} was never applied, but {newest:0000} was, and scripts are applied in order. Give it the next free number."
            : null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(10, LogLevel.Information, "Applied {Script} in {Milliseconds:0} ms")]
    private static partial void LogApplied(ILogger logger, string script, double milliseconds);

    [LoggerMessage(11, LogLevel.Information, "The schema is at version {Version}; {Count} scripts were applied in {Milliseconds:0} ms")]
    private static partial void LogMigrated(ILogger logger, int version, int count, double milliseconds);
}
