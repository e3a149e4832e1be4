using System.Net;
using System.Net.Sockets;

namespace Sos.Testing.Otlp;

/// <summary>A local port that accepts every connection and resets it at once: what stands behind a balancer without a backend.</summary>
public sealed class ResettingPort : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    int _connections;

    public ResettingPort()
    {
        _listener.Start(512);
        _ = ResetAsync();
    }

    /// <summary>The port as an HTTP address.</summary>
    public string Endpoint => $"http://{_listener.LocalEndpoint}";

    /// <summary>How many connections were reset so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public void Dispose() => _listener.Dispose();

    async Task ResetAsync()
    {
        try
        {
            while (true)
            {
                using var accepted = await _listener.AcceptSocketAsync();
                accepted.LingerState = new LingerOption(true, 0);
                Interlocked.Increment(ref _connections);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The port is closed.
        }
    }
}
