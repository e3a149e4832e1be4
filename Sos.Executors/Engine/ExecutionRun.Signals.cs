using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Engine;

/// <summary>Hearing people, parents and children; step mode and breakpoints; waking up.</summary>
internal sealed partial class ExecutionRun
{
    private readonly HashSet<(string Node, string Iteration)> released = [];
    private int signalSeen;
    private int undelivered;
    private bool stepMode;
    private int allowance;

    /// <summary>Reads and handles the signals that have come since the last ones.</summary>
    /// <param name="lastSent">The number of the last one known to be sent; nothing is read when that has been handled.</param>
    private async ValueTask HearSignalsAsync(int lastSent)
    {
        if (lastSent <= signalSeen)
            return;
        foreach (var signal in await services.Retry.ExecuteAsync(async token => await services.History.ReadSignalsAsync(claim.Id, signalSeen, token), CancellationToken.None))
        {
            Hear(signal);
            signalSeen = signal.Seq;
        }
    }

    private void Hear(Signal signal)
    {
        switch (signal.Kind)
        {
            case "cancel":
                End(root, null);
                break;
            case "pause":
                stepMode = true;
                allowance = 0;
                LogRun(EventTypes.WorkflowPausing, "running");
                break;
            case "step":
                stepMode = true;
                allowance = 1;
                break;
            case "resume":
                stepMode = false;
                CollectReady();
                foreach (var step in queue)
                    released.Add((step.Node.Id, step.Scope.Iteration));
                break;
            case "approval":
                Wake(signal, signal.Payload ?? EngineJson.Null);
                break;
            case "child" when signal.Child is { } child && signal.Payload is { } payload:
                Wake(signal, JsonSerializer.SerializeToElement(
                    new ChildSignal(payload.GetProperty("executionId").GetGuid(), child.Status.Name(), child.Output, child.Error, child.CostUsd),
                    EngineJson.Default.ChildSignal));
                break;
        }
    }

    /// <summary>Wakes the waiting step that a signal is for; a step that waits no more has no use for it.</summary>
    private void Wake(Signal signal, JsonElement payload)
    {
        CollectReady();
        var step = ActiveSteps().FirstOrDefault(s => s.Phase != StepPhase.Iterating && s.Node.Id == signal.NodeId && s.Scope.Iteration == signal.Iteration);
        if (step is null)
            return;
        if (signal.Kind == "approval")
        {
            buffer.Add(new EventRow
            {
                EventType = EventTypes.ApprovalDecided,
                NodeId = step.Node.Id,
                Iteration = step.Scope.Iteration,
                Status = payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("decision", out var decision) ? decision.ToString() : null,
                Context = payload,
                SpanId = telemetry.SpanId,
                Timestamp = signal.CreatedAt,
            });
        }
        step.Inbox.Enqueue((signal.Seq, new NodeSignal(signal.Kind, payload)));
        undelivered++;
        // A step that waits before its next attempt hears of it then.
        if (step.Phase == StepPhase.Waiting && !step.NeedsNewAttempt)
            Requeue(step);
    }

    /// <summary>An attempt that saw a signal has come to an end of its own.</summary>
    private void ConsumeSignal(Step step)
    {
        if (step.Handled() is not { } handled)
            return;
        undelivered--;
        if (handled.Kind == "child" && handled.Payload.TryGetProperty("executionId", out var child) && child.TryGetGuid(out var id))
            step.Children.Remove(id);
    }

    /// <summary>The last signal that needs no second hearing: one that a step still works on comes again after a crash.</summary>
    private int SignalsHandled() =>
        undelivered == 0 ? signalSeen : Math.Min(signalSeen, ActiveSteps().SelectMany(s => s.Inbox).Select(s => s.Seq - 1).DefaultIfEmpty(signalSeen).Min());

    private void WakeDueSteps()
    {
        var now = services.Time.GetUtcNow();
        if (deadline <= now && !root.Ending)
        {
            End(root, new ExecutionError
            {
                Code = "execution_timeout",
                Message = $"The execution took longer than {Workflows.Definitions.Duration.Format(plan.Definition.Timeout!.Value)}, the workflow's timeout.",
            });
        }
        foreach (var step in ActiveSteps().Where(s => s.Phase == StepPhase.Waiting && s.WakeAt <= now).ToArray())
            Requeue(step);
    }

    private void Requeue(Step step)
    {
        step.Phase = StepPhase.Queued;
        step.StartsAfter = 0;
        queue.Add(step);
    }

    private DateTimeOffset? NextWake() => ActiveSteps().Where(s => s.Phase == StepPhase.Waiting).Min(s => s.WakeAt);

    /// <summary>Whether step mode or a breakpoint keeps a step from its first start.</summary>
    private bool IsHeld(Step step) =>
        step.Attempt == 0
        && !released.Contains((step.Node.Id, step.Scope.Iteration))
        && (stepMode ? allowance == 0 : claim.Breakpoints.Contains(step.Node.Id));

    private void UseAllowance(Step step)
    {
        if (stepMode && allowance > 0 && !released.Contains((step.Node.Id, step.Scope.Iteration)))
            allowance--;
    }
}
