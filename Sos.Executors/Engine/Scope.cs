using System.Text.Json;
using Sos.Workflows.Expressions;
using Sos.Workflows.Graph;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>
/// One run through a graph: the execution's own, or that of a body for one item. Knows how far it has come, which of
/// its steps are under way, and what its expressions can see.
/// </summary>
internal sealed class Scope
{
    private readonly Dictionary<string, JsonElement> outputs = new(StringComparer.Ordinal);
    private readonly ScopeVariables variables;

    private Scope(GraphPlan plan, string iteration, Foreach? owner, int index, ExecutionVariables execution)
    {
        Plan = plan;
        Iteration = iteration;
        Owner = owner;
        Index = index;
        variables = new ScopeVariables(this, execution);
        Graph = null!;
    }

    public GraphPlan Plan { get; }

    /// <summary>Empty at the top; <c>3</c> for a fourth item; <c>3.0</c> for its first in a nested body.</summary>
    public string Iteration { get; }

    /// <summary>The iterating step whose body this is; null at the top.</summary>
    public Foreach? Owner { get; }

    /// <summary>The item's position.</summary>
    public int Index { get; }

    public GraphState Graph { get; private set; }

    /// <summary>Steps that have begun and not ended.</summary>
    public HashSet<Step> Active { get; } = [];

    /// <summary>Steps from before this run that had begun and not ended, by node.</summary>
    public Dictionary<int, StepRow> Unfinished { get; } = [];

    /// <summary>Why the scope ends before its graph does; null while all is well.</summary>
    public ExecutionError? Failure { get; set; }

    /// <summary>Whether it ends because of a cancellation and not of a failure.</summary>
    public bool Cancelled { get; set; }

    public bool Ending => Failure is not null || Cancelled;

    public ICelVariables Variables => variables;

    public IReadOnlyDictionary<string, JsonElement> Outputs => outputs;

    /// <summary>Creates a scope, with whatever an earlier run has left of it.</summary>
    /// <param name="plan">The graph.</param>
    /// <param name="iteration">Its place.</param>
    /// <param name="owner">The iterating step; null at the top.</param>
    /// <param name="index">The item's position.</param>
    /// <param name="execution">What all scopes of the execution see.</param>
    /// <param name="history">The steps of this iteration from before.</param>
    public static Scope Create(GraphPlan plan, string iteration, Foreach? owner, int index, ExecutionVariables execution, IReadOnlyList<StepRow> history)
    {
        var scope = new Scope(plan, iteration, owner, index, execution);
        if (history.Count == 0)
        {
            scope.Graph = new GraphState(plan.Shape);
            return scope;
        }

        var rows = history.ToDictionary(s => s.NodeId, StringComparer.Ordinal);
        var ended = new List<KeyValuePair<int, NodeResult>>();
        foreach (var node in plan.Nodes)
        {
            if (!rows.TryGetValue(node.Id, out var row))
                continue;
            switch (row.Status)
            {
                case StepStatus.Completed:
                    ended.Add(new(node.Index, new NodeResult(NodeProgress.Completed, row.Branch)));
                    scope.SetOutput(node, row.Output ?? EngineJson.Null);
                    break;
                case StepStatus.Failed:
                    ended.Add(new(node.Index, NodeResult.Failed));
                    scope.SetError(node, row.Error ?? EngineJson.Null);
                    if (!plan.Shape.HandlesFailure(node.Index))
                        scope.Failure ??= StepErrors.Read(row);
                    break;
                case StepStatus.Skipped:
                    ended.Add(new(node.Index, NodeResult.Skipped));
                    break;
                case StepStatus.Running or StepStatus.Waiting:
                    scope.Unfinished[node.Index] = row;
                    break;
                case StepStatus.Cancelled: // stopped with an execution that this one repeats
                    break;
            }
        }
        scope.Graph = new GraphState(plan.Shape, ended);
        return scope;
    }

    /// <summary>Makes a node's output visible to expressions.</summary>
    public void SetOutput(NodePlan node, JsonElement output)
    {
        outputs[node.Id] = output;
        variables.Changed();
    }

    /// <summary>Makes a handled failure visible as <c>steps.id.error</c>.</summary>
    public void SetError(NodePlan node, JsonElement error)
    {
        outputs[node.Id] = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { ["error"] = error }, EngineJson.Default.OutputsById);
        variables.Changed();
    }

    /// <summary>What the graph as a whole gives.</summary>
    /// <exception cref="TemplateException">The output's template can't be evaluated.</exception>
    public JsonElement EvaluateOutput(CelContext context)
    {
        if (Plan.Output is { } template)
            return template.Render(variables, context);
        var last = Plan.Last.Where(n => Graph[n] == NodeProgress.Completed).Select(n => Plan.Nodes[n]).ToArray();
        return last.Length == 1
            ? outputs[last[0].Id]
            : JsonSerializer.SerializeToElement(last.ToDictionary(n => n.Id, n => outputs[n.Id]), EngineJson.Default.OutputsById);
    }
}
