using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Tests.Support;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Tests;

public sealed class ObservabilityTests
{
    [Fact]
    public async Task A_trace_holds_its_executions_steps_and_log_rows()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        await client.SaveAsync(Definitions.Chain("inner"));
        var parent = await client.SaveAsync("""{"name": "outer", "nodes": [{"id": "call", "type": "workflow", "config": {"workflow": "inner"}}]}""");
        var done = await client.RunAsync(parent);
        var traceId = done.GetProperty("traceId").GetString();
        Assert.Equal("abc", done.GetProperty("output").GetString());
        await client.Host.Database.ExecuteAsync($"""
            insert into model_cost_logs (id, workspace_id, model_name, provider, cost_usd, trace_id, prompt, finish_reason) values (gen_random_uuid(), '{client.Workspace}', 'm', 'p', 0.5, '{traceId}', 'Why?', 'stop');
            insert into agent_trace_history (id, workspace_id, agent_id, trace_id) values (gen_random_uuid(), '{client.Workspace}', 'agent', '{traceId}')
            """);

        var trace = (await client.GetAsync($"/traces/{traceId!.ToUpperInvariant()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["outer", "inner"], trace["executions"].EnumerateArray().Select(e => e.GetProperty("workflowName").GetString()));
        Assert.Equal(done.GetProperty("id").GetString(), trace["executions"][1].GetProperty("parentExecutionId").GetString());
        Assert.Equal(["a", "b", "c", "call"], trace["steps"].EnumerateArray().Select(s => s.GetProperty("nodeId").GetString()).Order());
        Assert.Contains(trace["eventLogs"].EnumerateArray(), e => e.GetProperty("type").GetString() == "workflow_completed");
        Assert.All(trace["eventLogs"].EnumerateArray(), e => Assert.Equal(traceId, e.GetProperty("traceId").GetString()));
        Assert.Equal("0.5", trace["modelCosts"][0].GetProperty("costUsd").GetRawText());
        Assert.Equal(("chat", "stop", "Why?"), (trace["modelCosts"][0].GetProperty("operation").GetString(), trace["modelCosts"][0].GetProperty("finishReason").GetString(), trace["modelCosts"][0].GetProperty("prompt").GetString()));
        Assert.Equal("agent", trace["agentTraces"][0].GetProperty("agentId").GetString());
        Assert.False(trace["truncated"].GetBoolean());
    }

    [Fact]
    public async Task A_list_of_traces_has_each_once_with_all_that_it_holds_page_by_page()
    {
        var host = await ApiHost.ExecutingAsync();
        var (client, stranger) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        await client.SaveAsync(Definitions.Chain("inner"));
        var outer = await client.SaveAsync("""{"name": "outer", "nodes": [{"id": "call", "type": "workflow", "config": {"workflow": "inner"}}]}""");
        var first = await client.RunAsync(outer);
        var second = await client.RunAsync(outer);
        var again = Guid.Parse(await client.StartAsync(outer));
        await client.UntilAsync($"{again}", "completed");
        // One request may start several: they are one trace.
        var shared = second.GetProperty("traceId").GetString()!;
        await host.Database.ExecuteAsync($"""
            update workflow_executions set trace_id = '{shared}' where id = '{again}' or parent_execution_id = '{again}';
            update workflow_executions set cost_usd = 0.25 where trace_id = '{shared}';
            update workflow_executions set status = 'failed' where id = '{second.GetProperty("id").GetString()}'
            """);
        var listing = host.Services.GetRequiredService<TraceListing>();

        var page = await listing.ListAsync(client.Workspace, null, 1, CancellationToken.None);
        var trace = Assert.Single(page);
        Assert.Equal((again, shared, 4L, "outer", 1m), (trace.Id, trace.TraceId, trace.Executions, trace.WorkflowName, trace.CostUsd));
        Assert.Equal([ExecutionStatus.Completed, ExecutionStatus.Failed], trace.Statuses.Order());
        Assert.True(trace.Ended > trace.Began);
        var older = Assert.Single(await listing.ListAsync(client.Workspace, trace.Id, 10, CancellationToken.None));
        Assert.Equal((first.GetProperty("traceId").GetString(), 2L), (older.TraceId, older.Executions));
        Assert.Empty(await listing.ListAsync(client.Workspace, older.Id, 10, CancellationToken.None));
        Assert.Empty(await listing.ListAsync(stranger.Workspace, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Metrics_count_runs_and_errors_group_failures()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform("counted"));
        for (var i = 0; i < 10; i++)
            await client.StartAsync(workflow);
        await host.Database.ExecuteAsync($$"""
            with numbered as (select id, row_number() over (order by id) n from workflow_executions where workspace_id = '{{client.Workspace}}')
            update workflow_executions e set
              status = case when n <= 6 then 'completed' when n <= 8 then 'failed' when n = 9 then 'cancelled' else 'pending' end,
              finished_at = case when n <= 9 then created_at + n * interval '100 milliseconds' end,
              error = case when n = 7 then '{"code": "http_500", "message": "old"}'::jsonb when n = 8 then '{"code": "http_500", "message": "new", "nodeId": "a"}'::jsonb end
            from numbered where numbered.id = e.id
            """);
        var metrics = (await client.GetAsync("/metrics")).Expect(HttpStatusCode.OK);
        Assert.Equal((10, 6, 2, 1, 1), (metrics["runs"].GetInt32(), metrics["completed"].GetInt32(), metrics["failed"].GetInt32(), metrics["cancelled"].GetInt32(), metrics["active"].GetInt32()));
        Assert.Equal(0.75, metrics["successRate"].GetDouble());
        var one = metrics["workflows"][0];
        Assert.Equal("counted", one.GetProperty("workflowName").GetString());
        Assert.Equal(500, one.GetProperty("p50Ms").GetDouble(), 3);
        Assert.Equal(860, one.GetProperty("p95Ms").GetDouble(), 3);

        var errors = (await client.GetAsync($"/errors?workflowId={workflow}")).Expect(HttpStatusCode.OK)["items"];
        Assert.Equal(1, errors.GetArrayLength());
        Assert.Equal(("http_500", 2, "new", "a"), (errors[0].GetProperty("code").GetString(), errors[0].GetProperty("count").GetInt32(), errors[0].GetProperty("message").GetString(), errors[0].GetProperty("nodeId").GetString()));
        Assert.Equal(0, (await client.GetAsync("/errors?to=2020-06-01&from=2020-05-01")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
    }

    [Fact]
    public async Task Costs_are_summed_by_what_is_asked_for()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        Guid one = Guid.CreateVersion7(), two = Guid.CreateVersion7();
        await host.Database.ExecuteAsync($"""
            insert into model_cost_logs (id, workspace_id, workflow_id, model_name, provider, input_tokens, output_tokens, tokens_total, cost_usd) values
              (gen_random_uuid(), '{client.Workspace}', '{one}', 'big', 'openai', 100, 10, 110, 0.30),
              (gen_random_uuid(), '{client.Workspace}', '{two}', 'big', 'openai', 200, 20, 220, 0.60),
              (gen_random_uuid(), '{client.Workspace}', '{one}', 'small', 'ollama', 50, 5, 55, null);
            update model_cost_logs set operation = 'embeddings' where workspace_id = '{client.Workspace}' and workflow_id = '{two}'
            """);
        var all = (await client.GetAsync("/costs")).Expect(HttpStatusCode.OK)["items"];
        Assert.Equal(0.9m, all[0].GetProperty("costUsd").GetDecimal());
        Assert.Equal(1, all[0].GetProperty("unpricedCalls").GetInt32());
        Assert.Equal(385, all[0].GetProperty("totalTokens").GetInt32());

        var grouped = (await client.GetAsync("/costs?groupBy=model,workflow,day")).Expect(HttpStatusCode.OK)["items"];
        Assert.Equal(3, grouped.GetArrayLength());
        Assert.Equal(0.6m, grouped[0].GetProperty("costUsd").GetDecimal());
        Assert.Equal(("big", two.ToString()), (grouped[0].GetProperty("group").GetProperty("model").GetString(), grouped[0].GetProperty("group").GetProperty("workflow").GetString()));
        Assert.Matches(@"^\d{4}-\d\d-\d\d$", grouped[0].GetProperty("group").GetProperty("day").GetString());
        Assert.Equal([("chat", 0.3m, 1), ("embeddings", 0.6m, 0)], (await client.GetAsync("/costs?groupBy=operation")).Expect(HttpStatusCode.OK)["items"].EnumerateArray()
            .Select(g => (g.GetProperty("group").GetProperty("operation").GetString(), g.GetProperty("costUsd").GetDecimal(), g.GetProperty("unpricedCalls").GetInt32())).Order());
        Assert.Equal(JsonValueKind.Array, (await client.GetAsync("/costs?groupBy=provider,node,agent,user")).Expect(HttpStatusCode.OK)["items"].ValueKind);
    }

    [Fact]
    public async Task An_execution_says_what_its_model_calls_have_cost()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var execution = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        Assert.Equal("0", (await client.GetAsync($"/executions/{execution}")).Expect(HttpStatusCode.OK)["costUsd"].GetRawText());
        await client.Host.Database.ExecuteAsync($"update workflow_executions set cost_usd = 0.0123000001 where id = '{execution}'");
        Assert.Equal("0.0123000001", (await client.GetAsync($"/executions/{execution}")).Expect(HttpStatusCode.OK)["costUsd"].GetRawText());
        Assert.Equal("0.0123000001", (await client.GetAsync("/executions")).Expect(HttpStatusCode.OK)["items"][0].GetProperty("costUsd").GetRawText());
    }

    [Fact]
    public async Task Links_lead_to_the_configured_backends()
    {
        await using var host = await ApiHost.StartAsync(executes: false, b =>
        {
            b.Configuration["Sos:Links:SigNoz"] = "http://signoz.example:8080/";
            b.Configuration["Sos:Links:Aspire"] = "https://aspire.example";
        });
        var client = await host.NewWorkspaceAsync();
        var accepted = (await client.PostAsync($"/workflows/{await client.SaveAsync(Definitions.Transform())}/executions")).Expect(HttpStatusCode.Accepted);
        var trace = accepted["traceId"].GetString();
        Assert.Equal($"http://signoz.example:8080/trace/{trace}", accepted["links"].GetProperty("signoz").GetString());
        Assert.Equal($"https://aspire.example/traces/detail/{trace}", accepted["links"].GetProperty("aspire").GetString());
        Assert.Equal($"/api/v1/traces/{trace}", accepted["links"].GetProperty("trace").GetString());
    }

    [Fact]
    public async Task Node_types_and_the_definition_schema_are_published()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var types = (await client.GetAsync("/node-types")).Expect(HttpStatusCode.OK)["items"];
        Assert.Contains(types.EnumerateArray(), t => t.GetProperty("name").GetString() == "http" && t.GetProperty("configSchema").GetProperty("type").GetString() == "object");
        Assert.Equal("foreach", (await client.GetAsync("/node-types/foreach")).Expect(HttpStatusCode.OK)["name"].GetString());
        using var http = client.Host.Anonymous();
        var schema = await http.GetAsync("/api/v1/schema/workflow.json");
        Assert.Equal("application/schema+json", schema.Content.Headers.ContentType?.MediaType);
        Assert.Contains("draft/2020-12", await schema.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expressions_can_be_tried_out()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var answer = (await client.PostAsync("/expressions/evaluate", """{"expression": "input.items.map(i, i * 2)", "variables": {"input": {"items": [1, 2]}}}""")).Expect(HttpStatusCode.OK);
        Assert.Equal("list", answer["type"].GetString());
        Assert.Equal([2, 4], answer["value"].EnumerateArray().Select(v => v.GetInt32()));
        Assert.Equal("int", (await client.PostAsync("/expressions/evaluate", """{"expression": "1 + 1"}""")).Expect(HttpStatusCode.OK)["type"].GetString());
    }
}
