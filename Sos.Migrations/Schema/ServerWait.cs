using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Sos.Migrations.Schema;

/// <summary>Waits for a database server that is still starting; whatever waiting cannot mend fails at once.</summary>
internal static partial class ServerWait
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>Opens a connection, trying again until <paramref name="timeout"/>.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource dataSource, TimeSpan timeout, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                return await dataSource.OpenConnectionAsync(cancellationToken);
            }
            catch (NpgsqlException error)
            {
                if (!MayPass(error))
                    throw new MigrationException($"Cannot connect to {Target(dataSource)}: {Reason(error)}", error);
                if (clock.GetElapsedTime(started) + delay > timeout)
                    throw new MigrationException($"{Target(dataSource)} did not accept a connection within {timeout.TotalSeconds:0.#} s: {Reason(error)}", error);
                LogWaiting(logger, Target(dataSource), Reason(error), delay.TotalMilliseconds);
            }
            await Task.Delay(delay, clock, cancellationToken);
        }
    }

    // A name that does not resolve yet, a closed port, a server that is starting, or one whose database is still to be
    // created (by its container's start script) pass; a wrong password does not.
    private static bool MayPass(NpgsqlException error) => error is PostgresException postgres
        ? postgres.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : error.IsTransient || error.InnerException is SocketException or IOException or TimeoutException;

    private static string Reason(NpgsqlException error) => error is PostgresException postgres
        ? postgres.MessageText
        : error.InnerException is { } inner && inner.Message != error.Message ? $"{error.Message} ({inner.Message})" : error.Message;

    private static string Target(NpgsqlDataSource dataSource)
    {
        var target = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        return $"PostgreSQL at {target.Host}:{target.Port}, database '{target.Database ?? target.Username}'";
    }

    [LoggerMessage(20, LogLevel.Information, "Waiting for {Target}: {Reason}. Next try in {Milliseconds:0} ms")]
    private static partial void LogWaiting(ILogger logger, string target, string reason, double milliseconds);
}
