using System.Net;
using System.Net.Sockets;

namespace Sos.Api.Hosting;

/// <summary>Where single-process mode listens: one address, known before anything starts.</summary>
/// <param name="Listen">What Kestrel binds.</param>
/// <param name="Base">How this machine reaches it, without a slash at the end.</param>
internal sealed record ListenAddress(string Listen, Uri Base)
{
    public const string Default = "http://localhost:5080";

    /// <summary>The address that <c>--urls</c> or <c>ASPNETCORE_URLS</c> names; port 0 becomes a free one.</summary>
    /// <exception cref="StartException">It can't be read, or its port is taken.</exception>
    public static ListenAddress Find(string? urls)
    {
        var text = urls?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? Default;
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(text);
        }
        catch (FormatException e)
        {
            throw new StartException($"'{text}' is no address to listen on ({e.Message}). Use one such as --urls {Default}");
        }
        if (address.Scheme != "http" || address.IsUnixPipe || address.IsNamedPipe)
            throw new StartException($"Single-process mode listens on http only, not on '{text}'. Put a proxy in front of it for https.");
        var isName = !IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip);
        var port = Probe(isName || ip!.Equals(IPAddress.Any) ? IPAddress.Loopback : ip.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : ip, address.Port);
        var everywhere = isName && address.Host != "localhost" || ip is not null && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        return new ListenAddress($"http://{address.Host}:{port}", new Uri($"http://{(everywhere ? "localhost" : address.Host)}:{port}"));
    }

    /// <summary>One sentence for a port that is taken.</summary>
    public static StartException Taken(int port) =>
        new($"Port {port} is in use by another program (perhaps another SOS). Stop that one, or start with another address, such as --urls http://localhost:{port + 1}");

    private static int Probe(IPAddress ip, int port)
    {
        try
        {
            using var probe = new TcpListener(ip, port);
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken(port);
        }
        catch (SocketException e)
        {
            throw new StartException($"Can't listen on {ip}, port {port}: {e.Message}.");
        }
    }
}
