using System.Net;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class WorkspaceTests
{
    [Fact]
    public async Task Content_is_kept_only_after_an_admin_switched_that_on()
    {
        var host = await ApiHost.IdleAsync();
        var admin = await host.NewWorkspaceAsync();
        var viewer = await host.NewKeyAsync(admin.Workspace, "viewer");
        var developer = await host.NewKeyAsync(admin.Workspace, "developer");
        var other = await host.NewWorkspaceAsync();
        var before = (await viewer.GetAsync("/workspace")).Expect(HttpStatusCode.OK);
        Assert.Equal((admin.Workspace.ToString(), "w", false), (before["id"].GetString(), before["name"].GetString(), before["keepModelContent"].GetBoolean()));
        (await developer.SendAsync(HttpMethod.Patch, "/workspace", """{"keepModelContent": true}""")).ExpectProblem(403, "role_too_low");
        Assert.True((await admin.SendAsync(HttpMethod.Patch, "/workspace", """{"keepModelContent": true}""")).Expect(HttpStatusCode.OK)["keepModelContent"].GetBoolean());
        Assert.True((await admin.SendAsync(HttpMethod.Patch, "/workspace", "{}")).Expect(HttpStatusCode.OK)["keepModelContent"].GetBoolean());
        Assert.False((await other.GetAsync("/workspace")).Expect(HttpStatusCode.OK)["keepModelContent"].GetBoolean());
        (await admin.SendAsync(HttpMethod.Patch, "/workspace", """{"name": "mine"}""")).ExpectProblem(400, "unknown_property");
        Assert.Equal("""workspace_settings_changed true""", await host.Database.QueryAsync<string>(
            $"select string_agg(event_type || ' ' || (context ->> 'keepModelContent'), ',') from event_logs where workspace_id = '{admin.Workspace}'"));
    }

    [Fact]
    public async Task Conversations_are_listed_page_by_page_and_forgotten_one_by_one()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        var stranger = await host.NewWorkspaceAsync();
        (string Agent, string Conversation, int Messages)[] rows = [("helper", "a/b ü", 3), ("helper", "second", 1), ("other", "a/b ü", 2)];
        foreach (var (agent, conversation, messages) in rows)
        {
            await host.Database.ExecuteAsync($$"""
                insert into conversation_messages (workspace_id, agent_id, conversation, execution_id, node_id, iteration, position, message)
                select '{{client.Workspace}}', '{{agent}}', '{{conversation}}', '{{Guid.CreateVersion7()}}', 'n', '', n, '{"content": "private"}' from generate_series(1, {{messages}}) n
                """);
        }
        var first = (await client.GetAsync("/conversations?limit=2")).Expect(HttpStatusCode.OK);
        var second = (await client.GetAsync($"/conversations?limit=2&cursor={first["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal([("other", "a/b ü", 2), ("helper", "second", 1), ("helper", "a/b ü", 3)],
            first["items"].EnumerateArray().Concat(second["items"].EnumerateArray()).Select(c => (c.GetProperty("agentId").GetString(), c.GetProperty("id").GetString(), c.GetProperty("messages").GetInt32())));
        Assert.False(second.Body.TryGetProperty("next", out _));
        Assert.DoesNotContain("private", first.Text + second.Text, StringComparison.Ordinal);
        Assert.Equal(2, (await client.GetAsync("/conversations?agentId=helper")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());

        var name = "agentId=helper&conversation=" + Uri.EscapeDataString("a/b ü");
        (await stranger.DeleteAsync("/conversations?" + name)).ExpectProblem(404, "not_found");
        Assert.Equal(0, (await stranger.GetAsync("/conversations")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        (await (await host.NewKeyAsync(client.Workspace, "viewer")).DeleteAsync("/conversations?" + name)).ExpectProblem(403, "role_too_low");
        (await client.DeleteAsync("/conversations?" + name)).Expect(HttpStatusCode.NoContent);
        (await client.DeleteAsync("/conversations?" + name)).ExpectProblem(404, "not_found");
        (await client.DeleteAsync("/conversations?agentId=helper")).ExpectProblem(400, "invalid_parameter");
        (await client.GetAsync($"/conversations?cursor={(await client.GetAsync("/conversations?limit=1"))["next"].GetString()}x")).ExpectProblem(400, "invalid_cursor");
        Assert.Equal(3, await host.Database.QueryAsync<long>($"select count(*) from conversation_messages where workspace_id = '{client.Workspace}'"));
    }
}
