using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;

namespace Sos.Api.Executions;

/// <summary>
/// Runs the workflows by which the API itself has something done, so that it is durable, traced and costed like
/// everything else. A workspace gets them when it first needs them, and may change them.
/// </summary>
internal sealed class OwnWorkflows(WorkflowStore workflows, ExecutionStart start)
{
    private readonly ConcurrentDictionary<(Guid Workspace, string Name), Guid> known = new();

    /// <summary>Runs a workflow, made first where the workspace has none of its name.</summary>
    /// <returns>The execution when it ended within the wait; otherwise what is known of it.</returns>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)> RunAsync(
        KeyHolder caller, WorkflowDefinition definition, JsonObject input, TimeSpan wait, CancellationToken cancellationToken)
    {
        var document = JsonElement.Parse(input.ToJsonString());
        for (var attempt = 0; ; attempt++)
        {
            var workflow = await FindAsync(caller, definition, cancellationToken);
            if (await start.TryStartAsync(caller, workflow, document, wait, cancellationToken) is { } started)
                return started;
            // Somebody deleted it: it is made again, once.
            known.TryRemove((caller.WorkspaceId, definition.Name), out _);
            if (attempt > 0)
                throw new InvalidOperationException($"The workflow '{definition.Name}' is deleted as fast as it is made.");
        }
    }

    /// <summary>Reads a definition that is part of the program.</summary>
    public static WorkflowDefinition Read(string json) =>
        JsonSerializer.Deserialize(json, DefinitionJson.Default.WorkflowDefinition) ?? throw new InvalidOperationException("A built-in workflow is no definition.");

    private async Task<Guid> FindAsync(KeyHolder caller, WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        var key = (caller.WorkspaceId, definition.Name);
        if (known.TryGetValue(key, out var id))
            return id;
        if (known.Count > 10_000)
            known.Clear();
        var workflow = await workflows.FindByNameAsync(caller.WorkspaceId, definition.Name, cancellationToken)
            ?? (await workflows.CreateAsync(caller.WorkspaceId, caller.UserId, definition, cancellationToken) as SaveWorkflowResult.Saved)?.Workflow
            ?? await workflows.FindByNameAsync(caller.WorkspaceId, definition.Name, cancellationToken) // made meanwhile
            ?? throw new InvalidOperationException($"The workflow '{definition.Name}' was deleted while it was made.");
        return known[key] = workflow.Id;
    }
}
