using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sos.Executors.Mcp;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;
using Sos.Testing.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary>SOS's side of MCP with the servers that a test configures.</summary>
internal sealed class McpHost : IAsyncDisposable
{
    public static readonly Guid Workspace = Guid.NewGuid();

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sos-mcp-tests-");
    private readonly Dictionary<string, McpServerOptions> servers = [];
    private readonly Lazy<McpServers> mcp;
    private readonly LogList log = new();

    public McpHost(TimeProvider? time = null, OutboundOptions? outbound = null, Action<McpOptions>? change = null) => mcp = new(() =>
    {
        var options = new McpOptions { Servers = new Dictionary<string, McpServerOptions>(servers, StringComparer.OrdinalIgnoreCase) };
        change?.Invoke(options);
        return new McpServers(Options.Create(options), new OutboundGuard(Options.Create(outbound ?? new OutboundOptions())), time ?? TimeProvider.System, log);
    });

    public McpServers Servers => mcp.Value;

    public string Folder => folder.FullName;

    public IReadOnlyCollection<string> Log => log.Lines;

    /// <summary>The processes that were started so far, in order.</summary>
    public IReadOnlyList<int> Started => [.. log.Lines.Where(l => l.StartsWith("Started MCP server", StringComparison.Ordinal)).Select(l => int.Parse(l.TrimEnd('.').Split(' ')[^1], null))];

    public static async Task<McpHost> WithEverythingAsync(TimeProvider? time = null, Action<McpOptions>? change = null)
    {
        var host = new McpHost(time, change: change);
        host.Add("everything", new McpServerOptions { Command = NpmMcpServers.Node, Args = [await NpmMcpServers.EverythingAsync(), "stdio"] });
        return host;
    }

    /// <summary>A host with the scripted server, as <c>scripted</c>.</summary>
    public static McpHost WithScript(string[] tools, TimeProvider? time = null, Action<McpOptions>? change = null, Action<McpServerOptions>? changeServer = null)
    {
        var host = new McpHost(time, change: change);
        var script = Path.Combine(host.Folder, "server.mjs");
        File.WriteAllText(script, ScriptedServer.Script);
        host.SetTools(tools);
        var server = new McpServerOptions { Command = NpmMcpServers.Node, Args = [script], Env = { ["TOOLS_FILE"] = host.ToolsFile } };
        changeServer?.Invoke(server);
        host.Add("scripted", server);
        return host;
    }

    /// <summary>A host with a shell script, as <c>shell</c>.</summary>
    public static McpHost WithShell(string script, TimeProvider? time = null, TimeSpan? startTimeout = null)
    {
        var host = new McpHost(time);
        host.Add("shell", new McpServerOptions { Command = "/bin/sh", Args = ["-c", script], StartTimeout = startTimeout ?? TimeSpan.FromSeconds(30) });
        return host;
    }

    private string ToolsFile => Path.Combine(Folder, "tools");

    public void Add(string name, McpServerOptions server) => servers[name] = server;

    public McpServerOptions Server(string name) => servers[name];

    public void SetTools(params string[] tools) => File.WriteAllLines(ToolsFile, tools);

    public Task<McpToolResult> CallAsync(string server, string tool, string arguments = "{}", CancellationToken cancellationToken = default) =>
        Servers.CallAsync(McpServerReference.Named(Workspace, server), tool, JsonElement.Parse(arguments), cancellationToken);

    /// <summary>Calls a tool that answers with text.</summary>
    public async Task<string> TextAsync(string server, string tool, string arguments = "{}")
    {
        var result = await CallAsync(server, tool, arguments);
        Assert.False(result.IsError, result.Content.ToString());
        return result.Content.GetString()!;
    }

    public async Task<int> NumberAsync(string server, string tool) => int.Parse(await TextAsync(server, tool), null);

    public Task<IReadOnlyList<McpTool>> ListAsync(string server) => Servers.ListToolsAsync(McpServerReference.Named(Workspace, server), default);

    public async Task<NodeError> CallErrorAsync(string server, string tool, string arguments = "{}") =>
        (await Assert.ThrowsAsync<McpCallException>(() => CallAsync(server, tool, arguments))).Error;

    public async Task<NodeError> ListErrorAsync(string server) =>
        (await Assert.ThrowsAsync<McpCallException>(() => ListAsync(server))).Error;

    /// <summary>A session of its own with a configured server, without supervision.</summary>
    public async Task<(McpConnector Connector, McpConnection Connection)> ConnectAsync(string server)
    {
        var connector = new McpConnector(new McpOptions(), new OutboundGuard(Options.Create(new OutboundOptions())), TimeProvider.System, log);
        return (connector, await connector.ConnectAsync(McpServerReference.Named(Workspace, server), servers[server], default));
    }

    public async ValueTask DisposeAsync()
    {
        if (mcp.IsValueCreated)
            await mcp.Value.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private sealed class LogList : ILogger<McpServers>
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IReadOnlyCollection<string> Lines => lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception));
    }
}

/// <summary>Looks at processes and waits for what they do.</summary>
internal static class Processes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether a process runs; one that has ended and was not yet buried does not.</summary>
    public static async Task<bool> IsAliveAsync(int process)
    {
        var start = new ProcessStartInfo("ps", ["-o", "stat=", "-p", process.ToString(System.Globalization.CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        using var ps = Process.Start(start)!;
        var state = (await ps.StandardOutput.ReadToEndAsync()).Trim();
        await ps.WaitForExitAsync();
        return state.Length > 0 && state[0] != 'Z';
    }

    public static Task GoneAsync(int process) => UntilAsync(async () => !await IsAliveAsync(process), $"the end of process {process}");

    public static void Kill(int process)
    {
        using var victim = Process.GetProcessById(process);
        victim.Kill();
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"{what} did not happen within {Patience.TotalSeconds:0} s");
            await timer.WaitForNextTickAsync();
        }
    }
}
