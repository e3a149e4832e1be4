using System.Net;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class WorkspaceWallTests
{
    [Fact]
    public async Task Nothing_of_a_workspace_is_there_for_another_one()
    {
        var host = await ApiHost.ExecutingAsync();
        var owner = await host.NewWorkspaceAsync();
        var stranger = await host.NewWorkspaceAsync();
        var workflow = await owner.SaveAsync(Definitions.Approval());
        var execution = await owner.StartAsync(workflow);
        var waiting = await owner.UntilAsync(execution, "waiting");
        var trace = waiting.GetProperty("traceId").GetString();
        var key = (await owner.PostAsync("/api-keys", """{"name": "k", "role": "viewer"}""")).Expect(HttpStatusCode.Created)["id"].GetString();

        var provider = (await owner.PostAsync("/model-providers", """{"name": "p", "kind": "openai", "apiKey": "k"}""")).Expect(HttpStatusCode.Created)["id"].GetString();
        var budget = (await owner.PostAsync("/budgets", """{"period": "day", "limitUsd": 1}""")).Expect(HttpStatusCode.Created)["id"].GetString();
        var price = (await owner.PutAsync("/model-prices", """{"provider": "p", "model": "m", "inputPerMillion": 1, "outputPerMillion": 1}""")).Expect(HttpStatusCode.OK)["id"].GetString();

        const string Credential = """{"name": "c", "type": "bearer", "secrets": {"token": "of-the-owner"}, "allowedHosts": ["example.com"]}""";
        var credential = (await owner.PostAsync("/credentials", Credential)).Expect(HttpStatusCode.Created)["id"].GetString();

        var schedule = (await owner.PostAsync("/schedules", $$"""{"name": "s", "workflowId": "{{workflow}}", "cron": "@yearly"}""")).Expect(HttpStatusCode.Created)["id"].GetString();
        var webhook = (await owner.PostAsync("/webhooks", WebhookTests.Body(workflow))).Expect(HttpStatusCode.Created)["id"].GetString();
        var mine = await stranger.SaveAsync(Definitions.Transform("mine"));

        (string Method, string Path, string? Body)[] requests =
        [
            ("GET", $"/schedules/{schedule}", null),
            ("PUT", $"/schedules/{schedule}", $$"""{"name": "s", "workflowId": "{{mine}}", "cron": "@daily"}"""),
            ("DELETE", $"/schedules/{schedule}", null),
            ("GET", $"/webhooks/{webhook}", null),
            ("PUT", $"/webhooks/{webhook}", WebhookTests.Body(mine)),
            ("POST", $"/webhooks/{webhook}/rotate", null),
            ("DELETE", $"/webhooks/{webhook}", null),
            ("GET", $"/workflows/{workflow}", null),
            ("PUT", $"/workflows/{workflow}", Definitions.Transform("stolen")),
            ("DELETE", $"/workflows/{workflow}", null),
            ("GET", $"/workflows/{workflow}/versions", null),
            ("GET", $"/workflows/{workflow}/versions/1", null),
            ("POST", $"/workflows/{workflow}/executions", "{}"),
            ("GET", $"/executions/{execution}", null),
            ("GET", $"/executions/{execution}?wait=1s", null),
            ("GET", $"/executions/{execution}/steps", null),
            ("GET", $"/executions/{execution}/events", null),
            ("POST", $"/executions/{execution}/cancel", null),
            ("POST", $"/executions/{execution}/pause", null),
            ("POST", $"/executions/{execution}/resume", null),
            ("POST", $"/executions/{execution}/step", null),
            ("POST", $"/executions/{execution}/approvals/ask", """{"decision": "approve"}"""),
            ("POST", $"/executions/{execution}/retry", null),
            ("POST", $"/executions/{execution}/rerun", """{"fromNode": "ask"}"""),
            ("GET", $"/traces/{trace}", null),
            ("DELETE", $"/api-keys/{key}", null),
            ("GET", $"/model-providers/{provider}", null),
            ("PUT", $"/model-providers/{provider}", """{"name": "p", "kind": "openai", "apiKey": "stolen"}"""),
            ("DELETE", $"/model-providers/{provider}", null),
            ("GET", $"/credentials/{credential}", null),
            ("PUT", $"/credentials/{credential}", Credential),
            ("DELETE", $"/credentials/{credential}", null),
            ("POST", $"/credentials/{credential}/test", null),
            ("POST", $"/credentials/{credential}/authorize", null),
            ("GET", $"/budgets/{budget}", null),
            ("PUT", $"/budgets/{budget}", """{"limitUsd": 1000}"""),
            ("DELETE", $"/budgets/{budget}", null),
            ("DELETE", $"/model-prices/{price}", null),
        ];
        foreach (var (method, path, body) in requests)
        {
            var answer = await stranger.SendAsync(new HttpMethod(method), path, body);
            Assert.True(answer.Status == HttpStatusCode.NotFound, $"{method} {path} gave {(int)answer.Status}: {answer.Text}");
            answer.ExpectProblem(404, "not_found");
        }
        foreach (var list in new[] { "/workflows", "/executions", $"/executions?workflowId={workflow}", $"/executions?traceId={trace}", "/metrics", "/errors", "/costs" })
            Assert.DoesNotContain(workflow, (await stranger.GetAsync(list)).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        foreach (var (list, id) in new[] { ("/api-keys", key), ("/model-providers", provider), ("/credentials", credential), ("/schedules", schedule), ("/webhooks", webhook), ("/budgets", budget), ("/model-prices", price), ("/workspace", owner.Workspace.ToString()) })
            Assert.DoesNotContain(id!, (await stranger.GetAsync(list)).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);

        // And nothing has happened to it.
        Assert.Equal("waiting", (await owner.GetAsync($"/executions/{execution}")).Expect(HttpStatusCode.OK)["status"].GetString());
        Assert.Equal(0, await host.Database.QueryAsync<long>($"select count(*) from execution_signals where execution_id = '{execution}'"));
        (await owner.GetAsync($"/workflows/{workflow}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_unknown_id_and_somebody_elses_look_the_same()
    {
        var host = await ApiHost.IdleAsync();
        var owner = await host.NewWorkspaceAsync();
        var stranger = await host.NewWorkspaceAsync();
        var workflow = await owner.SaveAsync(Definitions.Transform());
        var theirs = await stranger.GetAsync($"/workflows/{workflow}");
        var nobodys = await stranger.GetAsync($"/workflows/{Guid.CreateVersion7()}");
        Assert.Equal(nobodys.Status, theirs.Status);
        Assert.Equal(nobodys.Code, theirs.Code);
    }
}
