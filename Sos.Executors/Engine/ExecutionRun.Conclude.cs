using System.Text.Json;
using Sos.Workflows.Executions;
using Sos.Workflows.Expressions;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Engine;

/// <summary>Deciding when a run is over, and what its last checkpoint says.</summary>
internal sealed partial class ExecutionRun
{
    /// <summary>Ends the execution before anything runs, where it must not.</summary>
    /// <returns>Whether it is over.</returns>
    private bool CheckBeforeStart()
    {
        if (planError is not null)
        {
            End(root, new ExecutionError { Code = "invalid_definition", Message = planError });
            return true;
        }
        // The API checks what it is given; what a parent passes on is only known here.
        if (claim is { ParentExecutionId: not null, CheckpointSeq: 0 } && plan.InputSchema?.Evaluate(claim.Input) is { IsValid: false, Errors: var problems })
        {
            End(root, new ExecutionError
            {
                Code = "invalid_input",
                Message = $"The input does not fit the workflow's inputSchema, at '{problems[0].Pointer}': {problems[0].Message}",
                Details = EngineJson.ToElement(problems),
            });
            return true;
        }
        if (claim.LostLeases < services.Options.MaxLostLeases)
            return false;
        End(root, new ExecutionError
        {
            Code = "poisoned",
            Message = $"{claim.LostLeases} executors in a row were lost while they ran this execution, without finishing a node. It is not tried again, because it may be what ends them.",
        });
        return true;
    }

    /// <summary>The last checkpoint of this run, if the run is over.</summary>
    private Checkpoint? Conclude()
    {
        if (running > 0)
            return null;
        if (root.Active.Count == 0 && (root.Graph.IsDone || root.Ending))
            return ConcludeExecution();
        if (handingBack)
            return buffer.Take(Envelope(ExecutionStatus.Pending));
        if (root.Ending || queue.Exists(s => !IsHeld(s)))
            return null;
        return queue.Count > 0 ? Pause() : Rest();
    }

    private Checkpoint ConcludeExecution()
    {
        JsonElement? output = null;
        if (!root.Ending)
        {
            try
            {
                var whole = root.EvaluateOutput(expressions);
                if (OutputCheck.Check(ref whole, "The workflow's output", services.Options.MaxOutputBytes) is { } refused)
                    root.Failure = StepErrors.Of(refused);
                else
                    output = whole;
            }
            catch (TemplateException e)
            {
                root.Failure = new ExecutionError { Code = "invalid_output", Message = $"The workflow's output can't be evaluated: {e.Message}" };
            }
        }
        var (status, eventType) = root switch
        {
            { Failure: not null } => (ExecutionStatus.Failed, EventTypes.WorkflowFailed),
            { Cancelled: true } => (ExecutionStatus.Cancelled, EventTypes.WorkflowCancelled),
            _ => (ExecutionStatus.Completed, EventTypes.WorkflowCompleted),
        };
        JsonElement? error = root.Failure is { } failure ? EngineJson.ToElement(failure) : null;
        LogRun(eventType, status.Name(), error is null ? null : new RunEventContext { Error = error }, (services.Time.GetUtcNow() - claim.StartedAt).TotalMilliseconds);
        if (claim.ParentExecutionId is { } parent)
        {
            var payload = JsonSerializer.SerializeToElement(new ChildSignal(claim.Id, status.Name()), EngineJson.Default.ChildSignal);
            buffer.Add(new OutgoingSignal(parent, "child", claim.ParentNodeId, claim.ParentIteration, payload));
        }
        return buffer.Take(Envelope(status) with { Output = output, Error = error });
    }

    private Checkpoint Pause()
    {
        string[] before = [.. queue.Select(s => s.Node.Id).Distinct()];
        LogRun(EventTypes.WorkflowPaused, "paused", new RunEventContext { Before = before });
        return buffer.Take(Envelope(ExecutionStatus.Paused) with { PausedBefore = before });
    }

    /// <summary>Nothing to do but wait: gives up slot and lease, unless it would be back in a moment.</summary>
    private Checkpoint? Rest()
    {
        var wake = Earliest(NextWake(), deadline);
        if (wake - services.Time.GetUtcNow() <= services.Options.StayAwake)
            return null;
        LogRun(EventTypes.WorkflowWaiting, "waiting", new RunEventContext { Until = wake });
        return buffer.Take(Envelope(ExecutionStatus.Waiting) with { WakeAt = wake });
    }

    /// <summary>The executor stops: nothing new starts, and what runs past the grace period is stopped.</summary>
    private void BeginHandBack()
    {
        if (handingBack)
        {
            foreach (var step in ActiveSteps())
                step.Stopping?.Cancel();
        }
        handingBack = true;
    }
}
