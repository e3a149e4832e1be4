using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Graph;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Engine;

/// <summary>Starting and ending steps.</summary>
internal sealed partial class ExecutionRun
{
    /// <summary>Steps that may start as soon as there is room, their checkpoint is committed and no breakpoint holds them.</summary>
    private readonly List<Step> queue = [];

    /// <summary>Scopes in which something has happened that has not been looked at.</summary>
    private readonly Queue<Scope> changed = new();

    /// <summary>Goes on until nothing more can be started now.</summary>
    private void Advance()
    {
        do
            CollectReady();
        while (StartQueued());
    }

    private Scope NewScope(GraphPlan graph, string iteration, Foreach? owner, int index)
    {
        var scope = Scope.Create(graph, iteration, owner, index, variables, [.. history[iteration]]);
        changed.Enqueue(scope);
        return scope;
    }

    /// <summary>Takes what has become ready or skipped in the scopes that changed, and closes those that are through.</summary>
    private void CollectReady()
    {
        while (changed.TryDequeue(out var scope))
        {
            while (scope.Graph.TryTakeSkipped(out var node))
                RecordSkip(scope, scope.Plan.Nodes[node]);
            var stops = false;
            while (scope.Graph.TryTakeReady(out var node))
            {
                // In a scope that is ending, only what an earlier run began matters: it has to be stopped.
                if (scope.Ending && !scope.Unfinished.ContainsKey(node))
                    continue;
                Enqueue(scope, scope.Plan.Nodes[node]);
                stops = scope.Ending;
            }
            if (stops)
                StopActive(scope);
            if (scope.Active.Count == 0 && (scope.Graph.IsDone || scope.Ending) && scope.Owner is { } owner)
                EndItem(owner, scope);
        }
    }

    private void Enqueue(Scope scope, NodePlan node)
    {
        var now = services.Time.GetUtcNow();
        if (!scope.Unfinished.Remove(node.Index, out var row))
        {
            // The first nodes of a body depend on nothing but the items.
            var first = scope.Plan.Shape.Incoming[node.Index].Length == 0;
            var fresh = new Step(scope, node, now) { StartsAfter = first && scope.Owner is { } owner ? owner.Step.StartsAfter : buffer.Barrier };
            scope.Active.Add(fresh);
            queue.Add(fresh);
            return;
        }

        var step = Step.Restore(scope, node, row, now);
        scope.Active.Add(step);
        if (row.Status == StepStatus.Waiting)
            step.Phase = StepPhase.Waiting;
        else if (node.Body is not null && row.State is not null)
            Iterate(step, JsonSerializer.Deserialize(row.State.Value, EngineJson.Default.ForeachState)!);
        else
            queue.Add(step);
    }

    /// <summary>Starts what can start now.</summary>
    /// <returns>Whether something ended that was started, so that more may be ready.</returns>
    private bool StartQueued()
    {
        var ended = false;
        for (var i = 0; i < queue.Count; i++)
        {
            var step = queue[i];
            var leaves = step.Scope.Ending;
            if (!leaves && CanStart(step))
            {
                Start(step, ref ended);
                leaves = true;
            }
            if (leaves)
                queue.RemoveAt(i--);
        }
        return ended;
    }

    private bool CanStart(Step step)
    {
        if (handingBack || IsHeld(step))
            return false;
        if (step.Node.Type.Computes && !buffer.IsFull)
            return true;
        if (step.StartsAfter > buffer.Committed || buffer.IsFull)
        {
            buffer.Hurry();
            return false;
        }
        return running < services.Options.MaxParallelNodes;
    }

    private void Start(Step step, ref bool ended)
    {
        if (step.Attempt == 0)
        {
            UseAllowance(step);
            step.StartedAt = services.Time.GetUtcNow();
        }
        if (step.NeedsNewAttempt)
        {
            if (++step.Attempt > 1)
                EngineMetrics.NodeRetried(step.Node.Type.Name);
        }
        step.Phase = StepPhase.Running;
        step.WakeAt = null;
        step.Stopping = new CancellationTokenSource();
        if (!step.Node.Type.Computes && step.State is null)
        {
            LogNode(step, EventTypes.NodeStarted, "running", new NodeEventContext { Type = step.Node.Type.Name, Attempt = step.Attempt });
            buffer.Add(step.ToRow(StepStatus.Running), urgent: false);
        }

        var attempt = attempts.RunAsync(step, step.Stopping.Token);
        running++;
        if (attempt.IsCompletedSuccessfully)
        {
            EndAttempt(step, attempt.Result);
            ended = true;
        }
        else
        {
            _ = PostResultAsync(step, attempt);
        }
    }

    private async Task PostResultAsync(Step step, ValueTask<AttemptResult> attempt) => Post(new RunMessage.AttemptEnded(step, await attempt));

    private void EndAttempt(Step step, AttemptResult result)
    {
        running--;
        step.Stopping?.Dispose();
        step.Stopping = null;
        Add(step, result.Records);
        if (result.Outcome is not null)
            ConsumeSignal(step);

        switch (result.Outcome)
        {
            case NodeOutcome.Completed(var output, var branch):
                Complete(step, output, branch);
                break;
            case NodeOutcome.Failed(var error):
                EndFailedAttempt(step, error, result);
                break;
            case null when step.Scope.Ending:
                RecordCancelled(step);
                break;
            case null: // stopped because the executor stops: the step stays as it is for whoever goes on
                step.Phase = StepPhase.Queued;
                break;
            case NodeOutcome other when step.Scope.Ending:
                RecordCancelled(step);
                break;
            case NodeOutcome.Waiting(var until, var state):
                step.State = state;
                Wait(step, until);
                break;
            case NodeOutcome.CallsWorkflows(var calls, var state, var latest):
                step.State = state;
                StartChildren(step, calls, latest, result);
                break;
            case NodeOutcome.Iterates(var items, var maxConcurrency, var continueOnError):
                Iterate(step, new ForeachState(items, Math.Max(1, maxConcurrency), continueOnError));
                break;
        }
    }

    private void Complete(Step step, JsonElement output, string? branch)
    {
        var now = services.Time.GetUtcNow();
        CancelChildren(step);
        step.Scope.SetOutput(step.Node, output);
        buffer.Add(step.ToRow(StepStatus.Completed, now, output, branch), urgent: !step.Node.Type.Computes);
        LogNode(step, EventTypes.NodeCompleted, "completed", branch is null ? null : new NodeEventContext { Branch = branch }, (now - step.StartedAt).TotalMilliseconds);
        Settle(step, new NodeResult(NodeProgress.Completed, branch));
    }

    private void EndFailedAttempt(Step step, NodeError error, AttemptResult result)
    {
        var policy = step.Node.Definition.Retry;
        if (!error.Retryable || policy is null || step.Attempt >= policy.MaxAttempts || step.Scope.Ending)
        {
            Fail(step, error);
            return;
        }
        var delay = policy.DelayAfter(step.Attempt, Random.Shared.NextDouble());
        if (error.RetryAfter > delay)
            delay = error.RetryAfter.Value;
        var failure = StepErrors.Of(error);
        step.FailedAttempts.Add(new AttemptRecord(step.Attempt, result.StartedAt, result.Latency.TotalMilliseconds, failure, step.SpanId));
        LogNode(step, EventTypes.NodeRetrying, "retrying", new NodeEventContext { Attempt = step.Attempt, DelayMs = delay.TotalMilliseconds, Error = EngineJson.ToElement(failure) });
        Wait(step, services.Time.GetUtcNow() + delay);
    }

    private void Wait(Step step, DateTimeOffset? until)
    {
        step.Phase = StepPhase.Waiting;
        step.WakeAt = until;
        buffer.Add(step.ToRow(StepStatus.Waiting), urgent: true);
        if (!step.NeedsNewAttempt)
        {
            LogNode(step, EventTypes.NodeWaiting, "waiting", new NodeEventContext { Until = until });
            // What it waits for may have come while it ran.
            if (step.Inbox.Count > 0)
                Requeue(step);
        }
    }

    private void StartChildren(Step step, IReadOnlyList<WorkflowCall> calls, DateTimeOffset? until, AttemptResult result)
    {
        foreach (var (call, child) in calls.Zip(result.Children!))
        {
            step.Children.Add(call.ExecutionId);
            buffer.Add(new ChildExecution
            {
                Id = call.ExecutionId,
                WorkflowId = child.WorkflowId,
                VersionId = child.VersionId,
                Version = child.Version,
                WorkflowName = child.Name,
                Input = call.Input,
                TraceParent = result.ChildTraceParent!,
                ParentNodeId = step.Node.Id,
                ParentIteration = step.Scope.Iteration,
                Depth = claim.Depth + 1,
            });
        }
        Wait(step, until);
    }

    /// <summary>A step has failed for good: an error edge takes over, or the scope ends.</summary>
    private void Fail(Step step, NodeError error)
    {
        CancelChildren(step);
        var now = services.Time.GetUtcNow();
        var failure = StepErrors.Of(error);
        var json = EngineJson.ToElement(failure);
        buffer.Add(step.ToRow(StepStatus.Failed, now, error: json), urgent: true);
        LogNode(step, EventTypes.NodeFailed, "failed", new NodeEventContext { Attempt = step.Attempt, Error = json }, (now - step.StartedAt).TotalMilliseconds);
        var handled = step.Scope.Plan.Shape.HandlesFailure(step.Node.Index);
        if (handled)
            step.Scope.SetError(step.Node, json);
        Settle(step, NodeResult.Failed);
        if (!handled)
            End(step.Scope, StepErrors.At(failure, step.Node.Id, step.Scope.Iteration));
    }

    private void Settle(Step step, NodeResult result)
    {
        step.Scope.Active.Remove(step);
        step.Scope.Graph.Settle(step.Node.Index, result);
        changed.Enqueue(step.Scope);
    }
}
