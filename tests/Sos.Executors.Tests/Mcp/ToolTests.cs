using System.Text.Json;
using Sos.Executors.Mcp;
using Sos.Testing.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary>Tools of servers that others wrote: lists, results and errors.</summary>
public sealed class ToolTests
{
    [NpmFact]
    public async Task Tools_are_listed_with_their_schemas_and_hints()
    {
        await using var host = await McpHost.WithEverythingAsync();

        var tools = await host.ListAsync("everything");

        var sum = tools.Single(t => t.Name == "get-sum");
        Assert.Equal(("Get Sum Tool", "Returns the sum of two numbers", true, false), (sum.Title, sum.Description, sum.IsReadOnly, sum.IsDestructive));
        Assert.Equal("number", sum.InputSchema.GetProperty("properties").GetProperty("a").GetProperty("type").GetString());
        Assert.True(tools.Count > 5);
    }

    [NpmFact]
    public async Task Text_comes_as_text_and_structured_content_as_JSON()
    {
        await using var host = await McpHost.WithEverythingAsync();

        Assert.Equal("Echo: äöü 🙂", await host.TextAsync("everything", "echo", """{ "message": "äöü 🙂" }"""));
        var weather = await host.CallAsync("everything", "get-structured-content", """{ "location": "Chicago" }""");
        Assert.Equal((36, "Light rain / drizzle"), (weather.Content.GetProperty("temperature").GetInt32(), weather.Content.GetProperty("conditions").GetString()));
    }

    [NpmFact]
    public async Task Images_and_resources_are_described_not_carried()
    {
        await using var host = await McpHost.WithEverythingAsync();

        var image = await host.TextAsync("everything", "get-tiny-image");
        Assert.Matches(@"\[image, image/png, \d{4} bytes\]", image);
        var resource = await host.TextAsync("everything", "get-resource-reference", """{ "resourceType": "Text", "resourceId": 1 }""");
        Assert.Contains("[resource demo://resource/dynamic/text/1, text/plain]\n", resource, StringComparison.Ordinal);
        var blob = await host.TextAsync("everything", "get-resource-reference", """{ "resourceType": "Blob", "resourceId": 1 }""");
        Assert.Matches(@"\[resource demo://resource/dynamic/blob/1, [\w/]+, \d+ bytes\]", blob);
        var links = await host.TextAsync("everything", "get-resource-links", """{ "count": 2 }""");
        Assert.Equal(2, links.Split("[link to the resource ").Length - 1);
    }

    [NpmFact]
    public async Task A_tools_own_error_is_a_result_and_not_an_exception()
    {
        await using var host = await FilesystemAsync();

        var result = await host.CallAsync("files", "read_text_file", """{ "path": "/etc/passwd" }""");

        Assert.True(result.IsError);
        Assert.Contains("Access denied", result.Content.GetString(), StringComparison.Ordinal);
    }

    [NpmFact]
    public async Task Arguments_that_break_the_schema_are_refused_by_the_server()
    {
        await using var host = await McpHost.WithEverythingAsync();

        var result = await host.CallAsync("everything", "get-sum", """{ "a": "one" }""");

        Assert.True(result.IsError);
        Assert.Contains("Invalid arguments", result.Content.GetString(), StringComparison.Ordinal);
    }

    [NpmFact]
    public async Task Files_are_written_read_and_bounded_in_size()
    {
        await using var host = await FilesystemAsync();
        var path = Path.Combine(host.Folder, "served", "note.txt");

        var written = await host.CallAsync("files", "write_file", JsonSerializer.Serialize(new { path, content = "hello" }));
        Assert.False(written.IsError);
        Assert.Equal("hello", await File.ReadAllTextAsync(path));

        await File.WriteAllTextAsync(path, new string('x', 400_000));
        var large = await host.CallAsync("files", "read_text_file", JsonSerializer.Serialize(new { path }));
        Assert.Equal(400_000, large.Content.GetProperty("content").GetString()!.Length);

        await File.WriteAllTextAsync(path, new string('x', 3_000_000));
        var error = await host.CallErrorAsync("files", "read_text_file", JsonSerializer.Serialize(new { path }));
        Assert.Equal(("mcp_result_too_large", false), (error.Code, error.Retryable));
        Assert.Contains("at most 1048576", error.Message, StringComparison.Ordinal);
    }

    [NpmFact]
    public async Task An_unknown_tool_is_named_with_those_there_are()
    {
        await using var host = await McpHost.WithEverythingAsync();

        var error = await host.CallErrorAsync("everything", "no-such-tool");

        Assert.Equal(("mcp_tool_not_found", false), (error.Code, error.Retryable));
        Assert.Contains("has no tool 'no-such-tool'. It offers: echo, ", error.Message, StringComparison.Ordinal);
    }

    [NpmFact]
    public async Task A_JSON_RPC_error_is_a_protocol_error_with_its_code_and_words()
    {
        await using var host = McpHost.WithScript(["refuse"]);

        var error = await host.CallErrorAsync("scripted", "refuse");

        Assert.Equal(("mcp_protocol_error", "The MCP server 'scripted' refused the call of 'refuse': No such luck. (-32602)."), (error.Code, error.Message));
    }

    [Fact]
    public async Task An_unknown_server_is_named_with_those_the_workspace_may_use()
    {
        await using var host = new McpHost();
        host.Add("mine", new McpServerOptions { Command = "/bin/true", Workspaces = [McpHost.Workspace] });
        host.Add("theirs", new McpServerOptions { Command = "/bin/true", Workspaces = [Guid.NewGuid()] });
        host.Add("ours", new McpServerOptions { Command = "/bin/true" });

        Assert.Equal(["mine", "ours"], host.Servers.NamesFor(McpHost.Workspace));
        foreach (var name in (string[])["theirs", "/bin/sh"])
        {
            var error = await host.CallErrorAsync(name, "any");
            Assert.Equal(("mcp_server_not_found", $"There is no MCP server '{name}'. Configured are: mine, ours."), (error.Code, error.Message));
        }
        Assert.Empty(host.Started);
    }

    [Fact]
    public async Task Arguments_are_an_object()
    {
        await using var host = new McpHost();
        host.Add("any", new McpServerOptions { Command = "/bin/true" });

        Assert.Equal("mcp_invalid_arguments", (await host.CallErrorAsync("any", "tool", "[1]")).Code);
    }

    private static async Task<McpHost> FilesystemAsync()
    {
        var host = new McpHost();
        var served = Directory.CreateDirectory(Path.Combine(host.Folder, "served"));
        host.Add("files", new McpServerOptions { Command = NpmMcpServers.Node, Args = [await NpmMcpServers.FilesystemAsync(), served.FullName] });
        return host;
    }
}
