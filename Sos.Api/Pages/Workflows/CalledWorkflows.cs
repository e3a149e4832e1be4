using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Workflows;

/// <summary>A version of a workflow that another one calls.</summary>
/// <param name="WorkflowId">The called workflow.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version.</param>
/// <param name="Graph">What it consists of.</param>
public sealed record CalledVersion(Guid WorkflowId, string Name, int Version, GraphDefinition Graph)
{
    /// <summary>Whether it is the same version of the same workflow; versions never change.</summary>
    public bool IsSameAs(CalledVersion? other) => (other?.WorkflowId, other?.Version) == (WorkflowId, Version);
}

/// <summary>The workflows that a workflow's <c>workflow</c> nodes call, as far as somebody has opened them.</summary>
internal sealed class CalledWorkflows(WorkflowStore store, NodeCatalog catalog, Guid workspaceId)
{
    private readonly Dictionary<(string Workflow, int? Version), CalledVersion?> opened = [];

    /// <summary>The graph of the workflow that a node calls; null where only a run can say which one it is, or there is none.</summary>
    public async Task<GraphDefinition?> OpenAsync(NodeDefinition caller, CancellationToken cancellationToken) => (await FindAsync(caller, cancellationToken))?.Graph;

    /// <summary>The version that a node calls, the latest where it names none; null where only a run can say which workflow it is, or there is none.</summary>
    public async Task<CalledVersion?> FindAsync(NodeDefinition caller, CancellationToken cancellationToken)
    {
        if (Called(caller) is not { } called)
            return null;
        if (opened.TryGetValue(called, out var known))
            return known;
        var workflow = Guid.TryParse(called.Workflow, out var id) ? await store.GetAsync(workspaceId, id, cancellationToken) : null;
        workflow ??= await store.FindByNameAsync(workspaceId, called.Workflow, cancellationToken);
        var version = workflow is null ? null : await store.GetVersionAsync(workspaceId, workflow.Id, called.Version, cancellationToken);
        return opened[called] = version?.Definition?.Deserialize(DefinitionJson.Default.WorkflowDefinition) is { } definition
            ? new CalledVersion(workflow!.Id, workflow.Name, version.Version, definition.Graph)
            : null;
    }

    /// <summary>A node by the id that it has in the drawn graph: within an opened workflow, <c>caller/id</c>. Null where there is none.</summary>
    public NodeDefinition? Find(GraphDefinition graph, string id)
    {
        var end = id.IndexOf('/', StringComparison.Ordinal);
        if (end < 0)
            return DefinitionText.Find(graph, id, catalog);
        return DefinitionText.Find(graph, id[..end], catalog) is { } caller && Called(caller) is { } called && opened.GetValueOrDefault(called) is { } inner
            ? Find(inner.Graph, id[(end + 1)..])
            : null;
    }

    private static (string Workflow, int? Version)? Called(NodeDefinition caller)
    {
        if (caller.Config.ValueKind != JsonValueKind.Object || !caller.Config.TryGetProperty("workflow", out var name) || name.ValueKind != JsonValueKind.String)
            return null;
        var number = caller.Config.TryGetProperty("version", out var version) && version.ValueKind != JsonValueKind.Null;
        if (number && (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out _)))
            return null;
        var workflow = name.GetString()!.Trim();
        return workflow.Length == 0 || workflow.Contains("{{", StringComparison.Ordinal) ? null : (workflow, number ? version.GetInt32() : null);
    }
}
