using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Nodes.Llm;

/// <summary>The <c>llm</c> node in an execution on a real database.</summary>
public sealed class LlmRunTests
{
    [Fact]
    public async Task A_run_with_the_demo_model_needs_no_key_and_leaves_its_rows()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync(
            """
            { "name": "triage", "nodes": [
                { "id": "classify", "type": "llm", "config": { "model": "demo", "prompt": "{{ input.text }}",
                  "output": { "schema": { "type": "object", "properties": { "kind": { "enum": ["refund", "complaint"] }, "amount": { "type": "integer" } }, "required": ["kind", "amount"] } } } },
                { "id": "route", "type": "switch", "config": { "value": "{{ steps.classify.json.kind }}" } } ],
              "edges": [ { "from": "classify", "to": "route" } ], "output": "{{ steps.classify }}" }
            """,
            """{"text": "A complaint: the 3 lamps are broken."}""");
        var row = await engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
        var output = row.Output!.Value;
        NodeRun.AssertJson("""{"kind": "complaint", "amount": 3}""", output.GetProperty("json"));
        Assert.True(output.GetProperty("demo").GetBoolean());
        Assert.Equal(0, output.GetProperty("costUsd").GetDecimal());
        Assert.Equal("demo chat 0 True", await engine.Database.QueryAsync<string>(
            $"select concat_ws(' ', model_name, operation, trunc(cost_usd), case when tokens_total > 0 then 'True' end) from model_cost_logs where workflow_execution_id = '{id}' and node_id = 'classify' and trace_id = '{row.TraceId}'"));
        Assert.Contains(await engine.EventsAsync(id), e => e is { Type: "model_called", Node: "classify" });
    }

    [Fact]
    public async Task A_model_without_a_connection_fails_the_run_and_says_what_there_is()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "w", "nodes": [ { "id": "a", "type": "llm", "config": { "model": "gpt-4.1", "prompt": "Hi" } } ] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("provider_not_found", row.ErrorCode);
        Assert.Contains("OPENAI_API_KEY", row.Error!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
