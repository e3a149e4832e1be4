using System.Collections.Concurrent;
using Sos.Workflows.Store;

namespace Sos.Api.Auth;

/// <summary>Notes when keys were last used: at most once a minute per key, all of them in one statement.</summary>
internal sealed partial class KeyUse(ApiKeyStore store, TimeProvider time, ILogger<KeyUse> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, byte> used = new();

    /// <summary>A key was used just now.</summary>
    public void Note(Guid keyId)
    {
        if (!used.ContainsKey(keyId))
            used[keyId] = 0;
    }

    /// <summary>Writes what was noted.</summary>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        var keys = used.Keys.ToArray();
        if (keys.Length == 0)
            return;
        foreach (var key in keys)
            used.TryRemove(key, out _);
        await store.TouchAsync(keys, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await FlushAsync(stoppingToken);
                }
                catch (Exception e) when (DatabaseRetry.IsTransient(e))
                {
                    LogNotWritten(logger, e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; the last minute's use is not worth waiting for.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "When keys were last used could not be written ({Reason})")]
    private static partial void LogNotWritten(ILogger logger, string reason);
}
