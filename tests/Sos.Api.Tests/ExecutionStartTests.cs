using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sos.Api.Executions;
using Sos.Api.Problems;
using Sos.Api.Tests.Support;
using Sos.Workflows.Store;

namespace Sos.Api.Tests;

public sealed class ExecutionStartTests
{
    [Fact]
    public async Task An_accepted_execution_is_a_row_before_the_answer_comes()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var accepted = (await client.PostAsync($"/workflows/{workflow}/executions", """{"input": {"n": 1}, "stepMode": true, "breakpoints": ["a"]}""")).Expect(HttpStatusCode.Accepted);
        var id = accepted["id"].GetString();

        Assert.Equal($"/api/v1/executions/{id}", accepted.Response.Headers.Location?.ToString());
        Assert.Equal("pending", accepted["status"].GetString());
        Assert.Equal(
            $"pending|{client.User}|true|a|{accepted["traceId"].GetString()}|1",
            await host.Database.QueryAsync<string>($"select concat_ws('|', status, user_id, step_mode::text, breakpoints[1], trace_id, input ->> 'n') from workflow_executions where id = '{id}'"));
        var traceparent = await host.Database.QueryAsync<string>($"select traceparent from workflow_executions where id = '{id}'");
        Assert.Matches($"^00-{accepted["traceId"].GetString()}-[0-9a-f]{{16}}-0[01]$", traceparent);
    }

    [Fact]
    public async Task The_clients_trace_goes_on_in_the_execution()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var accepted = await client.SendAsync(HttpMethod.Post, $"/workflows/{workflow}/executions", "{}", ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", accepted.Expect(HttpStatusCode.Accepted)["traceId"].GetString());
    }

    [Fact]
    public async Task Many_starts_at_once_are_all_accepted_in_few_transactions()
    {
        var host = await ApiHost.IdleAsync();
        ApiClient[] clients = [await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync()];
        var workflows = await Task.WhenAll(clients.Select(c => c.SaveAsync(Definitions.Transform())));
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => clients[i % 2].PostAsync($"/workflows/{workflows[i % 2]}/executions", "{}")));
        Assert.All(answers, a => a.Expect(HttpStatusCode.Accepted));
        foreach (var client in clients)
        {
            Assert.Equal(150, await host.Database.QueryAsync<long>($"select count(*) from workflow_executions where workspace_id = '{client.Workspace}'"));
        }
        var transactions = await host.Database.QueryAsync<long>($"select count(distinct xmin::text) from workflow_executions where workspace_id in ('{clients[0].Workspace}', '{clients[1].Workspace}')");
        Assert.InRange(transactions, 1, 150);
    }

    [Fact]
    public async Task Concurrent_starts_with_one_key_are_one_execution()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.PostAsync($"/workflows/{workflow}/executions", """{"input": 1}""", "order-7")));

        Assert.Single(answers.Select(a => a.Expect(HttpStatusCode.Accepted)["id"].GetString()).Distinct());
        Assert.Equal(39, answers.Count(a => a.Response.Headers.Contains("Idempotency-Replayed")));
        Assert.Equal(1, await host.Database.QueryAsync<long>($"select count(*) from workflow_executions where workspace_id = '{client.Workspace}'"));
        (await client.PostAsync($"/workflows/{workflow}/executions", """{"input": 2}""", "order-7")).ExpectProblem(422, "idempotency_key_reused");

        // Another workspace's key of the same name is another key.
        var other = await host.NewWorkspaceAsync();
        var otherWorkflow = await other.SaveAsync(Definitions.Transform());
        var theirs = (await other.PostAsync($"/workflows/{otherWorkflow}/executions", """{"input": 1}""", "order-7")).Expect(HttpStatusCode.Accepted);
        Assert.NotEqual(answers[0]["id"].GetString(), theirs["id"].GetString());
    }

    [Fact]
    public async Task A_row_that_the_database_refuses_fails_alone()
    {
        var host = await ApiHost.StartAsync(executes: false);
        await using var _ = host;
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        await host.Database.ExecuteAsync("alter table workflow_executions add constraint no_thirteen check (input <> '13')");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => client.PostAsync($"/workflows/{workflow}/executions", $$"""{"input": {{i}}}""")));
        for (var i = 0; i < answers.Length; i++)
        {
            if (i == 13)
                answers[i].ExpectProblem(500, "internal_error");
            else
                answers[i].Expect(HttpStatusCode.Accepted);
        }
    }

    [Fact]
    public async Task Input_is_held_to_the_workflows_schema()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync("""
            {"name": "s", "inputSchema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
             "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}
            """);
        var refused = (await client.PostAsync($"/workflows/{workflow}/executions", """{"input": {"id": "x"}}""")).ExpectProblem(400, "invalid_input");
        Assert.Equal("/input/id", refused["errors"][0].GetProperty("pointer").GetString());
        (await client.PostAsync($"/workflows/{workflow}/executions")).ExpectProblem(400, "invalid_input");
        (await client.PostAsync($"/workflows/{workflow}/executions", """{"input": {"id": 3}}""")).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_start_runs_the_version_that_it_names_or_the_latest_at_once_after_a_save()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        Assert.Equal(1, (await client.PostAsync($"/workflows/{workflow}/executions")).Expect(HttpStatusCode.Accepted)["version"].GetInt32());
        await client.PutAsync($"/workflows/{workflow}", Definitions.Transform(value: "2"));
        Assert.Equal(2, (await client.PostAsync($"/workflows/{workflow}/executions")).Expect(HttpStatusCode.Accepted)["version"].GetInt32());
        Assert.Equal(1, (await client.PostAsync($"/workflows/{workflow}/executions", """{"version": 1}""")).Expect(HttpStatusCode.Accepted)["version"].GetInt32());
        (await client.PostAsync($"/workflows/{workflow}/executions", """{"version": 9}""")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task With_wait_the_answer_is_the_ended_execution()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var done = await client.RunAsync(workflow, """{"n": 5}""");
        Assert.Equal("completed", done.GetProperty("status").GetString());
        Assert.Equal(5, done.GetProperty("output").GetProperty("n").GetInt32());
        Assert.NotEqual(JsonValueKind.Null, done.GetProperty("finishedAt").ValueKind);

        var again = (await client.PostAsync($"/workflows/{workflow}/executions?wait=30s", "{}", "k")).Expect(HttpStatusCode.OK);
        var replayed = (await client.PostAsync($"/workflows/{workflow}/executions?wait=30s", "{}", "k")).Expect(HttpStatusCode.OK);
        Assert.Equal(again["id"].GetString(), replayed["id"].GetString());
    }

    [Fact]
    public async Task Many_waiting_requests_are_all_answered()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Chain());
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.PostAsync($"/workflows/{workflow}/executions?wait=60s")));
        Assert.All(answers, a => Assert.Equal("abc", a.Expect(HttpStatusCode.OK)["output"].GetString()));
        Assert.Equal(100, answers.Select(a => a["id"].GetString()).Distinct().Count());
    }

    [Fact]
    public async Task A_burst_of_reads_waits_for_connections_and_is_answered()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = await client.StartAsync(await client.SaveAsync(Definitions.Transform()));
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => client.GetAsync($"/executions/{id}")));
        Assert.All(answers, a => a.Expect(HttpStatusCode.OK));
        var open = await client.Host.Database.QueryAsync<long>("select count(*) from pg_stat_activity where datname = current_database()");
        Assert.InRange(open, 1, 60);
    }

    [Fact]
    public async Task A_wait_that_is_too_short_ends_with_what_is_known()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Waiting());
        var accepted = (await client.PostAsync($"/workflows/{workflow}/executions?wait=10ms")).Expect(HttpStatusCode.Accepted);
        var id = accepted["id"].GetString()!;
        await client.UntilAsync(id, "waiting");
        Assert.Equal("waiting", (await client.GetAsync($"/executions/{id}?wait=10ms")).Expect(HttpStatusCode.OK)["status"].GetString());
        (await client.PostAsync($"/executions/{id}/cancel")).Expect(HttpStatusCode.Accepted);
        Assert.Equal("cancelled", (await client.GetAsync($"/executions/{id}?wait=60s")).Expect(HttpStatusCode.OK)["status"].GetString());
    }

    [Fact]
    public async Task Somebody_on_a_page_starts_an_execution_as_themselves_and_only_in_their_own_workspace()
    {
        var host = await ApiHost.IdleAsync();
        var (client, other) = (await host.NewWorkspaceAsync(), await host.NewWorkspaceAsync());
        var workflow = await client.SaveAsync("""{"name": "t", "inputSchema": {"type": "object", "required": ["n"]}, "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}""");
        var start = host.Services.GetRequiredService<ExecutionStart>();

        var receipt = await start.StartAsync(
            Holder(client), Guid.Parse(workflow), new StartExecutionRequest { Input = JsonElement.Parse("""{"n": 1}"""), StepMode = true, Breakpoints = ["a", "a"] }, CancellationToken.None);
        Assert.Equal(
            $"pending|{client.Workspace}|{client.User}|true|1|1",
            await host.Database.QueryAsync<string>($"select concat_ws('|', status, workspace_id, user_id, step_mode::text, cardinality(breakpoints), input ->> 'n') from workflow_executions where id = '{receipt.Id}'"));

        async Task<ProblemException> RefusedAsync(ApiClient who, StartExecutionRequest request) =>
            await Assert.ThrowsAsync<ProblemException>(() => start.StartAsync(Holder(who), Guid.Parse(workflow), request, CancellationToken.None));
        Assert.Equal("/input", Assert.Single((await RefusedAsync(client, new StartExecutionRequest())).Errors!).Pointer);
        Assert.Equal("/breakpoints/0", Assert.Single((await RefusedAsync(client, new StartExecutionRequest { Input = JsonElement.Parse("""{"n": 1}"""), Breakpoints = ["b"] })).Errors!).Pointer);
        Assert.Equal(404, (await RefusedAsync(client, new StartExecutionRequest { Version = 2 })).Status);
        Assert.Equal(404, (await RefusedAsync(other, new StartExecutionRequest { Input = JsonElement.Parse("""{"n": 1}""") })).Status);

        static KeyHolder Holder(ApiClient who) => new(Guid.CreateVersion7(), who.Workspace, who.Workspace, who.User, "developer", "k");
    }
}
