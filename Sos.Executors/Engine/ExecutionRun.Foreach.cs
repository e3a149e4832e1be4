using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Expressions;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>Running a node's body once per item, and ending scopes before their time.</summary>
internal sealed partial class ExecutionRun
{
    private void Iterate(Step step, ForeachState state)
    {
        step.Phase = StepPhase.Iterating;
        step.Foreach = new Foreach(step, state);
        if (step.State is null)
        {
            // The items are kept before any of them runs, so that a run after a crash goes through the same ones.
            step.State = JsonSerializer.SerializeToElement(state, EngineJson.Default.ForeachState);
            buffer.Add(step.ToRow(StepStatus.Running), urgent: true);
            step.StartsAfter = buffer.Next;
        }
        StartItems(step.Foreach);
    }

    private void StartItems(Foreach items)
    {
        while (!items.Stopping && items.Active.Count < items.MaxConcurrency && items.Next < items.Items.Count)
        {
            var index = items.Next++;
            items.Active.Add(NewScope(items.Step.Node.Body!, items.IterationOf(index), items, index));
        }
        if (items.Active.Count == 0)
            EndForeach(items);
    }

    /// <summary>An item's body is through.</summary>
    private void EndItem(Foreach items, Scope scope)
    {
        if (!items.Active.Remove(scope))
            return;
        var failure = scope.Failure;
        if (failure is null && !scope.Cancelled)
        {
            try
            {
                var output = scope.EvaluateOutput(expressions);
                if (OutputCheck.Check(ref output, "The output of the body", services.Options.MaxOutputBytes) is { } error)
                    failure = StepErrors.Of(error);
                items.Results[scope.Index] = output;
            }
            catch (TemplateException e)
            {
                failure = new ExecutionError { Code = "expression_failed", Message = $"The output of the body: {e.Message}" };
            }
        }
        if (failure is not null)
        {
            items.Results[scope.Index] = EngineJson.Null;
            items.Errors.Add(new ForeachItemError(scope.Index, failure.Code, failure.Message, failure.NodeId));
            if (!items.ContinueOnError && !items.Stopping)
            {
                items.Failure = failure;
                StopItems(items);
            }
        }
        StartItems(items);
    }

    private void EndForeach(Foreach items)
    {
        var step = items.Step;
        if (items.Failure is { } failure)
        {
            var place = failure.NodeId is { } node ? $" at node '{node}'" : "";
            Fail(step, new NodeError("item_failed", $"Item {items.Errors[0].Index} failed{place}: {failure.Message}")
            {
                Details = EngineJson.ToElement(failure),
            });
        }
        else if (items.Stopping)
        {
            RecordCancelled(step);
        }
        else
        {
            items.Errors.Sort((a, b) => a.Index.CompareTo(b.Index));
            var output = new ForeachOutput(items.Results, items.Errors, items.Items.Count - items.Errors.Count, items.Errors.Count);
            var all = JsonSerializer.SerializeToElement(output, EngineJson.Default.ForeachOutput);
            if (OutputCheck.Check(ref all, "What the items gave, together,", services.Options.MaxOutputBytes) is { } error)
                Fail(step, error);
            else
                Complete(step, all, null);
        }
    }

    private void StopItems(Foreach items)
    {
        items.Stopping = true;
        foreach (var scope in items.Active.ToArray())
            End(scope, null);
    }

    /// <summary>Ends a scope before its graph is through: nothing more starts in it, and what is under way is stopped.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="failure">Why; null when it is cancelled.</param>
    private void End(Scope scope, ExecutionError? failure)
    {
        if (scope.Ending)
            return;
        scope.Failure = failure;
        scope.Cancelled = failure is null;
        StopActive(scope);
    }

    private void StopActive(Scope scope)
    {
        foreach (var step in scope.Active.ToArray())
        {
            switch (step.Phase)
            {
                case StepPhase.Running:
                    step.Stopping?.Cancel();
                    break;
                case StepPhase.Queued when step.Attempt == 0:
                    scope.Active.Remove(step);
                    break;
                case StepPhase.Queued:
                    RecordCancelled(step);
                    break;
                case StepPhase.Waiting:
                    RecordCancelled(step);
                    break;
                case StepPhase.Iterating:
                    StopItems(step.Foreach!);
                    break;
            }
        }
        changed.Enqueue(scope);
    }

    private void CancelChildren(Step step)
    {
        foreach (var child in step.Children)
            buffer.Add(new OutgoingSignal(child, "cancel", null, null, null));
        step.Children.Clear();
    }

    /// <summary>All steps under way, in bodies too.</summary>
    private IEnumerable<Step> ActiveSteps() => ActiveSteps(root);

    private static IEnumerable<Step> ActiveSteps(Scope scope)
    {
        foreach (var step in scope.Active)
        {
            yield return step;
            if (step.Foreach is not { } items)
                continue;
            foreach (var item in items.Active)
            {
                foreach (var inner in ActiveSteps(item))
                    yield return inner;
            }
        }
    }
}
