using Sos.Api.Executions;
using Sos.Api.Pages.Components;
using Sos.Api.Pages.Graph;
using Sos.Api.Pages.Workflows;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>
/// The nodes that somebody opened on an execution's page to see the executions that they called. Only those are read,
/// each once and then what changed in it, when it is told to have changed. It belongs to one page and is used on its
/// thread alone.
/// </summary>
internal sealed class CalledRuns(
    ExecutionReader reader, ExecutionInspector inspector, WorkflowStore store, NodeCatalog catalog, ExecutionWatch watch, TabVisibility visibility, TimeProvider time)
{
    /// <summary>Changes are shown this often at most.</summary>
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, CalledRun> opened = new(StringComparer.Ordinal);
    private CalledWorkflows workflows = null!;
    private ExecutionState top = null!;
    private Page page = null!;

    /// <summary>What they are opened on.</summary>
    /// <param name="WorkspaceId">The workspace.</param>
    /// <param name="AttemptAsync">Does something that may fail, and shows why it did.</param>
    /// <param name="Changed">Something in an opened one changed; whether it has another graph.</param>
    /// <param name="Left">Cancelled when the page is left.</param>
    public sealed record Page(Guid WorkspaceId, Func<Func<Task>, Task<bool>> AttemptAsync, Action<CalledRun, bool> Changed, CancellationToken Left);

    /// <summary>The opened ones, callers before what was opened within them.</summary>
    public IEnumerable<CalledRun> All => opened.Values.OrderBy(r => r.Id, StringComparer.Ordinal);

    /// <summary>Whether none is open.</summary>
    public bool IsEmpty => opened.Count == 0;

    /// <summary>The chosen step of one of the executions that are shown; null for none.</summary>
    public (CalledRun Run, StepKey Step)? Selected { get; private set; }

    /// <summary>Why the node that somebody wanted to open last is not open; null where it is.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Begins anew with the nodes of an execution.</summary>
    public void Begin(ExecutionState execution, Page on)
    {
        Clear();
        (top, page, workflows) = (execution, on, new CalledWorkflows(store, catalog, on.WorkspaceId));
    }

    /// <summary>What is painted on a node within an opened one, by the id that it is drawn with; null for nothing.</summary>
    public NodeState? StateOf(string id) => Within(id) is var (run, node) ? run.StateOf(node) : null;

    /// <summary>Chooses a node within an opened one: its step that needs attention, or else its first.</summary>
    /// <param name="id">The id that the node is drawn with.</param>
    /// <returns>False for a node that is not within an opened one.</returns>
    public bool Select(string id)
    {
        if (Within(id) is not var (run, node))
            return false;
        Selected = (run, NodeStates.Foremost([.. run.Outline.Steps.Where(s => s.NodeId == node)])?.Key ?? new StepKey(node, ""));
        return true;
    }

    /// <summary>Chooses another item of the chosen node; null for nothing any more.</summary>
    public void Select(StepKey? item) => Selected = item is { } step && Selected is var (run, _) ? (run, step) : null;

    /// <summary>Opens a node.</summary>
    /// <param name="id">The id that it is drawn with.</param>
    /// <param name="node">The node.</param>
    /// <param name="item">Which of its steps to show; null for the one that needs attention, or else the first.</param>
    /// <param name="at">The moment to show; null for the present.</param>
    /// <returns>The graph to draw within it: of the version that its step called, or else of the one that its definition names; null where neither is known.</returns>
    public async Task<GraphDefinition?> OpenAsync(string id, NodeDefinition node, StepKey? item, DateTimeOffset? at)
    {
        Close(id);
        var run = new CalledRun(id, node) { Step = item };
        run.Paint(at);
        opened[id] = run;
        try
        {
            run.Take(null, await workflows.FindAsync(node, page.Left), null);
            await LookAsync(run);
        }
        catch
        {
            Close(id);
            throw;
        }
        if (run.Version is null)
            Close(id);
        Refusal = run.Version is null ? $"What “{node.Name ?? node.Id}” calls can't be opened yet: its name is an expression, or there is no such workflow or version." : null;
        return run.Version?.Graph;
    }

    /// <summary>Closes a node and all that is open within it: they are read no longer.</summary>
    public void Close(string id)
    {
        foreach (var run in opened.Values.Where(r => r.Id == id || r.Id.StartsWith(id + "/", StringComparison.Ordinal)).ToList())
        {
            run.Leave();
            opened.Remove(run.Id);
            if (Selected?.Run == run)
                Selected = null;
        }
    }

    /// <summary>Closes all.</summary>
    public void Clear()
    {
        foreach (var run in opened.Values)
            run.Leave();
        opened.Clear();
        (Selected, Refusal) = (null, null);
    }

    /// <summary>Shows a moment in all of them; null for the present.</summary>
    public void ShowAt(DateTimeOffset? at)
    {
        foreach (var run in opened.Values)
            run.Paint(at);
    }

    /// <summary>An execution's moments, and with them those at which something changed in the executions that are shown.</summary>
    public IReadOnlyList<DateTimeOffset> WithChanges(IReadOnlyList<DateTimeOffset> own) => IsEmpty ? own :
        [.. new SortedSet<DateTimeOffset>(opened.Values.SelectMany(r => r.Run is { } run ? ReplayMoment.Changes(run.Execution, run.Outline) : []).Where(c => c >= own[0]).Concat(own))];

    /// <summary>Shows another step's execution within an opened node, where it is not shown already.</summary>
    public Task ShowItemAsync(string id, StepKey item) => opened.TryGetValue(id, out var run) && run.Step != item ? ShowAsync(run, item) : Task.CompletedTask;

    /// <summary>The execution of the page, or one that was opened, changed: its steps may have called others by now.</summary>
    public async Task CallerChangedAsync(ExecutionState caller)
    {
        foreach (var run in opened.Values.Where(r => ReferenceEquals(CallerOf(r), caller)).ToList())
        {
            var drawn = run.Version;
            if (await LookAsync(run))
                await TellAsync(run, drawn);
        }
    }

    private async Task ShowAsync(CalledRun run, StepKey? item)
    {
        var drawn = run.Version;
        (run.Step, run.Looked) = (item, null);
        run.Take(null, await workflows.FindAsync(run.Node, page.Left), null);
        await LookAsync(run);
        await TellAsync(run, drawn);
    }

    /// <summary>Tells of another execution within a node. What is open further within goes with its graph, or else is of that execution now.</summary>
    private async Task TellAsync(CalledRun run, CalledVersion? drawn)
    {
        if (!IsOpen(run))
            return;
        var hasOtherGraph = run.Version?.IsSameAs(drawn) == false;
        var within = opened.Values.Where(r => r.Id.LastIndexOf('/') == run.Id.Length && r.Id.StartsWith(run.Id, StringComparison.Ordinal)).ToList();
        if (hasOtherGraph)
            within.ForEach(r => Close(r.Id));
        page.Changed(run, hasOtherGraph);
        foreach (var inner in within.Where(IsOpen))
            await ShowAsync(inner, null);
    }

    /// <summary>The opened one that a node is within, by the id that the node is drawn with, and the node's own id.</summary>
    private (CalledRun Run, string NodeId)? Within(string id)
    {
        var end = opened.Count == 0 ? -1 : id.LastIndexOf('/');
        return end > 0 && opened.TryGetValue(id[..end], out var run) ? (run, id[(end + 1)..]) : null;
    }

    private ExecutionState? CallerOf(CalledRun run)
    {
        var end = run.Id.LastIndexOf('/');
        return end < 0 ? top : opened.GetValueOrDefault(run.Id[..end])?.Run;
    }

    private bool IsOpen(CalledRun run) => ReferenceEquals(opened.GetValueOrDefault(run.Id), run);

    /// <summary>Reads the execution that the shown step called, where it was not known.</summary>
    /// <returns>Whether there is another one.</returns>
    private async Task<bool> LookAsync(CalledRun run)
    {
        if (CallerOf(run) is not { } caller)
            return false;
        run.Step ??= NodeStates.Foremost([.. caller.Outline.Steps.Where(s => s.NodeId == run.Node.Id)])?.Key;
        if (run.Step is not { } key || caller.Outline.Steps.FirstOrDefault(s => s.Key == key) is not { } step)
            return false;
        var looked = (caller.Execution.Id, key, step.Status, step.Attempts);
        if (run.Looked == looked)
            return false;
        run.Looked = looked;
        var isTakenOver = caller.Execution.SourceExecutionId is not null && step.StartedAt < caller.Execution.CreatedAt;
        if (await inspector.FindCalledAsync(page.WorkspaceId, caller.Execution.Id, key, isTakenOver, page.Left) is not { } child || child == run.Run?.Execution.Id)
            return false;
        // What changes while it is read is told of afterwards.
        var subscription = watch.Watch(page.WorkspaceId, child, untilEnd: false);
        var state = new ExecutionState(reader, inspector, store, catalog);
        var isThere = false;
        try
        {
            isThere = await state.LoadAsync(page.WorkspaceId, child, page.Left) && IsOpen(run) && run.Looked == looked;
        }
        finally
        {
            if (!isThere)
                subscription.Dispose();
        }
        if (!isThere)
            return false;
        var ends = CancellationTokenSource.CreateLinkedTokenSource(page.Left);
        run.Take(state, run.Version, ends);
        _ = FollowAsync(run, state, subscription, ends.Token);
        return true;
    }

    private async Task FollowAsync(CalledRun run, ExecutionState state, ExecutionWatch.Subscription subscription, CancellationToken cancellationToken)
    {
        using var ends = subscription;
        try
        {
            while (true)
            {
                if (!await subscription.ChangedAsync(Patience, time, cancellationToken))
                    continue;
                await visibility.SeenAsync(cancellationToken);
                await page.AttemptAsync(async () =>
                {
                    if (!await state.RefreshAsync(page.Left) || cancellationToken.IsCancellationRequested)
                        return;
                    run.Paint(run.At);
                    page.Changed(run, false);
                    await CallerChangedAsync(state);
                });
                await Task.Delay(Batch, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The node was closed, shows another execution, or the page was left.
        }
    }
}
