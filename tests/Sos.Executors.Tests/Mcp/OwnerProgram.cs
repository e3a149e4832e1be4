using System.Text.Json;
using Sos.Executors.Mcp;
using Sos.Executors.Tests.Files;

namespace Sos.Executors.Tests.Mcp;

/// <summary>This assembly as a program: a process that uses an MCP server until it is killed.</summary>
internal static class OwnerProgram
{
    public static async Task<int> Main(string[] args)
    {
        if (args is [FileWriterProgram.Verb, ..])
            return await FileWriterProgram.RunAsync(args);
        if (args is not ["mcp-owner", var node, var script])
            return 2;
        await using var host = new McpHost();
        host.SetTools("pid", "child", "where");
        host.Add("owned", new McpServerOptions { Command = node, Args = [script], Env = { ["TOOLS_FILE"] = Path.Combine(host.Folder, "tools") } });
        var report = new
        {
            server = await host.NumberAsync("owned", "pid"),
            child = await host.NumberAsync("owned", "child"),
            folder = await host.TextAsync("owned", "where"),
            tools = host.Folder,
        };
        Console.WriteLine($"ready {JsonSerializer.Serialize(report)}");
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
        return 0;
    }
}
