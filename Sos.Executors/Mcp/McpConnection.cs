using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sos.Executors.Mcp.Stdio;
using Sos.Executors.Mcp.Tools;

namespace Sos.Executors.Mcp;

/// <summary>One live session with one server, until it ends for whatever reason. Safe for concurrent calls.</summary>
internal sealed class McpConnection : IAsyncDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ToSignOff = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(10);

    // Far from the client's own, which count from 1, and still an int for servers that read one.
    private const long FirstRequestId = 1_000_000_000;

    private readonly McpServerReference server;
    private readonly McpClient client;
    private readonly ServerProcess? process;
    private readonly IDisposable? http;
    private readonly ToolList tools;
    private readonly TimeSpan callTimeout;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource ending = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastRequestId;
    private readonly Lock closing = new();
    private string? endReason;
    private Task? disposal;
    private volatile bool isClosing;
    private int probing;

    /// <summary>Takes over a session and what carries it: a process, or an HTTP client.</summary>
    public McpConnection(McpServerReference server, McpClient client, ServerProcess? process, IDisposable? http, ToolList tools, TimeSpan callTimeout, TimeProvider time)
    {
        (this.server, this.client, this.process, this.http, this.tools, this.callTimeout, this.time) = (server, client, process, http, tools, callTimeout, time);
        _ = WatchAsync();
    }

    /// <summary>Ends with the session.</summary>
    public Task Ended => ended.Task;

    /// <summary>Whether calls make no sense any more.</summary>
    public bool HasEnded => EndReason is not null;

    /// <summary>Why the session ended, as the end of a sentence; null while it lasts.</summary>
    public string? EndReason => Volatile.Read(ref endReason);

    /// <summary>The session as the server knows it; null over stdio, and for servers without sessions.</summary>
    public string? SessionId => client.SessionId;

    /// <summary>The version of MCP that both sides speak.</summary>
    public string? ProtocolVersion => client.NegotiatedProtocolVersion;

    /// <summary>The server's tools, from memory where that is fresh.</summary>
    /// <param name="maxAge">Ask again if what is known is older; null for the configured time.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<IReadOnlyList<McpTool>> ListToolsAsync(TimeSpan? maxAge, CancellationToken cancellationToken) =>
        AskAsync("for its tools", stop => tools.GetAsync(client, server, maxAge, stop), cancellationToken);

    /// <summary>A number for a request that the client itself will not give.</summary>
    public long NextRequestId() => FirstRequestId + Interlocked.Increment(ref lastRequestId);

    /// <summary>Calls a tool.</summary>
    public async Task<CallToolResult> CallAsync(long requestId, CallToolRequestParams call, CancellationToken cancellationToken)
    {
        var request = new JsonRpcRequest
        {
            Id = new RequestId(requestId),
            Method = RequestMethods.ToolsCall,
            Params = JsonSerializer.SerializeToNode(call, McpJsonUtilities.DefaultOptions.GetTypeInfo<CallToolRequestParams>()),
        };
        return await AskAsync(
            $"the call of '{call.Name}'",
            async stop => Read((await client.SendRequestAsync(request, stop)).Result),
            cancellationToken);
    }

    /// <summary>Ends the session because of something that the next one may do without.</summary>
    public void End(string reason)
    {
        if (Interlocked.CompareExchange(ref endReason, reason, null) is not null)
            return;
        ended.SetResult();
        ending.Cancel();
    }

    public ValueTask DisposeAsync()
    {
        lock (closing)
        {
            isClosing = isClosing || !HasEnded; // before anybody hears of the end; one that has ended by itself was not stopped
            return new ValueTask(disposal ??= CloseAsync());
        }
    }

    private async Task CloseAsync()
    {
        End("SOS stopped it");
        // The process first: while it lives, the client waits for its output.
        if (process is not null)
            await process.DisposeAsync();
        try
        {
            // Over HTTP this tells the server, which may be gone.
            await client.DisposeAsync().AsTask().WaitAsync(ToSignOff, CancellationToken.None);
        }
        catch (Exception e) when (e is TimeoutException or IOException or HttpRequestException or OperationCanceledException)
        {
            // The session is over whether or not the server has heard.
        }
        http?.Dispose();
    }

    private static CallToolResult Read(JsonNode? result) =>
        result.Deserialize(McpJsonUtilities.DefaultOptions.GetTypeInfo<CallToolResult>()) ?? throw new JsonException("The result is null.");

    private async Task<T> AskAsync<T>(string what, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        if (EndReason is { } over && !isClosing)
            throw new McpCallException(McpFailures.Crashed(server, what, over, null).Error) { NothingSent = true };
        using var timeout = new CancellationTokenSource(callTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, ending.Token);
        try
        {
            // Waited for from outside, because a write to a process that does not read can't be cancelled.
            return await ask(stop.Token).WaitAsync(stop.Token);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (EndReason is { } reason)
            {
                throw isClosing
                    ? McpFailures.Stopping(server)
                    : new McpCallException(McpFailures.Crashed(server, what, reason, e).Error, e) { NothingSent = McpFailures.From(e, server, what).NothingSent };
            }
            if (timeout.IsCancellationRequested)
            {
                _ = ProbeAsync();
                throw McpFailures.CallTimeout(server, what, callTimeout, e);
            }
            var failure = IsCutOff(e) ? McpFailures.Crashed(server, what, "it closed the connection without an answer", e) : McpFailures.From(e, server, what);
            if (failure.Error.Code == "mcp_server_crashed")
            {
                // The pipe has closed a moment before the process's end is noticed.
                await Task.WhenAny(ended.Task, Task.Delay(LastWords * 2, time, cancellationToken));
                if (EndReason is { } end)
                    failure = new McpCallException(McpFailures.Crashed(server, what, end, e).Error, e) { NothingSent = failure.NothingSent };
            }
            if (failure.NothingSent || failure.IsServersFault || failure.Error.Code == "mcp_server_crashed")
                End(failure.Message);
            throw failure;
        }
    }

    // The client's words for an answer that broke off and could not be resumed.
    private static bool IsCutOff(Exception exception) =>
        exception is McpException and not McpProtocolException && exception.Message.Contains("without a reply", StringComparison.Ordinal);

    private async Task WatchAsync()
    {
        var left = client.Completion;
        if (process is null)
        {
            await left;
            End("the server closed the session");
            return;
        }
        await Task.WhenAny(process.Exited, left);
        if (process.Exited.IsCompleted)
            await Task.WhenAny(left, Task.Delay(LastWords, time)); // an answer may still be in the pipe
        else
            await Task.WhenAny(process.Exited, Task.Delay(LastWords, time));
        End(process.Output.IsLineTooLong ? $"it sent a message of more than {ServerProcess.MaxMessageBytes} bytes"
            : process.Exited.IsCompleted ? $"its process ended with exit code {process.ExitCode}"
            : "it closed its output");
    }

    // One slow call is the tool's affair; a program that answers nothing at all is replaced.
    private async Task ProbeAsync()
    {
        if (process is null || Interlocked.Exchange(ref probing, 1) == 1)
            return;
        using var limit = new CancellationTokenSource(SignOfLife, time);
        try
        {
            await client.ListToolsAsync(new ListToolsRequestParams(), limit.Token).AsTask().WaitAsync(limit.Token);
        }
        catch (McpProtocolException)
        {
            // An error is an answer.
        }
        catch (Exception)
        {
            End($"it answered nothing for {SignOfLife.TotalSeconds:0} s after a call had timed out");
        }
        Volatile.Write(ref probing, 0);
    }
}
