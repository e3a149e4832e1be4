using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Workflows;

/// <summary>
/// What the start of an execution needs to know of its workflow. Which version is the latest is remembered for a
/// second, so that a change made through another process counts after a second; one made here counts at once.
/// </summary>
internal sealed class WorkflowCache(WorkflowStore store, NodeCatalog catalog, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);
    private const int MaxEntries = 5_000;
    private const int MaxVersions = 500;

    private readonly ConcurrentDictionary<(Guid Workspace, Guid Workflow, int? Version), Entry> resolved = new();
    private readonly ConcurrentDictionary<Guid, RunnableVersion> versions = new();
    private readonly DatabaseRetry retry = new(time, ExecutionSubmitter.Attempts);

    /// <summary>A version to run; null where there is none, or the workflow was deleted.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="version">The version's number; null for the latest.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<RunnableVersion?> GetAsync(Guid workspaceId, Guid workflowId, int? version, CancellationToken cancellationToken)
    {
        var key = (workspaceId, workflowId, version);
        var now = time.GetTimestamp();
        if (!resolved.TryGetValue(key, out var entry) || time.GetElapsedTime(entry.At, now) >= Lifetime)
        {
            if (resolved.Count >= MaxEntries)
                resolved.Clear();
            // Requests that come meanwhile share the query, which therefore belongs to none of them.
            entry = resolved[key] = new Entry(now, new Lazy<Task<RunnableVersion?>>(() =>
                retry.ExecuteAsync(async _ => await LoadAsync(workspaceId, workflowId, version), CancellationToken.None).AsTask()));
        }
        try
        {
            return await entry.Version.Value.WaitAsync(cancellationToken);
        }
        catch (Exception) when (entry.Version.Value.IsFaulted)
        {
            resolved.TryRemove(new(key, entry));
            throw;
        }
    }

    /// <summary>Forgets a workflow that was changed here.</summary>
    public void Forget(Guid workspaceId, Guid workflowId)
    {
        foreach (var (key, _) in resolved)
        {
            if (key.Workspace == workspaceId && key.Workflow == workflowId)
                resolved.TryRemove(key, out _);
        }
    }

    private async Task<RunnableVersion?> LoadAsync(Guid workspaceId, Guid workflowId, int? version)
    {
        if (await store.ResolveAsync(workspaceId, workflowId, version, CancellationToken.None) is not { } found)
            return null;
        if (versions.TryGetValue(found.VersionId, out var known))
            return known;
        var row = await store.GetVersionAsync(workspaceId, workflowId, found.Version, CancellationToken.None);
        if (row?.Definition?.Deserialize(DefinitionJson.Default.WorkflowDefinition) is not { } definition)
            return null;
        if (versions.Count >= MaxVersions)
            versions.Clear();
        return versions[found.VersionId] = new RunnableVersion(
            found,
            definition.InputSchema is { } schema && JsonSchema.TryCompile(schema, out var compiled, out _) ? compiled : null,
            definition.Nodes.SelectMany(n => n.WithBody(catalog)).Select(n => n.Id).ToFrozenSet(StringComparer.Ordinal));
    }

    private sealed record Entry(long At, Lazy<Task<RunnableVersion?>> Version);
}

/// <summary>A version of a workflow as the start of an execution sees it.</summary>
/// <param name="Found">Which version it is.</param>
/// <param name="InputSchema">What its input must satisfy; null for anything.</param>
/// <param name="NodeIds">Its nodes, those in bodies included.</param>
internal sealed record RunnableVersion(FoundVersion Found, JsonSchema? InputSchema, FrozenSet<string> NodeIds);
