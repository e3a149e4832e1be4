using Microsoft.Extensions.Options;
using Sos.Executors.Credentials;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>Runs an executor for as long as the host runs; one that was taken for dead starts again under a new id.</summary>
internal sealed partial class ExecutorService(
    ExecutorStore store,
    NodeExecutors nodes,
    CredentialAccess credentials,
    NodeCatalog catalog,
    IOptions<ExecutorOptions> options,
    TimeProvider time,
    ILogger<ExecutorService> logger) : BackgroundService
{
    private volatile bool ready;

    /// <summary>Whether it claims work.</summary>
    public bool IsReady => ready;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var plans = new PlanCache(store.Versions, catalog);
        var services = new RunServices(options.Value, nodes, credentials, store.Versions, store.History, new DatabaseRetry(time, attempts: 30), time, logger);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var session = new ExecutorSession(store, plans, services);
                await session.RunAsync(() => ready = true, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // Stopped before it had begun.
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            finally
            {
                ready = false;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The executor failed and starts again.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
