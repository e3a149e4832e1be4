using Sos.Workflows.Expressions;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>What every expression of an execution sees: <c>input</c> and <c>execution</c>.</summary>
internal sealed class ExecutionVariables(ClaimedExecution claim)
{
    public CelValue Input { get; } = CelValue.FromJson(claim.Input);

    public CelValue Execution { get; } = CelValue.FromMap(
        new("id", CelValue.From(claim.Id.ToString())),
        new("workflowId", CelValue.From(claim.WorkflowId.ToString())),
        new("workflowName", CelValue.From(claim.WorkflowName)),
        new("version", CelValue.From(claim.Version)),
        new("startedAt", CelValue.From(claim.StartedAt)),
        new("attempt", CelValue.From(claim.Epoch)),
        new("trigger", CelValue.FromMap(TriggerOf(claim))));

    /// <summary>What started the execution; every one has a type.</summary>
    private static IEnumerable<KeyValuePair<string, CelValue>> TriggerOf(ClaimedExecution claim)
    {
        var (type, id) = claim.Trigger is { } trigger ? (trigger.Type, trigger.Id)
            : claim.ParentExecutionId is { } parent ? ("workflow", parent)
            : ("api", (Guid?)null);
        yield return new("type", CelValue.From(type));
        if (id is { } known)
            yield return new("id", CelValue.From(known.ToString()));
        if (claim.Trigger?.ScheduledAt is { } scheduledAt)
            yield return new("scheduledAt", CelValue.From(scheduledAt));
        if (claim.Trigger?.Missed is { } missed)
            yield return new("missed", CelValue.From(missed));
    }
}

/// <summary>What a scope's expressions see: the execution's variables, the outputs of steps, and the item of a body.</summary>
internal sealed class ScopeVariables(Scope scope, ExecutionVariables execution) : ICelVariables
{
    private static readonly string[] TopNames = ["input", "steps", "execution"];
    private static readonly string[] BodyNames = [.. TopNames, "item", "index"];
    private CelValue steps;
    private bool stepsAreCurrent;

    public IEnumerable<string> Names => scope.Owner is null ? TopNames : BodyNames;

    /// <summary>Forgets the map of steps; the next expression that asks builds it again.</summary>
    public void Changed() => stepsAreCurrent = false;

    public bool TryGet(string name, out CelValue value)
    {
        (var found, value) = name switch
        {
            "input" => (true, execution.Input),
            "steps" => (true, Steps()),
            "execution" => (true, execution.Execution),
            "item" when scope.Owner is { } owner => (true, CelValue.FromJson(owner.Items[scope.Index])),
            "index" when scope.Owner is not null => (true, CelValue.From(scope.Index)),
            _ => (false, default),
        };
        return found;
    }

    private CelValue Steps()
    {
        if (!stepsAreCurrent)
        {
            steps = CelValue.FromMap(Visible());
            stepsAreCurrent = true;
        }
        return steps;
    }

    /// <summary>The scope's own outputs and those around it; ids are unique in the whole definition.</summary>
    private IEnumerable<KeyValuePair<string, CelValue>> Visible()
    {
        for (var at = scope; at is not null; at = at.Owner?.Step.Scope)
        {
            foreach (var (id, output) in at.Outputs)
                yield return new(id, CelValue.FromJson(output));
        }
    }
}
