using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Executions;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>
/// The workflows by which the API ingests and asks, so that both are durable, traced and costed like everything else. A
/// workspace gets them when it first needs them, and may change them.
/// </summary>
internal sealed class RagWorkflows(WorkflowStore workflows, ExecutionStart start)
{
    public const string IngestName = "rag-ingest";
    public const string QueryName = "rag-query";

    private static readonly WorkflowDefinition Ingest = Read("""
        {
          "name": "rag-ingest",
          "description": "Ingests documents that were uploaded to an index.",
          "nodes": [
            { "id": "ingest", "type": "documents",
              "config": { "action": "ingest", "index": "{{ input.index }}", "documentId": "{{ input.documentId }}" },
              "retry": { "maxAttempts": 5, "delay": "2s" }, "timeout": "1h" }
          ],
          "output": "{{ steps.ingest }}"
        }
        """);

    private static readonly WorkflowDefinition Query = Read("""
        {
          "name": "rag-query",
          "description": "Asks an index.",
          "nodes": [
            { "id": "ask", "type": "rag",
              "config": {
                "index": "{{ input.index }}", "query": "{{ input.query }}", "mode": "{{ input.?mode.orValue('retrieve') }}", "topK": "{{ input.?topK.orValue(5) }}",
                "filter": "{{ input.?filter.orValue({}) }}", "search": "{{ input.?search.orValue('hybrid') }}", "minScore": "{{ input.?minScore.orValue(0) }}",
                "model": "{{ input.?model.orValue(null) }}", "provider": "{{ input.?provider.orValue(null) }}", "system": "{{ input.?system.orValue(null) }}",
                "temperature": "{{ input.?temperature.orValue(null) }}", "maxTokens": "{{ input.?maxTokens.orValue(null) }}"
              } }
          ],
          "output": "{{ steps.ask }}"
        }
        """);

    private readonly ConcurrentDictionary<(Guid Workspace, string Name), Guid> known = new();

    /// <summary>Starts the ingestion of an upload.</summary>
    public Task<(Execution? Ended, ExecutionReceipt? Receipt)> IngestAsync(KeyHolder caller, string index, Guid documentId, TimeSpan wait, CancellationToken cancellationToken) =>
        RunAsync(caller, Ingest, new JsonObject { ["index"] = index, ["documentId"] = documentId.ToString() }, wait, cancellationToken);

    /// <summary>Asks an index.</summary>
    public Task<(Execution? Ended, ExecutionReceipt? Receipt)> QueryAsync(KeyHolder caller, string index, RagQueryRequest request, TimeSpan wait, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["index"] = index, ["query"] = request.Query };
        Set("mode", request.Mode);
        Set("topK", request.TopK);
        Set("filter", request.Filter is { ValueKind: JsonValueKind.Object } filter ? JsonObject.Create(filter) : null);
        Set("search", request.Search);
        Set("minScore", request.MinScore);
        Set("model", request.Model);
        Set("provider", request.Provider);
        Set("system", request.System);
        Set("temperature", request.Temperature);
        Set("maxTokens", request.MaxTokens);
        return RunAsync(caller, Query, input, wait, cancellationToken);

        void Set(string name, JsonNode? value)
        {
            if (value is not null)
                input[name] = value;
        }
    }

    private async Task<(Execution? Ended, ExecutionReceipt? Receipt)> RunAsync(
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

    private static WorkflowDefinition Read(string json) =>
        JsonSerializer.Deserialize(json, DefinitionJson.Default.WorkflowDefinition) ?? throw new InvalidOperationException("A built-in workflow is no definition.");
}
