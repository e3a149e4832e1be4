using System.Text.Json;
using Sos.Api.Pages.Graph;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Api.Pages.Executions;

/// <summary>What a page knows of one execution. It is read once, and then only what changed.</summary>
public sealed class ExecutionState(ExecutionReader reader, ExecutionInspector inspector, WorkflowStore workflows, NodeCatalog catalog)
{
    private readonly Dictionary<StepKey, StepOutline> steps = [];
    private readonly Dictionary<Guid, ModelCallOutline> calls = [];
    private readonly List<ExecutionEvent> marks = [];
    private long lastEvent;
    private Guid workspace;

    /// <summary>The execution, with its documents.</summary>
    public Execution Execution { get; private set; } = null!;

    /// <summary>What happened in it.</summary>
    public ExecutionOutline Outline { get; private set; } = new([], [], [], 0);

    /// <summary>Executions that belong to it.</summary>
    public ExecutionRelatives Relatives { get; private set; } = new([], []);

    /// <summary>The version that it runs; null where it can't be read any more.</summary>
    public WorkflowDefinition? Definition { get; private set; }

    /// <summary>The workflow's latest version; the execution's own where the workflow is gone.</summary>
    public int LatestVersion { get; private set; }

    /// <summary>Which node's body a node is in; nodes at the top are in none.</summary>
    public IReadOnlyDictionary<string, string> Bodies { get; private set; } = new Dictionary<string, string>();

    /// <summary>Tokens of all its model calls.</summary>
    public long Tokens => Outline.Calls.Sum(c => (c.InputTokens ?? 0) + (c.OutputTokens ?? 0));

    /// <summary>Reads everything.</summary>
    /// <returns>False where the workspace has no such execution.</returns>
    public async Task<bool> LoadAsync(Guid workspaceId, Guid executionId, CancellationToken cancellationToken)
    {
        workspace = workspaceId;
        // The outline comes first, so that what changes meanwhile is told of afterwards.
        if (await inspector.ReadAsync(workspace, executionId, cancellationToken) is not { } outline
            || await reader.GetAsync(workspace, executionId, cancellationToken) is not { } execution)
            return false;
        Execution = execution;
        steps.Clear();
        calls.Clear();
        marks.Clear();
        Take(outline);
        Relatives = await inspector.ReadRelativesAsync(workspace, executionId, cancellationToken);
        Definition = (await workflows.GetVersionAsync(workspace, execution.WorkflowId, execution.Version, cancellationToken))?.Definition?.Deserialize(DefinitionJson.Default.WorkflowDefinition);
        LatestVersion = (await workflows.GetAsync(workspace, execution.WorkflowId, cancellationToken))?.Version ?? execution.Version;
        Bodies = Definition is null ? Bodies : NodeBodies.Of(Definition, catalog);
        return true;
    }

    /// <summary>Reads what changed.</summary>
    /// <returns>Whether anything did.</returns>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        var before = Execution.Status;
        var id = Execution.Id;
        if ((await reader.ListAsync(workspace, new ExecutionFilter { Ids = [id], Limit = 1 }, cancellationToken)) is not [var summary])
            return false;
        // Calls commit a little after they end.
        var since = (Outline.Calls is [.., var last] ? last.EndedAt : summary.CreatedAt).AddSeconds(-5);
        var changes = await inspector.ReadChangesAsync(workspace, id, lastEvent, since, cancellationToken);
        // A step from one pause to the next may be over before anybody looks.
        if (summary.Status != before || changes.Marks.Any(m => m.Type == EventTypes.WorkflowPaused))
        {
            Execution = await reader.GetAsync(workspace, id, cancellationToken) ?? Execution;
            Relatives = await inspector.ReadRelativesAsync(workspace, id, cancellationToken);
        }
        else if (changes.Marks.Any(m => m.Type == EventTypes.NodeWaiting))
        {
            Relatives = await inspector.ReadRelativesAsync(workspace, id, cancellationToken);
        }
        var changed = summary.Status != before || changes.LastEvent != lastEvent || changes.Calls.Any(c => !calls.ContainsKey(c.Id));
        if (changed)
            Take(changes);
        return changed;
    }

    private void Take(ExecutionOutline outline)
    {
        foreach (var step in outline.Steps)
            steps[step.Key] = step;
        foreach (var call in outline.Calls)
            calls[call.Id] = call;
        marks.AddRange(outline.Marks);
        lastEvent = outline.LastEvent;
        Outline = new ExecutionOutline(
            [.. steps.Values.OrderBy(s => s.StartedAt ?? s.FinishedAt ?? DateTimeOffset.MaxValue).ThenBy(s => s.NodeId, StringComparer.Ordinal).ThenBy(s => s.Iteration, StringComparer.Ordinal)],
            [.. marks],
            [.. calls.Values.OrderBy(c => c.EndedAt)],
            lastEvent);
    }
}

/// <summary>Finds the nodes in other nodes' bodies.</summary>
internal static class NodeBodies
{
    /// <summary>For each node in a body, the node whose body it is.</summary>
    public static IReadOnlyDictionary<string, string> Of(WorkflowDefinition definition, NodeCatalog catalog)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(definition.Nodes, null);
        return owners;

        void Add(IEnumerable<NodeDefinition> nodes, string? owner)
        {
            foreach (var node in nodes)
            {
                if (owner is not null)
                    owners[node.Id] = owner;
                if (GraphModel.Body(node, catalog) is { } body)
                    Add(body.Nodes, node.Id);
            }
        }
    }
}
