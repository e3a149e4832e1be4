using Microsoft.Extensions.Logging;
using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>
/// Keeps one connection that LISTENs, and connects again by itself. Whoever listens must re-read on
/// <c>connected</c>, because what was notified while there was no connection is gone.
/// </summary>
public sealed partial class NotificationListener(NpgsqlDataSource dataSource, TimeProvider time, ILogger<NotificationListener> logger)
{
    /// <summary>An execution became pending; no payload.</summary>
    public const string WorkChannel = "sos_work";

    /// <summary>An execution was sent a signal; the payload is its id.</summary>
    public const string SignalChannel = "sos_signal";

    /// <summary>Executions changed; the payload is their ids in 32 hex digits, separated by commas, or empty for “too many to name”.</summary>
    public const string EventsChannel = "sos_events";

    /// <summary>A schedule was made or changed; no payload.</summary>
    public const string SchedulesChannel = "sos_schedules";

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may be silent before it is asked whether it still lives.</summary>
    internal TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Listens until cancelled.</summary>
    /// <param name="channels">The channels to LISTEN on; constants, never input.</param>
    /// <param name="notified">Called in order with channel and payload; must not block.</param>
    /// <param name="connected">Called after every (re)connection, the first included.</param>
    /// <param name="cancellationToken">Ends listening.</param>
    public async Task ListenAsync(IReadOnlyList<string> channels, Action<string, string> notified, Action connected, CancellationToken cancellationToken)
    {
        var listen = string.Join("; ", channels.Select(c => $"listen {c}"));
        var delay = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
                connection.Notification += (_, e) => notified(e.Channel, e.Payload);
                await using (var command = new NpgsqlCommand(listen, connection))
                    await command.ExecuteNonQueryAsync(cancellationToken);
                if (delay > TimeSpan.Zero)
                    LogReconnected(logger);
                delay = TimeSpan.Zero;
                connected();
                while (true)
                {
                    // A connection that died without a word is found by asking from time to time.
                    if (!await connection.WaitAsync(KeepAlive, cancellationToken))
                    {
                        await using var ping = new NpgsqlCommand("select 1", connection);
                        await ping.ExecuteNonQueryAsync(cancellationToken);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (DatabaseRetry.IsTransient(e) || e is ObjectDisposedException or InvalidOperationException)
            {
                if (delay == TimeSpan.Zero)
                    LogLost(logger, e.Message);
                delay = delay == TimeSpan.Zero ? TimeSpan.FromMilliseconds(100) : delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
                try
                {
                    await Task.Delay(delay, time, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that listens for notifications is lost ({Reason}); trying again.")]
    private static partial void LogLost(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening for notifications again.")]
    private static partial void LogReconnected(ILogger logger);
}
