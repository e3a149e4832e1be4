using System.Net;
using System.Net.Sockets;

namespace Sos.Testing.Otlp;

/// <summary>
/// A local port that the system accepts connections on and nobody ever reads from or answers: a backend that hangs
/// before it has said a word.
/// </summary>
public sealed class SilentPort : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SilentPort() => _listener.Start();

    /// <summary>The port as an HTTP address.</summary>
    public string Endpoint => $"http://{_listener.LocalEndpoint}";

    public void Dispose() => _listener.Dispose();
}
