namespace Sos.Executors.Mcp;

/// <summary>
/// One server with at most one connection: made on first use, shared, made again when it has ended, given up when nobody
/// has used it for a while.
/// </summary>
internal sealed partial class SupervisedServer : IAsyncDisposable
{
    private readonly McpServerReference server;
    private readonly McpServerOptions settings;
    private readonly McpConnector connector;
    private readonly TimeSpan idleTimeout;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    private readonly Lock gate = new();
    private readonly RestartPolicy restarts;
    private readonly SemaphoreSlim turns;
    private readonly ITimer idle;
    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<Task> closing = [];
    private Task<McpConnection>? current;
    private int users;

    public SupervisedServer(McpServerReference server, McpServerOptions settings, McpConnector connector, TimeSpan idleTimeout, TimeProvider time, ILogger logger)
    {
        (this.server, this.settings, this.connector, this.idleTimeout, this.time, this.logger) = (server, settings, connector, idleTimeout, time, logger);
        restarts = new RestartPolicy(time);
        turns = new SemaphoreSlim(settings.MaxConcurrentCalls);
        using (ExecutionContext.SuppressFlow())
            idle = time.CreateTimer(_ => CloseIfIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When it was last used.</summary>
    public long LastUse { get; private set; }

    /// <summary>Whether nobody uses it at the moment.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
                return users == 0;
        }
    }

    /// <summary>Does something with the connection, as soon as there is a turn and a connection.</summary>
    /// <remarks>A request that did not reach a connection which was just ending is sent once more over the next one.</remarks>
    /// <exception cref="McpCallException">There is no connection, or what was done failed.</exception>
    public async Task<T> UseAsync<T>(Func<McpConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await turns.WaitAsync(cancellationToken);
            try
            {
                try
                {
                    return await use(await ConnectedAsync(cancellationToken));
                }
                catch (McpCallException e) when (e.NothingSent)
                {
                    return await use(await ConnectedAsync(cancellationToken));
                }
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Ends the connection; calls that are under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await idle.DisposeAsync();
        Task<McpConnection>? last;
        lock (gate)
        {
            last = current;
            current = null;
        }
        if (last is not null)
            await CloseAsync(last);
        Task[] rest;
        lock (gate)
            rest = [.. closing];
        await Task.WhenAll(rest);
    }

    private void Enter()
    {
        lock (gate)
        {
            users++;
            LastUse = time.GetTimestamp();
            if (!stopping.IsCancellationRequested)
                idle.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Leave()
    {
        lock (gate)
        {
            LastUse = time.GetTimestamp();
            if (--users == 0 && !stopping.IsCancellationRequested)
                idle.Change(idleTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private void CloseIfIdle()
    {
        lock (gate)
        {
            if (users > 0 || current is null || stopping.IsCancellationRequested)
                return;
            if (!current.IsCompleted)
            {
                idle.Change(idleTimeout, Timeout.InfiniteTimeSpan); // still starting
                return;
            }
            LogIdle(logger, server, idleTimeout);
            Close(current);
            current = null;
        }
    }

    // The caller's cancellation ends its own wait, not the start that others may wait for.
    private Task<McpConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (stopping.IsCancellationRequested)
                throw McpFailures.Stopping(server);
            if (current is { IsCompleted: true, IsCompletedSuccessfully: false })
                current = null;
            if (current is not null)
                RetireIfEnded(current);
            if (current is null)
            {
                var delay = restarts.NextDelay(out var unavailableFor);
                if (unavailableFor is { } rest)
                    throw McpFailures.Resting(server, rest);
                // Without the caller's context: the connection outlives the call, and its spans are not the call's.
                using (ExecutionContext.SuppressFlow())
                {
                    current = Task.Run(() => ConnectAsync(delay), CancellationToken.None);
                    _ = WatchAsync(current);
                }
            }
            return current.WaitAsync(cancellationToken);
        }
    }

    private async Task<McpConnection> ConnectAsync(TimeSpan delay)
    {
        using var timeout = new CancellationTokenSource(settings.StartTimeout + delay, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping.Token);
        try
        {
            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, time, stop.Token);
            return await connector.ConnectAsync(server, settings, stop.Token);
        }
        catch (Exception e)
        {
            if (stopping.IsCancellationRequested)
                throw McpFailures.Stopping(server);
            var failure = timeout.IsCancellationRequested || e is TimeoutException
                ? McpFailures.StartTimeout(server, settings.StartTimeout, e)
                : McpFailures.From(e, server, "the introduction");
            LogNotConnected(logger, server, failure.Message);
            if (failure.IsServersFault || failure.Error.Code == "mcp_server_crashed")
            {
                lock (gate)
                    restarts.Failed();
            }
            // Not to be tried once more at once, unlike a request over a connection that has just ended.
            throw new McpCallException(failure.Error, e);
        }
    }

    private async Task WatchAsync(Task<McpConnection> connecting)
    {
        await Task.WhenAny(connecting);
        if (!connecting.IsCompletedSuccessfully)
            return; // its callers have been told
        await (await connecting).Ended;
        lock (gate)
            RetireIfEnded(connecting);
    }

    // Under the gate. Either the watch or the next caller is first; a connection that is closed on purpose is not current any more.
    private void RetireIfEnded(Task<McpConnection> connection)
    {
        if (current != connection || connection is not { IsCompletedSuccessfully: true, Result.HasEnded: true })
            return;
        LogEnded(logger, server, connection.Result.EndReason!);
        restarts.Failed();
        Close(connection);
        current = null;
    }

    // Under the gate.
    private void Close(Task<McpConnection> connection)
    {
        var close = Task.Run(() => CloseAsync(connection), CancellationToken.None);
        closing.Add(close);
        close.ContinueWith(
            done =>
            {
                lock (gate)
                    closing.Remove(done);
            },
            TaskScheduler.Default);
    }

    private async Task CloseAsync(Task<McpConnection> connection)
    {
        try
        {
            await (await connection).DisposeAsync();
        }
        catch (McpCallException)
        {
            // It never came to a connection, which its callers have been told.
        }
        catch (Exception e)
        {
            LogNotClosed(logger, server, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "MCP server {Server} ended: {Reason}.")]
    private static partial void LogEnded(ILogger logger, McpServerReference server, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to MCP server {Server}: {Problem}")]
    private static partial void LogNotConnected(ILogger logger, McpServerReference server, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "MCP server {Server} was not used for {Time} and is stopped.")]
    private static partial void LogIdle(ILogger logger, McpServerReference server, TimeSpan time);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MCP server {Server} could not be stopped in order: {Problem}")]
    private static partial void LogNotClosed(ILogger logger, McpServerReference server, string problem);
}
