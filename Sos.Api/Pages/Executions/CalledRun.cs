using Sos.Api.Pages.Graph;
using Sos.Api.Pages.Workflows;
using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>A node that calls a workflow, opened in the graph of an execution, and the execution that its step called.</summary>
/// <param name="id">The id that the node is drawn with: within another opened one, <c>caller/id</c>.</param>
/// <param name="node">The node.</param>
public sealed class CalledRun(string id, NodeDefinition node)
{
    private CancellationTokenSource? following;
    private ReplayMoment? moment;
    private IReadOnlyDictionary<string, NodeState> states = new Dictionary<string, NodeState>();

    /// <summary>The id that the node is drawn with: within another opened one, <c>caller/id</c>.</summary>
    public string Id => id;

    /// <summary>The node.</summary>
    public NodeDefinition Node => node;

    /// <summary>Which of the node's steps is shown; null while none was reached.</summary>
    public StepKey? Step { get; internal set; }

    /// <summary>The execution that the step called; null while there is none.</summary>
    public ExecutionState? Run { get; private set; }

    /// <summary>What is drawn: the version that ran, or else the one that the definition names; null where neither is known.</summary>
    public CalledVersion? Version { get; private set; }

    /// <summary>What happened in the called execution until the moment that is shown.</summary>
    public ExecutionOutline Outline => moment?.Outline ?? Run?.Outline ?? new ExecutionOutline([], [], [], 0);

    /// <summary>Where the called execution stands at the moment that is shown; null where it had not been called.</summary>
    public ExecutionStatus? Status => Run is null || At < Run.Execution.CreatedAt ? null : (moment?.Execution ?? Run.Execution).Status;

    /// <summary>The moment that is shown; null for the present.</summary>
    internal DateTimeOffset? At { get; private set; }

    /// <summary>What was last known of the step when its execution was looked for.</summary>
    internal (Guid Caller, StepKey Step, StepStatus Status, int Attempts)? Looked { get; set; }

    /// <summary>What is painted on a node of the called workflow, by its own id; null for nothing.</summary>
    internal NodeState? StateOf(string inner) => states.GetValueOrDefault(inner);

    /// <summary>Takes an execution in the place of the one before, which is followed no longer.</summary>
    /// <param name="run">The execution; null for none.</param>
    /// <param name="said">The version that the definition names.</param>
    /// <param name="ends">Ends what follows the execution.</param>
    internal void Take(ExecutionState? run, CalledVersion? said, CancellationTokenSource? ends)
    {
        Leave();
        (Run, following) = (run, ends);
        var version = run is { Definition: { } ran, Execution: var e } ? new CalledVersion(e.WorkflowId, e.WorkflowName, e.Version, ran.Graph) : said;
        // Of the same version, the graph that is drawn stays; so does one in whose place there is none.
        if (version is not null && !version.IsSameAs(Version))
            Version = version;
        Paint(At);
    }

    /// <summary>Shows a moment, or what is known now.</summary>
    internal void Paint(DateTimeOffset? at)
    {
        At = at;
        moment = at is { } then && Run is not null ? ReplayMoment.At(Run.Execution, Run.Outline, then) : null;
        states = NodeStates.Of(Outline.Steps);
    }

    /// <summary>Follows its execution no longer.</summary>
    internal void Leave()
    {
        following?.Cancel();
        following?.Dispose();
        following = null;
    }
}
