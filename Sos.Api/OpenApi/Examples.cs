using System.Text.Json.Nodes;

namespace Sos.Api.OpenApi;

/// <summary>Request bodies that the OpenAPI document shows.</summary>
internal static class Examples
{
    public const string Definition = """
        {
          "name": "greet",
          "nodes": [
            { "id": "hello", "type": "transform", "config": { "value": { "text": "Hello, {{ input.name }}!" } } }
          ],
          "edges": []
        }
        """;

    public const string ReactFlow = """
        {
          "name": "imported",
          "nodes": [
            { "id": "1", "position": { "x": 0, "y": 0 }, "data": { "type": "transform", "config": { "value": "{{ input }}" } } }
          ],
          "edges": []
        }
        """;

    public const string Start = """{ "input": { "name": "Ada" } }""";

    public const string Approval = """{ "decision": "approve", "comment": "Checked the invoice." }""";

    public const string Rerun = """{ "fromNode": "classify" }""";

    public const string ApiKey = """{ "name": "Build server", "role": "developer" }""";

    public const string ModelProvider = """{ "name": "groq", "kind": "openai-compatible", "baseUrl": "https://api.groq.com/openai/v1", "apiKey": "gsk_your-key" }""";

    public const string Credential = """{ "name": "billing", "type": "oauth2", "settings": { "tokenUrl": "https://login.example.com/oauth2/token", "clientId": "sos", "scope": "invoices.read" }, "secrets": { "clientSecret": "your-secret" }, "allowedHosts": ["api.example.com"] }""";

    public const string Connector = """{ "id": "tickets", "title": "Tickets", "baseUrl": "https://tickets.example.com/api/v1", "auth": [ { "type": "bearer" } ], "actions": { "getTicket": { "title": "Get a ticket", "path": "/tickets/{id}", "parameters": { "id": { "type": "string", "required": true } } } } }""";

    public const string CredentialTest = """{ "testUrl": "https://api.example.com/me" }""";

    public const string ModelPrice = """{ "provider": "openai", "model": "gpt-4.1-mini*", "inputPerMillion": 0.36, "outputPerMillion": 1.44, "cachedInputPerMillion": 0.09, "source": "Our contract of 2026" }""";

    public const string Budget = """{ "period": "month", "limitUsd": 250 }""";

    public const string BudgetLimit = """{ "limitUsd": 400 }""";

    public const string Workspace = """{ "keepModelContent": true }""";

    public const string Evaluate = """{ "expression": "input.items.filter(i, i.price > 10).size()", "variables": { "input": { "items": [{ "price": 12 }] } } }""";

    public const string RagIndex = """{ "name": "handbook", "description": "What everybody should know.", "model": "text-embedding-3-small" }""";

    public const string RagIndexChange = """{ "description": "What everybody should know." }""";

    public const string RagUpload = """{ "source": "leave.md", "contentType": "text/markdown", "text": "# Annual leave\n\nEveryone has 28 days a year.", "metadata": { "team": "people" } }""";

    public const string RagQuery = """{ "query": "How many days of leave do I have?", "topK": 5, "filter": { "team": "people" } }""";

    public const string Schedule = """{ "name": "Morning report", "workflowId": "0199c7a2-6f0a-7cc1-9d5e-1f2a3b4c5d6e", "cron": "0 9 * * 1-5", "timeZone": "Europe/Berlin", "input": { "region": "eu" }, "overlapPolicy": "skip" }""";

    public const string SchedulePreview = """{ "cron": "0 9 * * 1-5", "timeZone": "Europe/Berlin" }""";

    public const string Webhook = """{ "name": "Pushes", "workflowId": "0199c7a2-6f0a-7cc1-9d5e-1f2a3b4c5d6e", "verification": { "kind": "github" }, "secret": "the-secret-that-you-gave-to-github" }""";

    public static JsonNode Parse(string example) => JsonNode.Parse(example)!;
}
