using System.Text.Json;
using System.Threading.Channels;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Expressions;
using Sos.Workflows.Graph;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Engine;

/// <summary>
/// One run of one execution, from its claim until it ends, goes to sleep, or is lost. A loop that owns all state of
/// the run handles one message at a time (an attempt ended, a checkpoint committed, a signal, a timer), starts
/// whatever that made ready, and writes what happened before anything depends on it.
/// </summary>
/// <remarks>
/// The parts: <c>Nodes</c> starts and ends steps, <c>Progress</c> saves how far a long one has come,
/// <c>Records</c> keeps what happens to them, <c>Foreach</c> runs bodies,
/// <c>Signals</c> hears people, parents and children, <c>Conclude</c> decides when the run is over.
/// </remarks>
internal sealed partial class ExecutionRun : IDisposable
{
    private readonly ClaimedExecution claim;
    private readonly WorkflowPlan plan;
    private readonly string? planError;
    private readonly RunServices services;
    private readonly CheckpointWriter writer;
    private readonly Channel<RunMessage> mailbox = Channel.CreateUnbounded<RunMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly RunTelemetry telemetry;
    private readonly NodeAttempts attempts;
    private readonly CelContext expressions;
    private readonly CheckpointBuffer buffer;
    private readonly ExecutionVariables variables;
    private readonly ILookup<string, StepRow> history;
    private readonly Scope root;
    private readonly ITimer timer;
    private readonly DateTimeOffset? deadline;
    private DateTimeOffset? progressDue;
    private int running;
    private bool handingBack;
    private bool abandoned;

    public ExecutionRun(ClaimedExecution claim, PlanOrError plan, IEnumerable<StepRow> history, CheckpointWriter writer, RunServices services)
    {
        this.claim = claim;
        this.plan = plan.Plan ?? WorkflowPlan.Empty;
        planError = plan.Error;
        this.services = services;
        this.writer = writer;
        this.history = history.ToLookup(s => s.Iteration, StringComparer.Ordinal);
        telemetry = new RunTelemetry(claim, this.plan);
        expressions = new CelContext { TimeProvider = services.Time };
        buffer = new CheckpointBuffer(claim.CheckpointSeq);
        variables = new ExecutionVariables(claim);
        attempts = new NodeAttempts(services, Describe(claim), telemetry, expressions, SaveProgressAsync);
        timer = services.Time.CreateTimer(_ => Post(new RunMessage.TimerFired()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        deadline = this.plan.Definition.Timeout is { } timeout ? claim.StartedAt + timeout : null;
        stepMode = claim.StepMode;
        signalSeen = claim.SignalSeen;
        root = NewScope(this.plan.Root, "", null, 0);
    }

    /// <summary>When the execution wakes by itself, if the run has laid it to rest.</summary>
    public DateTimeOffset? RestsUntil { get; private set; }

    /// <summary>Tells the run that signals may have come for it.</summary>
    public void NotifySignal() => Post(new RunMessage.SignalsMayHaveCome());

    /// <summary>Asks the run to come to a stop: no new nodes, then back to the queue.</summary>
    public void HandBack() => Post(new RunMessage.HandBack());

    /// <summary>Tells the run that it no longer owns the execution: it stops at once and writes nothing.</summary>
    public void LoseLease() => Post(new RunMessage.LeaseLost());

    /// <summary>Runs until the execution ends, rests, is handed back or lost.</summary>
    /// <returns>False when it failed in the engine itself, so that the executor has to give the execution back.</returns>
    public async Task<bool> RunAsync()
    {
        var sound = await RunLoopAsync();
        if (abandoned)
            await LogAbandonedAsync();
        return sound;
    }

    private async Task<bool> RunLoopAsync()
    {
        try
        {
            await LoopAsync();
            return true;
        }
#pragma warning disable CA1031 // a fault in one run must not end the executor
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFault(services.Logger, e, claim.Id);
            Abandon();
            return false;
        }
    }

    public void Dispose()
    {
        timer.Dispose();
        telemetry.Dispose();
    }

    private async Task LoopAsync()
    {
        LogStart();
        if (!CheckBeforeStart())
            CollectReady();
        await HearSignalsAsync(claim.SignalSeq);
        while (true)
        {
            Advance();
            if (!buffer.InFlight && Conclude() is { } last)
            {
                await FinishAsync(last);
                return;
            }
            WriteIfDue();
            SetTimer();
            if (!await HandleAsync(await mailbox.Reader.ReadAsync()))
                return;
            while (mailbox.Reader.TryRead(out var message))
            {
                if (!await HandleAsync(message))
                    return;
            }
        }
    }

    /// <summary>Handles one message.</summary>
    /// <returns>False when the run is over without a word.</returns>
    private async ValueTask<bool> HandleAsync(RunMessage message)
    {
        switch (message)
        {
            case RunMessage.AttemptEnded(var step, var result):
                EndAttempt(step, result);
                return true;
            case RunMessage.CheckpointWritten(var applied):
                if (!applied)
                    Abandon();
                else
                    Committed();
                return applied;
            case RunMessage.Progress progress:
                TakeProgress(progress);
                return true;
            case RunMessage.CheckpointFailed(var error):
                throw new InvalidOperationException("A checkpoint could not be written.", error);
            case RunMessage.SignalsMayHaveCome:
                await HearSignalsAsync(int.MaxValue);
                return true;
            case RunMessage.TimerFired:
                WakeDueSteps();
                return true;
            case RunMessage.HandBack:
                BeginHandBack();
                return true;
            case RunMessage.LeaseLost:
                Abandon();
                return false;
            default:
                throw new InvalidOperationException($"Unknown message {message}.");
        }
    }

    /// <summary>Stops all nodes without writing anything: the execution is someone else's now.</summary>
    private void Abandon()
    {
        foreach (var step in ActiveSteps())
            step.Stopping?.Cancel();
        abandoned = true;
        telemetry.End(ExecutionStatus.Running, services.Time.GetUtcNow() - claim.StartedAt, new ExecutionError
        {
            Code = "lease_lost",
            Message = "This executor lost the execution to another one, which goes on from the last checkpoint.",
        });
    }

    private void Post(RunMessage message) => mailbox.Writer.TryWrite(message);

    private void WriteIfDue()
    {
        if (buffer.InFlight || buffer.IsEmpty)
            return;
        var now = services.Time.GetUtcNow();
        progressDue ??= now + services.Options.ProgressDelay;
        if (!buffer.Urgent && progressDue > now)
            return;
        progressDue = null;
        _ = WriteAsync(buffer.Take(Envelope(ExecutionStatus.Running)));
    }

    private async Task WriteAsync(Checkpoint checkpoint)
    {
        try
        {
            var result = await writer.WriteAsync(checkpoint, CancellationToken.None);
            Post(new RunMessage.CheckpointWritten(result.Applied));
        }
#pragma warning disable CA1031 // handled by the loop
        catch (Exception e)
#pragma warning restore CA1031
        {
            Post(new RunMessage.CheckpointFailed(e));
        }
    }

    private async Task FinishAsync(Checkpoint last)
    {
        var result = await writer.WriteAsync(last, CancellationToken.None);
        if (!result.Applied)
        {
            Abandon();
            return;
        }
        Committed();
        RestsUntil = last.WakeAt;
        var sinceStart = services.Time.GetUtcNow() - claim.StartedAt;
        if (last.Status.IsFinal())
            EngineMetrics.ExecutionEnded(last.Status, claim.WorkflowName, sinceStart);
        telemetry.End(last.Status, sinceStart, last.Status == ExecutionStatus.Failed ? root.Failure : null);
    }

    private Checkpoint Envelope(ExecutionStatus status) => new()
    {
        ExecutionId = claim.Id,
        WorkspaceId = claim.WorkspaceId,
        OrganizationId = claim.OrganizationId,
        UserId = claim.UserId,
        WorkflowId = claim.WorkflowId,
        TraceId = telemetry.TraceId,
        Epoch = claim.Epoch,
        Seq = 0, // given by the buffer
        Status = status,
        StepMode = stepMode,
        SignalSeen = SignalsHandled(),
        RunSpanId = telemetry.SpanId,
    };

    private void SetTimer()
    {
        var next = Earliest(buffer.IsEmpty || buffer.InFlight ? null : progressDue, NextWake());
        if (!root.Ending)
            next = Earliest(next, deadline);
        if (next is not { } at)
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }
        // One timer may be set for at most some weeks; it then just looks again.
        var delay = at - services.Time.GetUtcNow();
        timer.Change(delay < TimeSpan.Zero ? TimeSpan.Zero : delay > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : delay, Timeout.InfiniteTimeSpan);
    }

    private void LogStart()
    {
        var first = claim.Epoch == 1;
        LogRun(first ? EventTypes.WorkflowStarted : EventTypes.WorkflowResumed, "running", new RunEventContext { Attempt = claim.Epoch, Version = claim.Version });
    }

    private void LogRun(string type, string status, RunEventContext? context = null, double? latencyMs = null) => buffer.Add(new EventRow
    {
        EventType = type,
        Status = status,
        Context = context is null ? null : JsonSerializer.SerializeToElement(context, EngineJson.Default.RunEventContext),
        LatencyMs = latencyMs,
        SpanId = telemetry.SpanId,
        Timestamp = services.Time.GetUtcNow(),
    });

    private static DateTimeOffset? Earliest(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;

    private static ExecutionInfo Describe(ClaimedExecution claim) => new()
    {
        Id = claim.Id,
        WorkspaceId = claim.WorkspaceId,
        OrganizationId = claim.OrganizationId,
        UserId = claim.UserId,
        WorkflowId = claim.WorkflowId,
        WorkflowName = claim.WorkflowName,
        Version = claim.Version,
        Attempt = claim.Epoch,
        StartedAt = claim.StartedAt,
        Depth = claim.Depth,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Running execution {ExecutionId} failed in the engine itself; it goes back to the queue.")]
    private static partial void LogFault(ILogger logger, Exception exception, Guid executionId);
}

/// <summary>What a run's loop is told.</summary>
internal abstract record RunMessage
{
    public sealed record AttemptEnded(Step Step, AttemptResult Result) : RunMessage;

    public sealed record Progress(Step Step, CancellationTokenSource Attempt, NodeRecordBatch Records, JsonElement State, Secrets.SecretScrubber Secrets, TaskCompletionSource Saved) : RunMessage;

    public sealed record CheckpointWritten(bool Applied) : RunMessage;

    public sealed record CheckpointFailed(Exception Error) : RunMessage;

    public sealed record SignalsMayHaveCome : RunMessage;

    public sealed record TimerFired : RunMessage;

    public sealed record HandBack : RunMessage;

    public sealed record LeaseLost : RunMessage;
}
