using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Executions;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>The workflows by which the API ingests and asks.</summary>
internal sealed class RagWorkflows(OwnWorkflows workflows)
{
    public const string IngestName = "rag-ingest";
    public const string QueryName = "rag-query";

    /// <summary>The node that ingests.</summary>
    public const string IngestNode = "ingest";

    private static readonly WorkflowDefinition Ingest = OwnWorkflows.Read("""
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

    private static readonly WorkflowDefinition Query = OwnWorkflows.Read("""
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

    /// <summary>Starts the ingestion of an upload.</summary>
    public Task<(Execution? Ended, ExecutionReceipt? Receipt)> IngestAsync(KeyHolder caller, string index, Guid documentId, TimeSpan wait, CancellationToken cancellationToken) =>
        workflows.RunAsync(caller, Ingest, new JsonObject { ["index"] = index, ["documentId"] = documentId.ToString() }, wait, cancellationToken);

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
        return workflows.RunAsync(caller, Query, input, wait, cancellationToken);

        void Set(string name, JsonNode? value)
        {
            if (value is not null)
                input[name] = value;
        }
    }
}
