using System.Threading.Channels;
using Npgsql;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>
/// Tells requests of this process when executions change. One connection listens for all of them; those who wait for
/// an end are answered from shared reads, however many they are.
/// </summary>
internal sealed partial class ExecutionWatch(
    NotificationListener listener, ExecutionReader reader, TimeProvider time, ILogger<ExecutionWatch> logger) : BackgroundService
{
    /// <summary>How often those who wait for an end look for themselves, in case a notification was missed; streams do with every heartbeat.</summary>
    public static readonly TimeSpan SafetyInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, List<Subscription>> subscriptions = [];
    private readonly List<ChangedExecutions> everything = [];
    private readonly Channel<Guid> changed = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Begins to watch an execution; subscribe before the read whose answer may become old.</summary>
    /// <param name="workspaceId">The execution's workspace.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="untilEnd">Whether to wait for the end, which is read here, or for any change.</param>
    public Subscription Watch(Guid workspaceId, Guid executionId, bool untilEnd)
    {
        var subscription = new Subscription(this, workspaceId, executionId, untilEnd);
        lock (gate)
        {
            if (!subscriptions.TryGetValue(executionId, out var list))
                subscriptions[executionId] = list = [];
            list.Add(subscription);
        }
        return subscription;
    }

    /// <summary>Begins to watch all executions, of whatever workspace: who is told re-reads inside their own.</summary>
    public ChangedExecutions WatchAll()
    {
        var all = new ChangedExecutions(self =>
        {
            lock (gate)
                everything.Remove(self);
        });
        lock (gate)
            everything.Add(all);
        return all;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken) => await Task.WhenAll(
        ListenAsync(stoppingToken),
        ReadEndedAsync(stoppingToken),
        LookAgainAsync(stoppingToken));

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await listener.ListenAsync([NotificationListener.EventsChannel, NotificationListener.WorkChannel], Notified, NotifyAll, stoppingToken);
            }
            catch (NpgsqlException e)
            {
                // Such as a database that is still to be created; services start in any order.
                LogNotListening(logger, e.Message);
                await Task.Delay(SafetyInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Takes a notification: of events with ids of 32 hexadecimal digits with commas between, or nothing for “any”; of work without more.</summary>
    internal void Notified(string channel, string payload)
    {
        if (channel == NotificationListener.WorkChannel)
        {
            lock (gate)
            {
                foreach (var watcher in everything)
                    watcher.AddAccepted();
            }
            return;
        }
        if (payload.Length == 0)
        {
            NotifyAll();
            return;
        }
        foreach (var range in payload.AsSpan().Split(','))
        {
            if (Guid.TryParseExact(payload.AsSpan(range), "N", out var id))
                Notify(id);
        }
    }

    private void NotifyAll()
    {
        Guid[] all;
        lock (gate)
        {
            all = [.. subscriptions.Keys];
            foreach (var watcher in everything)
                watcher.AddAny();
        }
        foreach (var id in all)
            Notify(id);
    }

    private void Notify(Guid executionId)
    {
        var read = false;
        lock (gate)
        {
            foreach (var watcher in everything)
                watcher.Add(executionId);
            if (!subscriptions.TryGetValue(executionId, out var list))
                return;
            foreach (var subscription in list)
            {
                read |= subscription.UntilEnd;
                subscription.Signal();
            }
        }
        if (read)
            changed.Writer.TryWrite(executionId);
    }

    /// <summary>Reads all executions that changed since the last read at once, and answers those who wait for their end.</summary>
    private async Task ReadEndedAsync(CancellationToken stoppingToken)
    {
        var wanted = new Dictionary<Guid, Guid>();
        try
        {
            while (await changed.Reader.WaitToReadAsync(stoppingToken))
            {
                wanted.Clear();
                lock (gate)
                {
                    while (wanted.Count < 500 && changed.Reader.TryRead(out var id))
                    {
                        if (subscriptions.TryGetValue(id, out var list))
                            wanted[id] = list[0].WorkspaceId;
                    }
                }
                if (wanted.Count == 0)
                    continue;
                try
                {
                    var ended = await reader.GetEndedAsync(wanted.Select(w => (w.Value, w.Key)), stoppingToken);
                    lock (gate)
                    {
                        foreach (var (id, execution) in ended)
                        {
                            foreach (var subscription in subscriptions.GetValueOrDefault(id) ?? [])
                                subscription.End(execution);
                        }
                    }
                }
                catch (Exception e) when (DatabaseRetry.IsTransient(e) || e is NpgsqlException)
                {
                    LogReadFailed(logger, e.Message);
                    foreach (var id in wanted.Keys)
                        changed.Writer.TryWrite(id);
                    await Task.Delay(RetryDelay, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; whoever still waits is answered by the end of its request.
        }
    }

    private async Task LookAgainAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SafetyInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                lock (gate)
                {
                    foreach (var (id, list) in subscriptions)
                    {
                        if (list.Exists(s => s.UntilEnd))
                            changed.Writer.TryWrite(id);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (gate)
        {
            if (!subscriptions.TryGetValue(subscription.ExecutionId, out var list))
                return;
            list.Remove(subscription);
            if (list.Count == 0)
                subscriptions.Remove(subscription.ExecutionId);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The executions that requests wait for could not be read ({Reason}); trying again")]
    private static partial void LogReadFailed(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Can't listen for changes of executions ({Reason}); trying again")]
    private static partial void LogNotListening(ILogger logger, string reason);

    /// <summary>One request's interest in one execution; ends when it is disposed.</summary>
    internal sealed class Subscription(ExecutionWatch watch, Guid workspaceId, Guid executionId, bool untilEnd) : IDisposable
    {
        private readonly TaskCompletionSource<Execution> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<bool>? changes = untilEnd ? null : Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        public Guid WorkspaceId => workspaceId;

        public Guid ExecutionId => executionId;

        public bool UntilEnd => untilEnd;

        /// <summary>The execution once it has ended; null when it did not in time.</summary>
        public async Task<Execution?> EndedAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
        {
            try
            {
                return await ended.Task.WaitAsync(timeout, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }

        /// <summary>Waits for a change since the last call; false when there was none in time.</summary>
        public async Task<bool> ChangedAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
        {
            // The read itself is given up: one that was left behind would take the next change, and nobody would hear of it.
            using var patience = new CancellationTokenSource(timeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                return await changes!.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        internal void Signal() => changes?.Writer.TryWrite(true);

        internal void End(Execution execution) => ended.TrySetResult(execution);

        public void Dispose() => watch.Remove(this);
    }
}
