using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using Sos.Executors.Mcp.Tools;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp;

/// <summary>The MCP servers that this process talks to: which there are, what tools they offer, and calls of these.</summary>
/// <remarks>Each server has one connection that all calls share; see <c>docs/mcp.md</c>.</remarks>
internal sealed class McpServers : IAsyncDisposable, IDisposable
{
    // After this, a tool that is not known is looked for once more.
    private static readonly TimeSpan FreshEnough = TimeSpan.FromSeconds(5);

    private static readonly McpServerOptions Unconfigured = new();

    private readonly McpOptions options;
    private readonly McpConnector connector;
    private readonly TimeProvider time;
    private readonly ILogger<McpServers> logger;
    private readonly Dictionary<string, SupervisedServer> servers = [];
    private bool stopped;

    public McpServers(IOptions<McpOptions> options, OutboundGuard guard, TimeProvider time, ILogger<McpServers> logger)
    {
        (this.options, this.time, this.logger) = (options.Value, time, logger);
        connector = new McpConnector(this.options, guard, time, logger);
    }

    /// <summary>The names of the configured servers that a workspace may use, in order.</summary>
    public IReadOnlyList<string> NamesFor(Guid workspaceId) =>
        [.. options.Servers.Where(s => s.Value.IsFor(workspaceId)).Select(s => s.Key).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The tools that a server offers.</summary>
    /// <exception cref="McpCallException">The server is not there or does not answer.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer wants to know.</exception>
    public async Task<IReadOnlyList<McpTool>> ListToolsAsync(McpServerReference server, CancellationToken cancellationToken) =>
        await Supervised(server, SettingsOf(server)).UseAsync(connection => connection.ListToolsAsync(maxAge: null, cancellationToken), cancellationToken);

    /// <summary>Calls a tool.</summary>
    /// <param name="server">The server.</param>
    /// <param name="tool">The tool's name.</param>
    /// <param name="arguments">Its arguments: an object, or undefined or null for none.</param>
    /// <param name="cancellationToken">The server is told when the caller gives up.</param>
    /// <param name="startSpan">Starts the call's span (a node's <c>StartSpan</c>); null for a plain child of the current span.</param>
    /// <returns>What the tool answered, also if it says that it failed.</returns>
    /// <exception cref="McpCallException">There is no answer; the error says why, and whether another attempt may go better.</exception>
    /// <exception cref="OperationCanceledException">The caller no longer wants the answer.</exception>
    public async Task<McpToolResult> CallAsync(
        McpServerReference server, string tool, JsonElement arguments, CancellationToken cancellationToken, SpanStarter? startSpan = null)
    {
        var settings = SettingsOf(server);
        var given = Arguments(tool, arguments);
        using var telemetry = new McpTelemetry(server, settings, tool, startSpan, time);
        try
        {
            var result = await Supervised(server, settings).UseAsync(connection => CallAsync(connection, server, tool, given, telemetry, cancellationToken), cancellationToken);
            if (result.IsError)
                telemetry.ToolFailed();
            return result;
        }
        catch (Exception e)
        {
            telemetry.Failed(e);
            throw;
        }
    }

    /// <summary>Ends all connections and processes; calls that are under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        SupervisedServer[] all;
        lock (servers)
        {
            stopped = true;
            all = [.. servers.Values];
            servers.Clear();
        }
        await Task.WhenAll(all.Select(server => server.DisposeAsync().AsTask()));
        await connector.DisposeAsync();
    }

    /// <summary>The same without waiting for it, for containers that are disposed synchronously; what the process's end cuts short, the guard completes.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private async Task<McpToolResult> CallAsync(
        McpConnection connection, McpServerReference server, string tool, Dictionary<string, JsonElement>? arguments, McpTelemetry telemetry, CancellationToken cancellationToken)
    {
        var tools = await connection.ListToolsAsync(maxAge: null, cancellationToken);
        if (!tools.Any(t => t.Name == tool))
        {
            tools = await connection.ListToolsAsync(FreshEnough, cancellationToken);
            if (!tools.Any(t => t.Name == tool))
                throw McpFailures.ToolNotFound(server, tool, tools);
        }
        var requestId = connection.NextRequestId();
        var call = new CallToolRequestParams { Name = tool, Arguments = arguments };
        if (telemetry.Sending(connection, tool, requestId) is var (traceParent, traceState))
        {
            call.Meta = new JsonObject { ["traceparent"] = traceParent };
            if (traceState is { Length: > 0 })
                call.Meta["tracestate"] = traceState;
        }
        var what = $"the call of '{tool}'";
        var result = await connection.CallAsync(requestId, call, cancellationToken);
        try
        {
            return ToolResults.Read(result, server, what, options.MaxResultBytes);
        }
        catch (FormatException e)
        {
            throw McpFailures.Malformed(server, what, "an image or resource is not Base64.", e);
        }
    }

    private static Dictionary<string, JsonElement>? Arguments(string tool, JsonElement arguments) => arguments.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        JsonValueKind.Object => arguments.EnumerateObject().GroupBy(a => a.Name, StringComparer.Ordinal).ToDictionary(a => a.Key, a => a.Last().Value, StringComparer.Ordinal),
        _ => throw new McpCallException(new NodeError("mcp_invalid_arguments", $"The arguments of the tool '{tool}' are a JSON object, not {arguments.ValueKind}.")),
    };

    private McpServerOptions SettingsOf(McpServerReference server)
    {
        if (server.Url is not null)
            return Unconfigured;
        return options.Servers.FirstOrDefault(s => s.Key.Equals(server.Name, StringComparison.OrdinalIgnoreCase)).Value is { } settings && settings.IsFor(server.WorkspaceId)
            ? settings
            : throw McpFailures.NotFound(server.Name!, NamesFor(server.WorkspaceId));
    }

    private SupervisedServer Supervised(McpServerReference server, McpServerOptions settings)
    {
        lock (servers)
        {
            if (stopped)
                throw McpFailures.Stopping(server);
            if (servers.TryGetValue(server.Key, out var known))
                return known;
            if (server.Url is not null)
                MakeRoom();
            return servers[server.Key] = new SupervisedServer(server, settings, connector, options.IdleTimeout, time, logger);
        }
    }

    // Names are limited by the configuration, URLs only here.
    private void MakeRoom()
    {
        var byUrl = servers.Where(s => s.Key.StartsWith("url:", StringComparison.Ordinal)).ToArray();
        if (byUrl.Length < options.MaxUrlServers)
            return;
        var resting = byUrl.Where(s => s.Value.IsIdle).ToArray();
        if (resting.Length == 0)
            throw McpFailures.TooManyServers(options.MaxUrlServers);
        var (key, longest) = resting.MinBy(s => s.Value.LastUse);
        servers.Remove(key);
        _ = longest.DisposeAsync().AsTask();
    }
}
