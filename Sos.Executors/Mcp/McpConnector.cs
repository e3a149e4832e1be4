using System.Net.Http.Headers;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sos.Executors.Mcp.Http;
using Sos.Executors.Mcp.Stdio;
using Sos.Executors.Mcp.Tools;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp;

/// <summary>Starts or calls servers and introduces SOS to them.</summary>
internal sealed partial class McpConnector(McpOptions options, OutboundGuard guard, TimeProvider time, ILogger<McpServers> logger) : IAsyncDisposable
{
    private static readonly Implementation Ourselves = new()
    {
        Name = "sos",
        Title = "SOS",
        Version = typeof(McpConnector).Assembly.GetName().Version?.ToString(3) ?? "0.0.0",
    };

    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(500);

    private readonly ServerFolders folders = new();

    /// <summary>Connects to a server.</summary>
    /// <param name="server">The server.</param>
    /// <param name="settings">Its settings; the defaults for one that a workflow names by URL.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing of it is left.</param>
    /// <exception cref="McpCallException">It can't be started or called.</exception>
    public Task<McpConnection> ConnectAsync(McpServerReference server, McpServerOptions settings, CancellationToken cancellationToken) =>
        settings.Command is null ? CallAsync(server, settings, cancellationToken) : StartAsync(server, settings, cancellationToken);

    public ValueTask DisposeAsync() => folders.DisposeAsync();

    private async Task<McpConnection> StartAsync(McpServerReference server, McpServerOptions settings, CancellationToken cancellationToken)
    {
        var name = server.Name!;
        var errorLog = new StandardErrorLog(name, time, logger);
        var process = await ServerProcess.StartAsync(name, settings, folders, errorLog, bytes => LogGarbage(logger, name, bytes));
        LogStarted(logger, name, process.Id);
        var tools = new ToolList(options, time, logger);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var introduction = McpClient.CreateAsync(new StreamClientTransport(process.Input, process.Output), Introduction(settings, tools), loggerFactory: null, given.Token);
            // A program that ends at once is not waited for until the time is up.
            await Task.WhenAny(introduction, process.Exited).WaitAsync(cancellationToken);
            if (!introduction.IsCompletedSuccessfully)
            {
                await Task.WhenAny(process.Exited, Task.Delay(LastWords, time, cancellationToken));
                await given.CancelAsync();
                if (process.Exited.IsCompleted)
                    throw NotStarted(name, $"its process ended with exit code {process.ExitCode}. What it printed is in the executor's log at debug level.");
                if (process.Output.IsLineTooLong)
                    throw NotStarted(name, $"it sent a message of more than {ServerProcess.MaxMessageBytes} bytes.");
                if (introduction.Exception?.InnerException is IOException)
                    throw NotStarted(name, "it closed its output.");
            }
            return new McpConnection(server, await introduction.WaitAsync(cancellationToken), process, http: null, tools, settings.CallTimeout, time);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private async Task<McpConnection> CallAsync(McpServerReference server, McpServerOptions settings, CancellationToken cancellationToken)
    {
        // The operator's own address may be anywhere.
        var handler = OutboundHttp.CreateHandler(server.Url is null ? guard.Anywhere : guard);
        var http = new HttpClient(new BoundedHttpHandler(handler, ServerProcess.MaxMessageBytes)) { Timeout = Timeout.InfiniteTimeSpan };
        var tools = new ToolList(options, time, logger);
        try
        {
            var transport = new HttpClientTransport(
                new HttpClientTransportOptions
                {
                    Endpoint = server.Url ?? new Uri(settings.Url!),
                    TransportMode = HttpTransportMode.StreamableHttp,
                    AdditionalHeaders = HeadersFor(server, settings),
                    MaxReconnectionAttempts = 2,
                },
                http);
            var client = await McpClient.CreateAsync(transport, Introduction(settings, tools), loggerFactory: null, cancellationToken).WaitAsync(cancellationToken);
            LogConnected(logger, server);
            return new McpConnection(server, client, process: null, http, tools, settings.CallTimeout, time);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    private static McpClientOptions Introduction(McpServerOptions settings, ToolList tools) => new()
    {
        ClientInfo = Ourselves,
        InitializationTimeout = settings.StartTimeout,
        Handlers = new McpClientHandlers
        {
            NotificationHandlers =
            [
                new(NotificationMethods.ToolListChangedNotification, (_, _) =>
                {
                    tools.Invalidate();
                    return ValueTask.CompletedTask;
                }),
            ],
        },
    };

    private static Dictionary<string, string> HeadersFor(McpServerReference server, McpServerOptions settings)
    {
        var headers = new Dictionary<string, string>(server.Url is null ? settings.Headers : server.Headers, StringComparer.OrdinalIgnoreCase);
        if (settings.Token is { } token)
            headers["Authorization"] = new AuthenticationHeaderValue("Bearer", token).ToString();
        return headers;
    }

    private static McpCallException NotStarted(string name, string why) =>
        new(new NodeError("mcp_server_unavailable", $"The MCP server '{name}' does not start: {why}") { Retryable = true }) { IsServersFault = true };

    [LoggerMessage(Level = LogLevel.Information, Message = "Started MCP server {Server} as process {ProcessId}.")]
    private static partial void LogStarted(ILogger logger, string server, int processId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to MCP server {Server}.")]
    private static partial void LogConnected(ILogger logger, McpServerReference server);

    [LoggerMessage(Level = LogLevel.Debug, Message = "MCP server {Server} printed {Bytes} bytes to its standard output that are not a message.")]
    private static partial void LogGarbage(ILogger logger, string server, int bytes);
}
