using Sos.Executors.Tests.Mcp;
using Sos.Executors.Tests.Nodes.Agent;
using Sos.Testing.Mcp;
using Sos.Testing.Models;

namespace Sos.Executors.Tests.Connectors;

/// <summary>Servers that others wrote as connectors, and connectors as tools of agents.</summary>
public sealed class McpConnectorTests
{
    [NpmFact]
    public async Task Tools_of_a_server_that_others_wrote_are_a_connectors_actions()
    {
        await using var engine = await ConnectorEngine.StartAsync(
            ("Sos:Mcp:Servers:everything:Command", NpmMcpServers.Node!), ("Sos:Mcp:Servers:everything:Args:0", await NpmMcpServers.EverythingAsync()));
        await engine.SaveAsync("""
            id: everything
            title: Everything
            providers:
              - { id: server, type: mcp, server: everything }
            """);
        await engine.SaveAsync("""
            id: sums
            title: Sums
            providers:
              - { id: gone, type: manifest, baseUrl: "http://127.0.0.1:1" }
              - id: server
                type: mcp
                server: everything
                actions: { add: { action: get-sum, with: { a: "{{ args.first }}", b: "{{ args.second }}" } } }
            actions:
              add: { title: Add, path: /add, parameters: { first: { type: number, required: true }, second: { type: number, default: 3 } } }
            """);
        var run = await engine.RunAsync("""{"connector": "everything", "action": "echo", "with": {"message": "hello"}}""");
        Assert.Contains("hello", run.Row.Output!.Value.GetProperty("data").GetRawText(), StringComparison.Ordinal);
        var span = Assert.Single(engine.Calls(run));
        Assert.Equal(("mcp", "server"), (span.GetTagItem("connector.provider"), span.GetTagItem("connector.routing_provider")));

        run = await engine.RunAsync("""{"connector": "sums", "action": "add", "with": {"first": 2}}""");
        Assert.Contains("5", run.Row.Output!.Value.GetProperty("data").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(("mcp", "connection"), (Assert.Single(engine.Calls(run)).GetTagItem("connector.provider"), Assert.Single(engine.Calls(run)).GetTagItem("connector.routing_reason")));

        Assert.Equal("mcp_tool_not_found", (await engine.FailAsync("""{"connector": "everything", "action": "no-such-tool"}""")).Code);
    }

    [Fact]
    public async Task An_agent_gives_an_action_what_its_author_did_not_fix()
    {
        await using var target = await Nodes.Http.HttpTarget.StartAsync("application/json", """{"number": 7}""");
        await using var agents = await AgentEngine.StartAsync();
        await agents.Engine.Database.ExecuteAsync("""
            insert into connectors (id, workspace_id, name, source, title, head, action_count)
            values ('0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e70', 'WORKSPACE', 'issues', 'manifest', 'Issues', '{"id": "issues", "title": "Issues", "baseUrl": "URL"}', 1);
            insert into connector_actions (connector_id, workspace_id, name, position, title, definition)
            values ('0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e70', 'WORKSPACE', 'create', 0, 'Create an issue',
              '{"title": "Create an issue", "method": "POST", "path": "/repos/{repo}/issues", "parameters": {"repo": {"schema": {"type": "string"}, "required": true}, "title": {"schema": {"type": "string"}, "required": true}, "body": {"schema": {"type": "string"}}}}')
            """.Replace("WORKSPACE", agents.Engine.Workspace.ToString(), StringComparison.Ordinal).Replace("URL", target.Url, StringComparison.Ordinal));
        agents.Server.Enqueue(ModelReply.Call("file_issue", new { title = "It broke", repo = "other" }), ModelReply.Call("file_issue", new { title = "It broke" }), ModelReply.Say("Done."));
        await agents.AnswerAsync(""" "tools": [ { "type": "connector", "name": "file_issue", "config": { "connector": "issues", "action": "create", "with": { "repo": "shop" } } } ] """);
        Assert.Equal("/repos/shop/issues", target.Request.Target);
        Assert.Equal("""{"title":"It broke"}""", target.Request.Body);
        Assert.Contains("invalid_arguments", agents.Server.Requests[1].ToolResults[0].Text, StringComparison.Ordinal);
        Assert.Contains("7", agents.Server.Requests[2].ToolResults[^1].Text, StringComparison.Ordinal);
    }
}
