using Microsoft.AspNetCore.Components;
using Sos.Api.Pages.Graph;
using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>One execution, live.</summary>
public sealed partial class ExecutionPage
{
    private static readonly (string Name, string Text)[] Tabs =
        [("graph", "Graph"), ("timeline", "Timeline"), ("events", "Events"), ("data", "Input & output"), ("compare", "Compare")];

    /// <summary>Changes are shown this often at most.</summary>
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(100);

    private ExecutionState run = null!;
    private Guid loaded;
    private ReplayMoment? moment;
    private DateTimeOffset? at;
    private DateTimeOffset now;
    private IReadOnlyDictionary<string, NodeState> states = new Dictionary<string, NodeState>();
    private IReadOnlyList<DateTimeOffset> changes = [];
    private StepKey? selected;
    private Guid? selectedCall;
    private string? selectedRow;
    private Exception? problem;
    private GraphView? graph;
    private CancellationTokenSource? following;

    /// <summary>The execution.</summary>
    [Parameter] public Guid Id { get; set; }

    [SupplyParameterFromQuery(Name = "tab")] private string? TabText { get; set; }

    [SupplyParameterFromQuery(Name = "node")] private string? NodeText { get; set; }

    [SupplyParameterFromQuery(Name = "item")] private string? ItemText { get; set; }

    [SupplyParameterFromQuery(Name = "with")] private string? WithText { get; set; }

    private bool IsShown => IsLoaded && loaded == Id;

    private Guid? With => Guid.TryParse(WithText, out var id) ? id : null;

    private string Tab => Tabs.Any(t => t.Name == TabText) ? TabText! : WithText is not null ? "compare" : "graph";

    private ExecutionSummary Shown => moment?.Execution ?? run.Execution;

    private ExecutionOutline ShownOutline => moment?.Outline ?? run.Outline;

    private DateTimeOffset End => run.Execution.FinishedAt ?? now;

    /// <summary>Nodes in bodies can't be re-run alone.</summary>
    private string? RerunFrom => selected is { } key && key.Iteration.Length == 0 && !run.Bodies.ContainsKey(key.NodeId) ? key.NodeId : null;

    /// <inheritdoc/>
    protected override async Task LoadAsync()
    {
        selected = NodeText is { Length: > 0 } node ? new StepKey(node, ItemText ?? "") : null;
        if (selected is not null)
            Called.Select(item: null);
        if (loaded == Id)
        {
            if (Tab != "graph")
                Called.Clear();
            else if (selected is { } key)
                await Called.ShowItemAsync(key.NodeId, key);
            return;
        }
        Called.Clear();
        run = new ExecutionState(Reader, Inspector, Workflows, Catalog);
        (moment, at, problem, selectedRow, selectedCall) = (null, null, null, null, null);
        if (!await run.LoadAsync(WorkspaceId, Id, Left))
        {
            Navigation.NotFound();
            return;
        }
        loaded = Id;
        Called.Begin(run, new(WorkspaceId, TryAsync, ShowCalled, Left));
        Recompute();
        if (RendererInfo.IsInteractive)
            Follow();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        following?.Cancel();
        following?.Dispose();
        following = null;
        Called.Clear();
        base.Dispose(disposing);
    }

    private void Follow()
    {
        following?.Cancel();
        following?.Dispose();
        following = CancellationTokenSource.CreateLinkedTokenSource(Left);
        _ = FollowAsync(Id, following.Token);
    }

    private async Task FollowAsync(Guid id, CancellationToken cancellationToken)
    {
        using var subscription = Watch.Watch(WorkspaceId, id, untilEnd: false);
        try
        {
            await Visibility.FollowAsync();
            // What happened between the page's read and the subscription.
            await ShowChangesAsync();
            while (!cancellationToken.IsCancellationRequested)
            {
                // Clocks of what runs go on each second; what has ended may still be told of late rows.
                var patience = run.Execution.Status.IsFinal() ? TimeSpan.FromMinutes(1) : run.Execution.Status == ExecutionStatus.Running ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(10);
                var changed = await subscription.ChangedAsync(patience, Time, cancellationToken);
                await Visibility.SeenAsync(cancellationToken);
                if (changed)
                    await ShowChangesAsync();
                else if (!run.Execution.Status.IsFinal() && at is null)
                    Tick();
                await Task.Delay(Batch, Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The page was left, or shows another execution.
        }
    }

    private async Task ShowChangesAsync()
    {
        var before = run.Execution.Status;
        var changed = false;
        if (!await TryAsync(async () => changed = await run.RefreshAsync(Left)) || !changed)
            return;
        Recompute();
        if (!Called.IsEmpty)
            await TryAsync(() => Called.CallerChangedAsync(run));
        // On the graph's view alone, nothing but nodes changed.
        if (Tab == "graph" && selected is null && Called.Selected is null && before == run.Execution.Status && at is null && graph is not null && Time.GetUtcNow() - now < TimeSpan.FromSeconds(1))
            graph.Refresh();
        else
            Tick();
    }

    private void Tick()
    {
        now = Time.GetUtcNow();
        StateHasChanged();
    }

    private void Recompute()
    {
        if (loaded != Id || now == default)
            now = Time.GetUtcNow();
        moment = at is { } when ? ReplayMoment.At(run.Execution, run.Outline, when) : null;
        states = NodeStates.Of(ShownOutline.Steps);
        if (run.Execution.Status.IsFinal() || at is not null)
            changes = Called.WithChanges(ReplayMoment.Changes(run.Execution, run.Outline));
    }

    private void Move(DateTimeOffset? to)
    {
        at = to;
        Called.ShowAt(at);
        changes = Called.WithChanges(ReplayMoment.Changes(run.Execution, run.Outline));
        Recompute();
    }

    private NodeState? StateOf(string node) => states.GetValueOrDefault(node) ?? Called.StateOf(node);

    private async Task<GraphDefinition?> OpenAsync(string id, NodeDefinition node)
    {
        GraphDefinition? child = null;
        var wanted = selected is { } key && key.NodeId == id && Find(key) is not null ? key : (StepKey?)null;
        if (!await TryAsync(async () => child = await Called.OpenAsync(id, node, wanted, at)))
            return null;
        Recompute();
        StateHasChanged();
        return child;
    }

    private void ShowCalled(CalledRun called, bool hasOtherGraph)
    {
        if (hasOtherGraph)
            graph?.Replace(called.Id, called.Version!.Graph);
        Recompute();
        StateHasChanged();
    }

    private StepOutline? Find(StepKey key) => ShownOutline.Steps.FirstOrDefault(s => s.Key == key);

    private List<StepOutline> ItemsOf(StepKey key) => [.. ShownOutline.Steps.Where(s => s.NodeId == key.NodeId)];

    private List<ModelCallOutline> CallsOf(StepKey key) => [.. ShownOutline.Calls.Where(c => c.NodeId == key.NodeId && c.Iteration == key.Iteration)];

    private void SelectNode(string node)
    {
        if (!Called.Select(node))
            Select(NodeStates.Foremost(ItemsOf(new StepKey(node, "")))?.Key ?? new StepKey(node, ""), null);
        else if (selected is not null)
            Unselect();
    }

    private void SelectRow(WaterfallRow row)
    {
        selectedRow = row.Key;
        Select(row.Step!.Value, row.Call);
    }

    private void Select(StepKey key, Guid? call)
    {
        selectedCall = call;
        selectedRow = call is null && selectedRow?.StartsWith("call", StringComparison.Ordinal) != false || selectedRow is null ? $"step {key.NodeId} {key.Iteration}" : selectedRow;
        Go(new() { ["node"] = key.NodeId, ["item"] = key.Iteration.Length > 0 ? key.Iteration : null });
    }

    private void Unselect()
    {
        (selectedRow, selectedCall) = (null, null);
        Go(new() { ["node"] = null, ["item"] = null });
    }

    private void ShowTab(string name) => Go(new() { ["tab"] = name == "graph" && WithText is null ? null : name });

    private void Go(Dictionary<string, object?> changed) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(changed), replace: true);

    private async Task Told(Exception? refused)
    {
        problem = refused;
        if (refused is null && loaded == Id)
            await ShowChangesAsync();
    }
}
