using System.Net;
using System.Net.Sockets;

namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>Stands before a server at other addresses, and can lose what it is told to commit.</summary>
internal sealed class PostgresRelay : IAsyncDisposable
{
    private readonly List<TcpListener> listeners = [];
    private readonly List<Task> accepting;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int serverPort;
    private readonly bool losesCommits;
    private int accepted;
    private volatile Socket? committing;

    private PostgresRelay(int serverPort, bool losesCommits, string[] addresses)
    {
        (this.serverPort, this.losesCommits) = (serverPort, losesCommits);
        foreach (var address in addresses)
        {
            var listener = new TcpListener(IPAddress.Parse(address), Port);
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
            listeners.Add(listener);
        }
        accepting = [.. listeners.Select(AcceptAsync)];
    }

    /// <summary>The same at each address.</summary>
    public int Port { get; }

    /// <summary>How many connections there have been.</summary>
    public int Accepted => Volatile.Read(ref accepted);

    /// <summary>Ends when a commit did not reach the server.</summary>
    public Task CommitLost => lost.Task;

    public static PostgresRelay Start(int serverPort, params string[] addresses) => new(serverPort, losesCommits: false, addresses);

    /// <summary>Loses a commit, and breaks its connection once somebody connects to cancel it, which fails.</summary>
    public static PostgresRelay StartLosingCommits(int serverPort) => new(serverPort, losesCommits: true, ["127.0.0.1"]);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var listener in listeners)
            listener.Stop();
        await Task.WhenAll(accepting);
        stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        List<Task> relaying = [];
        while (!stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
            Interlocked.Increment(ref accepted);
            if (committing is { } broken)
            {
                Reset(client);
                Reset(broken);
                continue;
            }
            relaying.Add(RelayAsync(client));
        }
        await Task.WhenAll(relaying);
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        await server.ConnectAsync(IPAddress.Loopback, serverPort, stop.Token);
        await Task.WhenAll(CopyAsync(client, server, isFromClient: true), CopyAsync(server, client, isFromClient: false));
        client.Dispose();
    }

    private async Task CopyAsync(Socket from, Socket to, bool isFromClient)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, stop.Token) is > 0 and var count)
            {
                if (losesCommits && isFromClient && buffer.AsSpan(0, count).IndexOf("COMMIT\0"u8) >= 0)
                {
                    committing = from;
                    lost.TrySetResult();
                }
                if (committing is null)
                    await to.SendAsync(buffer.AsMemory(0, count), stop.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            to.Dispose(); // the other side learns of it
        }
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
