using System.Net;
using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class ExecutionControlTests
{
    [Fact]
    public async Task A_waiting_execution_is_cancelled_once()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Waiting()));
        await client.UntilAsync(id, "waiting");
        (await client.PostAsync($"/executions/{id}/cancel")).Expect(HttpStatusCode.Accepted);
        await client.UntilAsync(id, "cancelled");
        (await client.PostAsync($"/executions/{id}/cancel")).ExpectProblem(409, "execution_ended");
    }

    [Fact]
    public async Task A_breakpoint_pauses_and_resume_goes_on()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Chain());
        var id = await client.StartAsync(workflow, """{"breakpoints": ["c"]}""");
        (await client.PostAsync($"/executions/{id}/approvals/c", """{"decision": "approve"}""")).ExpectProblem(404, "not_waiting_for_approval");
        var paused = await client.UntilAsync(id, "paused");
        Assert.Equal(["c"], paused.GetProperty("pausedBefore").EnumerateArray().Select(n => n.GetString()));
        (await client.PostAsync($"/executions/{id}/pause")).ExpectProblem(409, "already_paused");
        (await client.PostAsync($"/executions/{id}/retry")).ExpectProblem(409, "execution_not_ended");

        (await client.PostAsync($"/executions/{id}/resume")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("abc", (await client.UntilAsync(id, "completed")).GetProperty("output").GetString());
        (await client.PostAsync($"/executions/{id}/resume")).ExpectProblem(409, "execution_ended");
    }

    [Fact]
    public async Task Step_mode_runs_one_node_per_step()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Chain()), """{"stepMode": true}""");
        foreach (var next in new[] { "a", "b", "c" })
        {
            await Eventually.TrueAsync(async () =>
            {
                var now = (await client.GetAsync($"/executions/{id}")).Expect(HttpStatusCode.OK);
                return now["status"].GetString() == "paused" && now["pausedBefore"].EnumerateArray().Any(n => n.GetString() == next);
            }, $"a pause before {next}");
            (await client.PostAsync($"/executions/{id}/step")).Expect(HttpStatusCode.Accepted);
        }
        await client.UntilAsync(id, "completed");
    }

    [Fact]
    public async Task Resume_and_step_need_a_paused_execution()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        (await client.PostAsync($"/executions/{id}/resume")).ExpectProblem(409, "not_paused");
        (await client.PostAsync($"/executions/{id}/step")).ExpectProblem(409, "not_paused");
        (await client.PostAsync($"/executions/{id}/pause")).Expect(HttpStatusCode.Accepted);
        var kinds = await client.Host.Database.QueryAsync<string>($"select string_agg(kind || seq, ',' order by seq) from execution_signals where execution_id = '{id}'");
        Assert.Equal("pause1", kinds);
    }

    [Theory]
    [InlineData("approve", "went ahead")]
    [InlineData("reject", "did not")]
    public async Task A_decision_takes_its_branch(string decision, string output)
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Approval()));
        await client.UntilAsync(id, "waiting");
        (await client.PostAsync($"/executions/{id}/approvals/ask", $$"""{"decision": "{{decision}}", "comment": "because"}""")).Expect(HttpStatusCode.Accepted);
        Assert.Equal(output, (await client.UntilAsync(id, "completed")).GetProperty("output").GetString());
        var step = (await client.GetAsync($"/executions/{id}/steps")).Expect(HttpStatusCode.OK)["items"].EnumerateArray().Single(s => s.GetProperty("nodeId").GetString() == "ask");
        Assert.Equal("because", step.GetProperty("output").GetProperty("comment").GetString());
        Assert.Equal(client.User.ToString(), step.GetProperty("output").GetProperty("userId").GetString());
        (await client.PostAsync($"/executions/{id}/approvals/ask", """{"decision": "approve"}""")).ExpectProblem(409, "execution_ended");
    }

    [Fact]
    public async Task Only_the_named_people_decide_and_only_once()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var ada = await host.NewKeyAsync(client.Workspace, "developer", $"ada-{client.Workspace:N}@example.com");
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Approval()));
        await host.Database.ExecuteAsync($$"""
            update workflow_executions set status = 'waiting' where id = '{{id}}';
            insert into execution_steps (execution_id, node_id, workspace_id, type, status, state)
            values ('{{id}}', 'ask', '{{client.Workspace}}', 'approval', 'waiting', '{"approvers": ["ADA-{{client.Workspace:N}}@example.com"]}'),
                   ('{{id}}', 'yes', '{{client.Workspace}}', 'transform', 'running', null)
            """);
        (await client.PostAsync($"/executions/{id}/approvals/ask", """{"decision": "approve"}""")).ExpectProblem(403, "not_an_approver");
        (await ada.PostAsync($"/executions/{id}/approvals/yes", """{"decision": "approve"}""")).ExpectProblem(409, "not_waiting_for_approval");
        (await ada.PostAsync($"/executions/{id}/approvals/ghost", """{"decision": "approve"}""")).ExpectProblem(404, "not_waiting_for_approval");
        (await ada.PostAsync($"/executions/{id}/approvals/ask?iteration=1", """{"decision": "approve"}""")).ExpectProblem(404, "not_waiting_for_approval");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ada.PostAsync($"/executions/{id}/approvals/ask", """{"decision": "approve"}""")));
        Assert.Single(answers, a => a.Status == HttpStatusCode.Accepted);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Accepted), a => a.ExpectProblem(409, "already_decided"));
        Assert.Equal("pending", await host.Database.QueryAsync<string>($"select status from workflow_executions where id = '{id}'"));
    }

    [Fact]
    public async Task A_retry_takes_over_what_completed_and_runs_the_rest_again()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        // b fails for ever until its workflow is another; so look at which steps ran.
        var workflow = await client.SaveAsync("""
            {"name": "r",
             "nodes": [{"id": "a", "type": "transform", "config": {"value": "a"}},
                       {"id": "b", "type": "fail", "config": {"message": "no", "code": "nope"}},
                       {"id": "c", "type": "transform", "config": {"value": "c"}}],
             "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}]}
            """);
        var first = (await client.PostAsync($"/workflows/{workflow}/executions?wait=60s")).Expect(HttpStatusCode.OK);
        Assert.Equal("nope", first["error"].GetProperty("code").GetString());
        var id = first["id"].GetString();

        var retried = (await client.PostAsync($"/executions/{id}/retry", null, "again")).Expect(HttpStatusCode.Accepted);
        var sameRetry = (await client.PostAsync($"/executions/{id}/retry", null, "again")).Expect(HttpStatusCode.Accepted);
        var second = retried["id"].GetString()!;
        Assert.Equal(second, sameRetry["id"].GetString());
        var ended = await client.UntilAsync(second, "failed");
        Assert.Equal(id, ended.GetProperty("sourceExecutionId").GetString());
        Assert.Equal("retry", ended.GetProperty("sourceKind").GetString());
        Assert.NotEqual(first["traceId"].GetString(), ended.GetProperty("traceId").GetString());

        var steps = (await client.GetAsync($"/executions/{second}/steps")).Expect(HttpStatusCode.OK)["items"].EnumerateArray().ToDictionary(s => s.GetProperty("nodeId").GetString()!);
        Assert.Equal(first["traceId"].GetString(), steps["a"].GetProperty("traceId").GetString()); // copied
        Assert.Equal(ended.GetProperty("traceId").GetString(), steps["b"].GetProperty("traceId").GetString()); // ran again
    }

    [Fact]
    public async Task A_rerun_runs_a_node_and_what_follows_it()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Chain());
        var first = await client.RunAsync(workflow);
        var id = first.GetProperty("id").GetString();
        (await client.PostAsync($"/executions/{id}/retry")).ExpectProblem(409, "nothing_to_retry");
        (await client.PostAsync($"/executions/{id}/rerun", """{"fromNode": "ghost"}""")).ExpectProblem(400, "unknown_node");
        (await client.PostAsync($"/executions/{id}/rerun", """{"fromNode": "b", "version": 7}""")).ExpectProblem(400, "unknown_version");

        var again = (await client.PostAsync($"/executions/{id}/rerun", """{"fromNode": "b"}""")).Expect(HttpStatusCode.Accepted)["id"].GetString()!;
        var ended = await client.UntilAsync(again, "completed");
        Assert.Equal("abc", ended.GetProperty("output").GetString());
        var traces = (await client.GetAsync($"/executions/{again}/steps")).Expect(HttpStatusCode.OK)["items"].EnumerateArray()
            .ToDictionary(s => s.GetProperty("nodeId").GetString()!, s => s.GetProperty("traceId").GetString());
        Assert.Equal(first.GetProperty("traceId").GetString(), traces["a"]);
        Assert.Equal(ended.GetProperty("traceId").GetString(), traces["b"]);
        Assert.Equal(ended.GetProperty("traceId").GetString(), traces["c"]);

        // With a later version, also what that one has otherwise runs again.
        (await client.PutAsync($"/workflows/{workflow}", Definitions.Chain().Replace("steps.a }}b", "steps.a }}B", StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        var corrected = (await client.PostAsync($"/executions/{id}/rerun", """{"fromNode": "c", "version": 2}""")).Expect(HttpStatusCode.Accepted)["id"].GetString()!;
        ended = await client.UntilAsync(corrected, "completed");
        Assert.Equal(("aBc", 2), (ended.GetProperty("output").GetString(), ended.GetProperty("version").GetInt32()));

        await client.DeleteAsync($"/workflows/{workflow}");
        (await client.PostAsync($"/executions/{id}/rerun", """{"fromNode": "b"}""")).ExpectProblem(409, "workflow_deleted");
    }

    [Fact]
    public async Task Steps_come_in_pages_in_the_order_in_which_they_started()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var done = await client.RunAsync(await client.SaveAsync(Definitions.Chain()));
        var path = $"/executions/{done.GetProperty("id").GetString()}/steps?limit=2";
        var page = (await client.GetAsync(path)).Expect(HttpStatusCode.OK);
        var rest = (await client.GetAsync($"{path}&cursor={page["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["a", "b", "c"], page["items"].EnumerateArray().Concat(rest["items"].EnumerateArray()).Select(s => s.GetProperty("nodeId").GetString()));
        Assert.False(rest.Body.TryGetProperty("next", out _));
        var step = page["items"][1];
        Assert.Equal("completed", step.GetProperty("status").GetString());
        Assert.Equal("ab", step.GetProperty("output").GetString());
        Assert.Equal(JsonValueKind.Number, step.GetProperty("latencyMs").ValueKind);
    }

    [Fact]
    public async Task Lists_filter_and_page_executions()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var one = await client.SaveAsync(Definitions.Transform("one"));
        var two = await client.SaveAsync(Definitions.Transform("two"));
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
            ids.Insert(0, await client.StartAsync(i % 2 == 0 ? one : two));
        await client.Host.Database.ExecuteAsync($"update workflow_executions set status = 'failed' where id = '{ids[0]}'");
        var trace = await client.Host.Database.QueryAsync<string>($"select trace_id::text from workflow_executions where id = '{ids[2]}'");

        Assert.Equal(ids, await IdsAsync(""));
        Assert.Equal([ids[1], ids[3]], await IdsAsync($"?workflowId={one}"));
        Assert.Equal([ids[0]], await IdsAsync("?status=failed"));
        Assert.Equal([ids[2]], await IdsAsync($"?traceId={trace}"));
        Assert.Empty(await IdsAsync("?to=2020-01-01"));
        Assert.Equal(ids, await IdsAsync($"?from={DateTimeOffset.UtcNow.AddMinutes(-5):yyyy-MM-ddTHH:mm:ssZ}&to={DateTimeOffset.UtcNow.AddMinutes(5):yyyy-MM-ddTHH:mm:ss}%2B00:00"));
        var page = (await client.GetAsync("/executions?limit=3")).Expect(HttpStatusCode.OK);
        Assert.Equal([ids[3]], await IdsAsync($"?limit=3&cursor={page["next"].GetString()}"));

        async Task<List<string>> IdsAsync(string query) =>
            [.. (await client.GetAsync("/executions" + query)).Expect(HttpStatusCode.OK)["items"].EnumerateArray().Select(e => e.GetProperty("id").GetString()!)];
    }
}
