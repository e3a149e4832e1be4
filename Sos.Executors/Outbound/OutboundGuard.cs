using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Options;

namespace Sos.Executors.Outbound;

/// <summary>Decides what workflows may connect to, and connects: see <see cref="OutboundOptions"/>.</summary>
/// <remarks>
/// Names are resolved here and the connection goes to an address that was checked, so a name that resolves to
/// something else a moment later (DNS rebinding) gains nothing. The check happens where connections are made, hence
/// for redirects too.
/// </remarks>
internal sealed class OutboundGuard
{
    /// <summary>How long connecting may take, all addresses of a name together.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // A name with more addresses than this is not tried to the end.
    private const int MaxAddresses = 8;

    private readonly OutboundRule[] allow;
    private readonly OutboundRule[] deny;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly OutboundProxy? proxy;

    /// <summary>A guard with the configured rules and the system's name resolution.</summary>
    public OutboundGuard(IOptions<OutboundOptions> options)
        : this(options.Value, Dns.GetHostAddressesAsync)
    {
    }

    /// <summary>A guard with another name resolution.</summary>
    /// <exception cref="FormatException">A rule can't be read.</exception>
    public OutboundGuard(OutboundOptions options, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        allow = [.. options.Allow.Select(OutboundRule.Parse)];
        deny = [.. options.Deny.Select(OutboundRule.Parse)];
        this.resolve = resolve;
        proxy = OutboundProxy.Of(options);
        Anywhere = new OutboundGuard(resolve, proxy);
    }

    private OutboundGuard(Func<string, CancellationToken, Task<IPAddress[]>> resolve, OutboundProxy? proxy)
    {
        allow = [OutboundRule.Parse("0.0.0.0/0"), OutboundRule.Parse("::/0")];
        deny = [];
        (this.resolve, this.proxy) = (resolve, proxy);
        Anywhere = this;
    }

    /// <summary>For addresses that the operator sets, which may be anywhere: private ones are reached directly, others through the same proxy.</summary>
    public OutboundGuard Anywhere { get; }

    /// <summary>Connects an HTTP handler's socket: <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="OutboundRefusedException">The rules do not allow it.</exception>
    /// <exception cref="SocketException">The name can't be resolved, or no allowed address accepts the connection.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(SocketsHttpConnectionContext, CancellationToken)"/>
    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (proxy is { ResolvesNames: true } && !IPAddress.TryParse(host, out _) && !(Anywhere == this && ReservedAddresses.IsReservedName(host)))
        {
            var name = OutboundRule.TryNormalizeName(host, out var normalized) ? normalized : host;
            if (!proxy.Spares(name, port))
            {
                RefuseDenied(name, host, port);
                if (Anywhere != this && ReservedAddresses.IsReservedName(name) && !Array.Exists(allow, r => r.CoversHost(name, port)))
                    throw new OutboundRefusedException($"Connecting to '{host}' is not allowed: it names no place on the internet. If workflows may reach it, list '{host}:{port}' in the setting {OutboundOptions.Section}:Allow of the executors.");
                return await proxy.ConnectAsync(name, port, cancellationToken);
            }
        }
        var allowed = await ResolveAsync(host, port, cancellationToken);

        // In order, each with its share of the time, so that one that never answers leaves some to the next.
        var share = ConnectTimeout / allowed.Count;
        ExceptionDispatchInfo? failure = null;
        foreach (var address in allowed)
        {
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (allowed.Count > 1)
                turn.CancelAfter(share);
            try
            {
                return await OpenAsync(host, address, port, turn.Token);
            }
            catch (Exception e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure = ExceptionDispatchInfo.Capture(e is OperationCanceledException ? new SocketException((int)SocketError.TimedOut) : e);
            }
        }
        failure!.Throw();
        throw failure.SourceException;
    }

    /// <summary>Resolves a host for a client that connects by itself: it must connect to one of these addresses, and never to the name.</summary>
    /// <exception cref="OutboundRefusedException">The rules allow none.</exception>
    /// <exception cref="SocketException">The name can't be resolved.</exception>
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        return addresses.Length > 0 ? Allowed(host, port, addresses) : throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>The addresses of a host that may be connected to, in their order.</summary>
    /// <exception cref="OutboundRefusedException">There is none.</exception>
    public IReadOnlyList<IPAddress> Allowed(string host, int port, IReadOnlyList<IPAddress> addresses)
    {
        var name = OutboundRule.TryNormalizeName(host, out var normalized) ? normalized : host;
        RefuseDenied(name, host, port);
        var nameAllowed = Array.Exists(allow, r => r.CoversHost(name, port));
        List<IPAddress> allowed = [];
        string? refusal = null;
        foreach (var address in addresses.Take(MaxAddresses))
        {
            var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            if (Refusal(plain, host, port, nameAllowed) is { } reason)
                refusal ??= reason;
            else
                allowed.Add(plain);
        }
        return allowed.Count > 0 ? allowed : throw new OutboundRefusedException(refusal!);
    }

    private void RefuseDenied(string name, string host, int port)
    {
        if (Array.Find(deny, r => r.CoversHost(name, port)) is { } denied)
            throw new OutboundRefusedException($"Connecting to '{host}' is not allowed: '{denied}' is listed in {OutboundOptions.Section}:Deny.");
    }

    // A proxy is told the address and not the name: it can't be led elsewhere than what was checked.
    private async Task<Stream> OpenAsync(string host, IPAddress address, int port, CancellationToken cancellationToken)
    {
        var isOwn = Anywhere == this && ReservedAddresses.Describe(address) is not null;
        if (proxy is not null && !isOwn && !proxy.Spares(OutboundRule.TryNormalizeName(host, out var name) ? name : host, port) && !proxy.Spares(address, port))
            return await proxy.ConnectAsync(address.ToString(), port, cancellationToken);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            // The HTTP handler asks for it where nobody expects it to throw, as it does when the other side has gone again.
            _ = socket.RemoteEndPoint;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string? Refusal(IPAddress address, string host, int port, bool nameAllowed)
    {
        var where = host == address.ToString() ? $"'{host}'" : $"'{host}' ({address})";
        foreach (var rule in deny)
        {
            if (rule.CoversAddress(address, port) || ReservedAddresses.Embedded(address).Any(a => rule.CoversAddress(a, port)))
                return $"Connecting to {where} is not allowed: '{rule}' is listed in {OutboundOptions.Section}:Deny.";
        }
        if (ReservedAddresses.Describe(address) is not { } what)
            return null;

        // A name alone does not open the machine's credentials: whoever controls the name's zone could point it there.
        var metadata = ReservedAddresses.IsMetadata(address);
        if ((nameAllowed && !metadata) || Array.Exists(allow, r => r.CoversAddress(address, port)))
            return null;
        var suggestion = metadata || IPAddress.TryParse(host, out _) ? address.ToString() : $"{host}:{port}";
        return $"Connecting to {where} is not allowed: it is {what}. If workflows may reach it, list '{suggestion}' in the setting {OutboundOptions.Section}:Allow of the executors.";
    }
}
