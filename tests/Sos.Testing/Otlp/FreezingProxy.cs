using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sos.Testing.Otlp;

/// <summary>
/// Stands between a client and a server and can stop carrying what is sent over the connections that there are, without
/// closing them: a network that forgot them, or a server whose machine is gone. New connections work.
/// </summary>
public sealed class FreezingProxy : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentBag<Task> _connections = [];
    readonly int _target;
    readonly Task _accepting;
    CancellationTokenSource _frozen = new();

    /// <summary>Starts a proxy for a server on this machine.</summary>
    public FreezingProxy(Uri target)
    {
        _target = target.Port;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The proxy as an HTTP address.</summary>
    public string Endpoint => $"http://{_listener.LocalEndpoint}";

    /// <summary>From now on the connections that there are carry nothing.</summary>
    public void Freeze() => Interlocked.Exchange(ref _frozen, new CancellationTokenSource()).Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token), _frozen.Token));
        }
        catch (OperationCanceledException)
        {
            // The proxy stops.
        }
    }

    async Task CarryAsync(TcpClient client, CancellationToken frozen)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(frozen, _stop.Token);
            await Task.WhenAny(CopyAsync(client, server, end.Token), CopyAsync(server, client, end.Token));
            // A frozen connection stays open, and nobody reads it.
            if (frozen.IsCancellationRequested)
                await Task.Delay(Timeout.Infinite, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    static async Task CopyAsync(TcpClient from, TcpClient to, CancellationToken cancellationToken)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream(), cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One of the two has gone, or the proxy was frozen.
        }
    }
}
