using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Sos.Executors.Outbound;

/// <summary>
/// The proxy that requests go through where <see cref="OutboundOptions.Proxy"/> names one. Every connection, for http as
/// for https, is a tunnel (<c>CONNECT</c>, RFC 9110 §9.3.6), so that what was checked here is what the proxy connects to.
/// </summary>
internal sealed class OutboundProxy
{
    private const int MaxAnswerBytes = 16 * 1024;

    private readonly Uri url;
    private readonly string? authorization;
    private readonly OutboundRule[] except;

    private OutboundProxy(Uri url, OutboundOptions options)
    {
        this.url = url;
        except = [.. options.NoProxy.Select(OutboundRule.Parse)];
        ResolvesNames = options.ProxyResolvesNames;
        if (url.UserInfo.Length > 0)
            authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo)));
    }

    /// <summary>Whether the proxy is told names rather than addresses.</summary>
    public bool ResolvesNames { get; }

    /// <summary>The configured proxy; null for none.</summary>
    public static OutboundProxy? Of(OutboundOptions options) =>
        string.IsNullOrWhiteSpace(options.Proxy) ? null : new OutboundProxy(new Uri(options.Proxy), options);

    /// <summary>What is wrong with the setting; null if nothing. Repeats no password.</summary>
    public static string? Problem(OutboundOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Proxy))
            return options.ProxyResolvesNames ? $"{OutboundOptions.Section}:ProxyResolvesNames goes with {OutboundOptions.Section}:Proxy, which is not set." : null;
        return Uri.TryCreate(options.Proxy, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { PathAndQuery: "/", Fragment: "", Host.Length: > 0 }
            ? null
            : $"The setting {OutboundOptions.Section}:Proxy is not a proxy's address such as http://proxy.internal:3128, with user:password@ before the host where it asks for them.";
    }

    /// <summary>Whether requests to a host go there directly.</summary>
    public bool Spares(string host, int port) => Array.Exists(except, r => r.CoversHost(host, port));

    /// <inheritdoc cref="Spares(string, int)"/>
    public bool Spares(IPAddress address, int port) => Array.Exists(except, r => r.CoversAddress(address, port));

    /// <summary>Opens a tunnel.</summary>
    /// <param name="host">An address that was checked, or a name where <see cref="ResolvesNames"/> holds.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OutboundProxyException">The proxy opens none.</exception>
    public async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var target = string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        var stream = await OpenAsync(cancellationToken);
        try
        {
            var request = $"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{(authorization is null ? "" : $"Proxy-Authorization: {authorization}\r\n")}\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            var status = await StatusAsync(stream, cancellationToken);
            return status is >= 200 and < 300 ? stream : throw Refused(target, status);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(url.IdnHost, url.Port, cancellationToken);
            _ = socket.RemoteEndPoint; // as in the guard
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (url.Scheme != Uri.UriSchemeHttps)
                return stream;
            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost }, cancellationToken);
            return tls;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException or IOException or AuthenticationException)
                throw new OutboundProxyException($"The proxy {url.Host}:{url.Port} can't be reached: {e.Message}.", isRetryable: e is not AuthenticationException);
            throw;
        }
    }

    // Behind the tunnel, the other side waits for the first byte: what is read here is the proxy's alone.
    private async Task<int> StatusAsync(Stream stream, CancellationToken cancellationToken)
    {
        var answer = new byte[MaxAnswerBytes];
        var length = 0;
        while (length < answer.Length)
        {
            var read = await stream.ReadAsync(answer.AsMemory(length), cancellationToken);
            length += read;
            var end = answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
                return end + 4 == length || !IsSuccess(answer) ? Status(answer) : throw Strange();
            if (read == 0)
                break;
        }
        throw Strange();
    }

    private int Status(ReadOnlySpan<byte> answer) =>
        answer.StartsWith("HTTP/1."u8) && int.TryParse(answer[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : throw Strange();

    private static bool IsSuccess(ReadOnlySpan<byte> answer) => answer[9] == (byte)'2';

    private OutboundProxyException Refused(string target, int status) => new(
        status == (int)HttpStatusCode.ProxyAuthenticationRequired
            ? $"The proxy {url.Host}:{url.Port} asks for a user and a password, which {OutboundOptions.Section}:Proxy must have."
            : $"The proxy {url.Host}:{url.Port} opens no tunnel to {target}: it answered {status}.",
        isRetryable: status >= 500);

    private OutboundProxyException Strange() => new($"The proxy {url.Host}:{url.Port} did not answer CONNECT as a proxy does.", isRetryable: false);
}

/// <summary>The proxy opens no tunnel.</summary>
/// <param name="message">A sentence.</param>
/// <param name="isRetryable">Whether it may open one later.</param>
internal sealed class OutboundProxyException(string message, bool isRetryable) : Exception(message)
{
    /// <summary>Whether another attempt may go better.</summary>
    public bool IsRetryable => isRetryable;
}
