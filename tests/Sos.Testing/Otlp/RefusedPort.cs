using System.Net;
using System.Net.Sockets;

namespace Sos.Testing.Otlp;

/// <summary>
/// A local port that refuses every connection for as long as this object lives: it is bound, so that nobody else
/// gets it, but never listens. A dead backend or database.
/// </summary>
public sealed class RefusedPort : IDisposable
{
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>The port's number.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>The port as an HTTP address.</summary>
    public string Endpoint => $"http://127.0.0.1:{Port}";

    public void Dispose() => _socket.Dispose();
}
