using System.Net;
using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class BudgetTests
{
    [Fact]
    public async Task A_budget_is_set_shown_with_what_is_spent_changed_and_deleted()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform("costly"));
        await client.Host.Database.ExecuteAsync($"""
            insert into model_spend (workspace_id, workflow_id, day, cost_usd, calls) values
              ('{client.Workspace}', '{workflow}', (now() at time zone 'utc')::date, 1.25, 3),
              ('{client.Workspace}', gen_random_uuid(), (now() at time zone 'utc')::date, 0.5, 1),
              ('{client.Workspace}', '{workflow}', '2020-01-01', 100, 1)
            """);
        var month = (await client.PostAsync("/budgets", """{"period": "month", "limitUsd": 7}""")).Expect(HttpStatusCode.Created);
        var path = "/budgets/" + month["id"].GetString();
        Assert.Equal("/api/v1" + path, month.Response.Headers.Location?.ToString());
        Assert.Equal(("7", "1.75", "0.25"), (month["limitUsd"].GetRawText(), month["spentUsd"].GetRawText(), month["share"].GetRawText()));
        Assert.EndsWith("-01", month["periodStart"].GetString(), StringComparison.Ordinal);
        var day = (await client.PostAsync("/budgets", $$"""{"workflowId": "{{workflow}}", "period": "day", "limitUsd": 5}""")).Expect(HttpStatusCode.Created);
        Assert.Equal(("1.25", "costly"), (day["spentUsd"].GetRawText(), day["workflowName"].GetString()));
        var run = (await client.PostAsync("/budgets", """{"period": "run", "limitUsd": 0.10}""")).Expect(HttpStatusCode.Created);
        Assert.Equal(JsonValueKind.Null, run["spentUsd"].ValueKind);
        Assert.Equal(JsonValueKind.Null, run["periodStart"].ValueKind);

        Assert.Equal(3.5m, (await client.PutAsync(path, """{"limitUsd": 3.5}""")).Expect(HttpStatusCode.OK)["limitUsd"].GetDecimal());
        Assert.Equal(0.5m, (await client.GetAsync(path)).Expect(HttpStatusCode.OK)["share"].GetDecimal());
        Assert.Equal(["run", "month", "day"], (await client.GetAsync("/budgets")).Expect(HttpStatusCode.OK)["items"].EnumerateArray().Select(b => b.GetProperty("period").GetString()));
        (await client.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync(path)).ExpectProblem(404, "not_found");
        (await client.PutAsync(path, """{"limitUsd": 1}""")).ExpectProblem(404, "not_found");
        Assert.Equal("budget_created,budget_created,budget_created,budget_changed,budget_deleted", await client.Host.Database.QueryAsync<string>(
            $"select string_agg(event_type, ',' order by id) from event_logs where workspace_id = '{client.Workspace}'"));
    }

    [Fact]
    public async Task There_is_one_budget_for_a_workflow_and_period()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/budgets", """{"period": "day", "limitUsd": 1}""")).Expect(HttpStatusCode.Created);
        (await client.PostAsync("/budgets", """{"period": "day", "limitUsd": 2}""")).ExpectProblem(409, "budget_exists");
        (await client.PostAsync("/budgets", """{"period": "month", "limitUsd": 2}""")).Expect(HttpStatusCode.Created);
        var workflow = await client.SaveAsync(Definitions.Transform());
        (await client.PostAsync("/budgets", $$"""{"workflowId": "{{workflow}}", "period": "day", "limitUsd": 1}""")).Expect(HttpStatusCode.Created);
        (await client.PostAsync("/budgets", $$"""{"workflowId": "{{workflow}}", "period": "day", "limitUsd": 1}""")).ExpectProblem(409, "budget_exists");
    }

    [Theory]
    [InlineData("/period", """{"period": "year", "limitUsd": 1}""")]
    [InlineData("/limitUsd", """{"period": "day", "limitUsd": 0}""")]
    [InlineData("/limitUsd", """{"period": "day", "limitUsd": -5}""")]
    [InlineData("/limitUsd", """{"period": "day", "limitUsd": 1000000001}""")]
    [InlineData("/limitUsd", """{"period": "day", "limitUsd": 0.00000000001}""")]
    [InlineData("/workflowId", """{"workflowId": "0199c7a2-6f0a-7cc1-9d5e-1f2a3b4c5d6e", "period": "day", "limitUsd": 1}""")]
    public async Task What_is_wrong_is_said_where_it_is(string pointer, string body)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var refused = (await client.PostAsync("/budgets", body)).ExpectProblem(400, "invalid_budget");
        Assert.Equal(pointer, Assert.Single(refused["errors"].EnumerateArray()).GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task Budgets_are_nobody_elses_and_only_admins_set_them()
    {
        var host = await ApiHost.IdleAsync();
        var owner = await host.NewWorkspaceAsync();
        var stranger = await host.NewWorkspaceAsync();
        var workflow = await owner.SaveAsync(Definitions.Transform());
        var id = (await owner.PostAsync("/budgets", """{"period": "day", "limitUsd": 1}""")).Expect(HttpStatusCode.Created)["id"].GetString();
        (await stranger.GetAsync($"/budgets/{id}")).ExpectProblem(404, "not_found");
        (await stranger.PutAsync($"/budgets/{id}", """{"limitUsd": 1000}""")).ExpectProblem(404, "not_found");
        (await stranger.DeleteAsync($"/budgets/{id}")).ExpectProblem(404, "not_found");
        (await stranger.PostAsync("/budgets", $$"""{"workflowId": "{{workflow}}", "period": "day", "limitUsd": 1}""")).ExpectProblem(400, "invalid_budget");
        Assert.Equal(0, (await stranger.GetAsync("/budgets")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        var developer = await host.NewKeyAsync(owner.Workspace, "developer");
        (await developer.GetAsync("/budgets")).Expect(HttpStatusCode.OK);
        (await developer.PostAsync("/budgets", """{"period": "month", "limitUsd": 1}""")).ExpectProblem(403, "role_too_low");
        (await developer.PutAsync($"/budgets/{id}", """{"limitUsd": 1}""")).ExpectProblem(403, "role_too_low");
        (await developer.DeleteAsync($"/budgets/{id}")).ExpectProblem(403, "role_too_low");
    }
}
