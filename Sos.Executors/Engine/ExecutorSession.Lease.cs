using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>Staying alive in the registry, and taking over from those that did not.</summary>
internal sealed partial class ExecutorSession
{
    private async Task KeepLeaseAsync(CancellationToken left)
    {
        var wasAway = false;
        while (true)
        {
            await Task.Delay(Options.Lease / 3, services.Time, left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (left.IsCancellationRequested)
                return;
            try
            {
                var state = await store.Registry.RenewAsync(id, Options.Lease, left);
                EngineMetrics.SetQueueDepth(state.Due);
                if (state.Due > 0)
                    work.Set(); // in case a notification was lost
                if (!state.Renewed)
                {
                    takenForDead = true;
                    await lost.CancelAsync();
                    return;
                }
                // When the database has been away, all leases have expired, and the others get a turn to renew theirs.
                if (state.OthersExpired && !wasAway)
                    await RecoverAsync(all: false, left);
                wasAway = false;
            }
            catch (OperationCanceledException) when (left.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (DatabaseRetry.IsTransient(e))
            {
                wasAway = true;
                LogDatabaseAway(services.Logger, e.Message);
            }
        }
    }

    private async Task RecoverAsync(bool all, CancellationToken cancellationToken)
    {
        var (executors, executions) = await store.Registry.RecoverAsync(all, cancellationToken);
        if (executors == 0 && executions == 0)
            return;
        EngineMetrics.LeaseExpired(executions);
        LogRecovered(services.Logger, executors, executions);
        clock.Set(); // nobody else may be watching for what the dead ones laid to rest
    }

    private async Task LeaveAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), services.Time);
            var handedBack = await store.Registry.LeaveAsync(id, limit.Token);
            LogStopped(services.Logger, id, handedBack);
        }
        catch (Exception e) when (DatabaseRetry.IsTransient(e) || e is OperationCanceledException)
        {
            LogNotLeft(services.Logger, e.Message);
        }
    }
}
