using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>
/// Runs the workflows by which the API itself has something done, so that it is durable, traced and costed like
/// everything else. A workspace gets them when it first needs them. What runs is this program's definition, whatever else a
/// workspace has saved under the name.
/// </summary>
internal sealed class OwnWorkflows(WorkflowStore workflows, ExecutionStart start)
{
    private readonly ConcurrentDictionary<(Guid Workspace, string Name), OwnVersion> known = new();

    /// <summary>Runs a workflow; its definition is saved first where the workspace has none of its name, or another one.</summary>
    /// <returns>The execution when it ended within the wait; otherwise what is known of it.</returns>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)> RunAsync(
        KeyHolder caller, WorkflowDefinition definition, JsonObject input, TimeSpan wait, CancellationToken cancellationToken)
    {
        var document = JsonElement.Parse(input.ToJsonString());
        for (var attempt = 0; ; attempt++)
        {
            var own = await FindAsync(caller, definition, cancellationToken);
            if (await start.TryStartAsync(caller, own.WorkflowId, own.Version, document, wait, cancellationToken) is { } started)
                return started;
            // Somebody deleted it: it is made again, once.
            known.TryRemove((caller.WorkspaceId, definition.Name), out _);
            if (attempt > 0)
                throw new InvalidOperationException($"The workflow '{definition.Name}' is deleted as fast as it is made.");
        }
    }

    /// <summary>Runs a definition that is made for this one run. It becomes a version of the workflow of its name, so that the run can be looked at like any other.</summary>
    /// <returns>The execution when it ended within the wait; otherwise what is known of it.</returns>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)> RunOnceAsync(
        KeyHolder caller, WorkflowDefinition definition, JsonElement input, TimeSpan wait, CancellationToken cancellationToken)
    {
        var saved = await SaveAsync(caller, definition, cancellationToken);
        return await start.TryStartAsync(caller, saved.WorkflowId, saved.Version, input, wait, cancellationToken)
            ?? throw new InvalidOperationException($"The workflow '{definition.Name}' was deleted while it was started.");
    }

    /// <summary>Reads a definition that is part of the program.</summary>
    public static WorkflowDefinition Read(string json) =>
        JsonSerializer.Deserialize(json, DefinitionJson.Default.WorkflowDefinition) ?? throw new InvalidOperationException("A built-in workflow is no definition.");

    private async Task<OwnVersion> FindAsync(KeyHolder caller, WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        var key = (caller.WorkspaceId, definition.Name);
        if (known.TryGetValue(key, out var version))
            return version;
        if (known.Count > 10_000)
            known.Clear();
        return known[key] = await SaveAsync(caller, definition, cancellationToken);
    }

    private async Task<OwnVersion> SaveAsync(KeyHolder caller, WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        var saved = await workflows.FindByNameAsync(caller.WorkspaceId, definition.Name, cancellationToken) is null
            ? await workflows.CreateAsync(caller.WorkspaceId, caller.UserId, definition, cancellationToken)
            : new SaveWorkflowResult.NameTaken();
        // Somebody else's definition becomes an earlier version; an equal one is left as it is.
        if (saved is SaveWorkflowResult.NameTaken && await workflows.FindByNameAsync(caller.WorkspaceId, definition.Name, cancellationToken) is { } there)
            saved = await workflows.AddVersionAsync(caller.WorkspaceId, caller.UserId, there.Id, definition, expectedVersion: null, cancellationToken);
        return saved is SaveWorkflowResult.Saved { Workflow: var workflow }
            ? new OwnVersion(workflow.Id, workflow.Version)
            : throw new InvalidOperationException($"The workflow '{definition.Name}' was deleted while it was made.");
    }

    /// <summary>The version of a workflow that holds the program's definition.</summary>
    private sealed record OwnVersion(Guid WorkflowId, int Version);
}
