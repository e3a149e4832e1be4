using System.Collections.Concurrent;
using Sos.Executors.Schedules;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>
/// An executor's life under one id: from entering the registry until it stops or is taken for dead. Claims work while
/// it has free slots, keeps its lease, wakes executions whose time has come, and runs schedules.
/// </summary>
internal sealed partial class ExecutorSession : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(5);

    private readonly Guid id = Guid.CreateVersion7();
    private readonly ExecutorStore store;
    private readonly PlanCache plans;
    private readonly RunServices services;
    private readonly CheckpointWriter writer;
    private readonly ScheduleLoop schedules;
    private readonly ConcurrentDictionary<Guid, OwnRun> runs = new();
    private readonly WakeSignal work = new();
    private readonly WakeSignal clock = new();
    private readonly CancellationTokenSource lost = new();
    private DateTimeOffset nextWake = DateTimeOffset.MaxValue;
    private volatile bool backlog;
    private volatile bool mayOwnMore;
    private volatile bool takenForDead;

    public ExecutorSession(ExecutorStore store, PlanCache plans, RunServices services)
    {
        this.store = store;
        this.plans = plans;
        this.services = services;
        writer = new CheckpointWriter(store.DataSource, id, services.Time, services.Options.CheckpointWriters);
        schedules = new ScheduleLoop(store.Schedules, services.Time, services.Logger);
    }

    private ExecutorOptions Options => services.Options;

    /// <summary>Works until told to stop, or until the executor was taken for dead.</summary>
    /// <param name="started">Called once the executor can claim.</param>
    /// <param name="stopping">Asks it to stop: nothing new is claimed, and what runs gets the grace period.</param>
    public async Task RunAsync(Action started, CancellationToken stopping)
    {
        await RegisterAsync(stopping);
        LogStarted(services.Logger, id, Options.Slots);

        using var left = new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, lost.Token);
        var lease = KeepLeaseAsync(left.Token);
        Task[] loops = [ClaimAsync(ending.Token), WakeAsync(ending.Token), schedules.RunAsync(ending.Token), ListenAsync(ending.Token)];
        started();
        try
        {
            // A loop ends when it is told to; one that ends otherwise has failed, and takes the session with it.
            await await Task.WhenAny(loops);
            ending.Token.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !lost.IsCancellationRequested)
        {
            await StopRunsAsync();
        }
        catch (OperationCanceledException) when (takenForDead)
        {
            // The caller starts a new session.
        }
        finally
        {
            await lost.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await DropRunsAsync();
            await left.CancelAsync();
            await lease;
            if (!takenForDead)
                await LeaveAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        lost.Dispose();
    }

    private async Task ListenAsync(CancellationToken ending) => await store.Listener.ListenAsync(
        [NotificationListener.WorkChannel, NotificationListener.SignalChannel, NotificationListener.SchedulesChannel],
        (channel, payload) =>
        {
            if (channel == NotificationListener.WorkChannel)
                work.Set();
            else if (channel == NotificationListener.SchedulesChannel)
                schedules.Wake();
            else if (Guid.TryParse(payload, out var execution) && runs.TryGetValue(execution, out var own))
                own.Run.NotifySignal();
        },
        () =>
        {
            // Whatever was notified while nobody listened may concern any run.
            work.Set();
            clock.Set();
            schedules.Wake();
            foreach (var own in runs.Values)
                own.Run.NotifySignal();
        },
        ending);

    private async Task ClaimAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                if (mayOwnMore)
                {
                    mayOwnMore = false;
                    if (await store.Work.GiveBackAsync(id, [.. runs.Keys], ending) is > 0 and var given)
                        LogGivenBack(services.Logger, given);
                }
                var free = Options.Slots - runs.Count;
                if (free > 0)
                {
                    var claimed = await store.Work.ClaimAsync(id, free, ending);
                    backlog = claimed.Count == free;
                    if (claimed.Count > 0)
                        await StartAsync(claimed, ending);
                    if (backlog)
                        continue;
                }
                await work.WaitAsync(Options.PollInterval, services.Time, ending);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                mayOwnMore = true;
            }
            catch (Exception e) when (DatabaseRetry.IsTransient(e))
            {
                // The claim may have committed without its answer coming through.
                mayOwnMore = true;
                LogDatabaseAway(services.Logger, e.Message);
                await Task.Delay(RetryDelay, services.Time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task StartAsync(IReadOnlyList<ClaimedExecution> claimed, CancellationToken ending)
    {
        var ready = await plans.GetAsync(claimed.Select(c => c.VersionId).Distinct(), ending);
        Guid[] withHistory = [.. claimed.Where(c => c.HasHistory).Select(c => c.Id)];
        var steps = withHistory.Length == 0 ? null : await store.History.ReadStepsAsync(withHistory, ending);
        foreach (var claim in claimed)
        {
            EngineMetrics.Claimed(claim.QueueWait);
            var run = new ExecutionRun(claim, ready[claim.VersionId], steps?[claim.Id] ?? [], writer, services);
            var own = new OwnRun(run);
            runs[claim.Id] = own;
            own.Task = Task.Run(() => RunAsync(claim.Id, own), CancellationToken.None);
        }
    }

    private async Task RunAsync(Guid execution, OwnRun own)
    {
        using (var run = own.Run)
        {
            var sound = await run.RunAsync();
            // Only this run: the execution may have been claimed again the moment it was laid to rest.
            runs.TryRemove(KeyValuePair.Create(execution, own));
            if (run.RestsUntil < nextWake)
                clock.Set();
            if (!sound)
                mayOwnMore = true;
            if (backlog || !sound)
                work.Set();
        }
    }

    private async Task WakeAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                var (_, untilNext) = await store.Work.WakeAsync(ending);
                var sleep = untilNext < Options.PollInterval ? untilNext.Value : Options.PollInterval;
                nextWake = services.Time.GetUtcNow() + sleep;
                await clock.WaitAsync(sleep < ShortestSleep ? ShortestSleep : sleep, services.Time, ending);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (DatabaseRetry.IsTransient(e))
            {
                LogDatabaseAway(services.Logger, e.Message);
                await Task.Delay(RetryDelay, services.Time, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Enters the registry, as soon as the database is there and has the schema.</summary>
    private async Task RegisterAsync(CancellationToken stopping)
    {
        var name = $"{Environment.MachineName}/{Environment.ProcessId}";
        var version = typeof(ExecutorSession).Assembly.GetName().Version?.ToString(3) ?? "0";
        while (true)
        {
            try
            {
                if (await SchemaVersion.FindMissingAsync(store.DataSource, stopping) is not { } missing)
                {
                    if (Options.Exclusive)
                        await RecoverAsync(all: true, stopping);
                    await store.Registry.RegisterAsync(id, name, version, Options.Slots, Options.Lease, stopping);
                    return;
                }
                LogNotMigrated(services.Logger, missing);
            }
            catch (Exception e) when (DatabaseRetry.IsTransient(e))
            {
                LogDatabaseAway(services.Logger, e.Message);
            }
            await Task.Delay(RetryDelay, services.Time, stopping);
        }
    }

    /// <summary>Runs that are left at the end write nothing any more.</summary>
    private async Task DropRunsAsync()
    {
        if (takenForDead)
            LogLost(services.Logger, id, runs.Count);
        foreach (var own in runs.Values)
            own.Run.LoseLease();
        await AllEndWithinAsync(Options.CancelGrace);
    }

    private async Task StopRunsAsync()
    {
        foreach (var own in runs.Values)
            own.Run.HandBack();
        if (await AllEndWithinAsync(Options.StopGrace))
            return;
        foreach (var own in runs.Values)
            own.Run.HandBack(); // the second time stops the nodes
        await AllEndWithinAsync(Options.CancelGrace + TimeSpan.FromSeconds(2));
    }

    private async Task<bool> AllEndWithinAsync(TimeSpan limit)
    {
        try
        {
            await Task.WhenAll(runs.Values.Select(r => r.Task)).WaitAsync(limit, services.Time, CancellationToken.None);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>A run of this executor and the task it runs in.</summary>
    private sealed class OwnRun(ExecutionRun run)
    {
        public ExecutionRun Run { get; } = run;

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
