using System.Net;
using System.Net.Sockets;
using Sos.Executors.Outbound;

namespace Sos.Executors.Tests.Outbound;

public sealed class OutboundGuardTests
{
    [Fact]
    public void Public_addresses_need_no_rule() =>
        Assert.Equal(["93.184.215.14"], Allowed(Guard(), "example.com", 443, "93.184.215.14"));

    [Theory]
    [InlineData("10.0.0.5", "'intranet' (10.0.0.5) is not allowed: it is a private address. If workflows may reach it, list 'intranet:80' in the setting Sos:Outbound:Allow")]
    [InlineData("::ffff:10.0.0.5", "'intranet' (10.0.0.5) is not allowed: it is a private address")]
    [InlineData("64:ff9b::a00:5", "it is a private address, 10.0.0.5, in IPv6 form")]
    [InlineData("169.254.169.254", "it is a cloud's metadata address. If workflows may reach it, list '169.254.169.254'")]
    public void A_refusal_names_what_and_how_to_allow_it(string address, string message) =>
        Assert.Contains(message, Refused(Guard(), "intranet", 80, address), StringComparison.Ordinal);

    [Fact]
    public void Of_several_addresses_only_the_allowed_ones_are_left() =>
        Assert.Equal(["93.184.215.14", "2606:4700::1"], Allowed(Guard(), "mixed", 80, "10.0.0.1", "93.184.215.14", "::1", "2606:4700::1"));

    [Theory]
    [InlineData("intranet")]
    [InlineData("intranet:80")]
    [InlineData("10.0.0.0/8")]
    [InlineData("10.0.0.5:80")]
    public void A_rule_allows_what_it_names(string rule) =>
        Assert.Equal(["10.0.0.5"], Allowed(Guard(allow: [rule]), "Intranet.", 80, "10.0.0.5"));

    [Fact]
    public void A_rule_for_another_port_does_not_count() =>
        Assert.Contains("list 'intranet:81'", Refused(Guard(allow: ["intranet:80"]), "intranet", 81, "10.0.0.5"), StringComparison.Ordinal);

    [Fact]
    public void A_rule_for_a_name_does_not_open_the_machines_credentials()
    {
        Assert.Contains("metadata", Refused(Guard(allow: ["*.corp"]), "evil.corp", 80, "169.254.169.254"), StringComparison.Ordinal);
        Assert.Single(Allowed(Guard(allow: ["169.254.169.254"]), "evil.corp", 80, "169.254.169.254"));
    }

    [Theory]
    [InlineData("example.com", "93.184.215.14")]
    [InlineData("*.com", "93.184.215.14")]
    [InlineData("93.184.0.0/16", "93.184.215.14")]
    [InlineData("93.184.0.0/16", "64:ff9b::5db8:d70e")]
    public void A_deny_rule_wins_over_everything(string rule, string address)
    {
        var message = Refused(Guard(allow: ["example.com", "0.0.0.0/0", "::/0"], deny: [rule]), "example.com", 443, address);
        Assert.Contains($"'{rule}' is listed in Sos:Outbound:Deny", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_goes_to_the_address_that_was_checked()
    {
        using var listener = Listen();
        var resolutions = 0;
        var guard = Guard(["127.0.0.0/8"], resolve: _ => resolutions++ == 0 ? [IPAddress.Loopback] : [IPAddress.Parse("10.0.0.1")]);
        await using var stream = await guard.ConnectAsync("rebinding.example", Port(listener), Timeout());
        using var accepted = await listener.AcceptTcpClientAsync(Timeout());
        Assert.Equal(1, resolutions);
    }

    [Fact]
    public async Task The_next_address_is_tried_when_one_refuses()
    {
        using var listener = Listen();
        var guard = Guard(["127.0.0.0/8"], resolve: _ => [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]);
        await using var stream = await guard.ConnectAsync("several.example", Port(listener), Timeout());
        using var accepted = await listener.AcceptTcpClientAsync(Timeout());
        Assert.True(accepted.Connected);
    }

    [Fact]
    public async Task When_none_answers_the_last_failure_is_reported()
    {
        // Bound, so that nobody else gets the port, but not listening.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Any, 0));
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        var guard = Guard(["127.0.0.0/8"], resolve: _ => [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]);
        var e = await Assert.ThrowsAsync<SocketException>(async () => await guard.ConnectAsync("down.example", port, Timeout()));
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        var resolving = new TaskCompletionSource();
        var guard = new OutboundGuard(new OutboundOptions(), async (_, token) =>
        {
            resolving.SetResult();
            await Task.Delay(System.Threading.Timeout.Infinite, token);
            return [];
        });
        var connecting = guard.ConnectAsync("slow.example", 80, cancelled.Token).AsTask();
        await resolving.Task;
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private static OutboundGuard Guard(string[]? allow = null, string[]? deny = null, Func<string, IPAddress[]>? resolve = null) => new(
        new OutboundOptions { Allow = allow ?? [], Deny = deny ?? [] },
        (host, _) => Task.FromResult(resolve?.Invoke(host) ?? []));

    private static string[] Allowed(OutboundGuard guard, string host, int port, params string[] addresses) =>
        [.. guard.Allowed(host, port, [.. addresses.Select(IPAddress.Parse)]).Select(a => a.ToString())];

    private static string Refused(OutboundGuard guard, string host, int port, params string[] addresses) =>
        Assert.Throws<OutboundRefusedException>(() => Allowed(guard, host, port, addresses)).Message;

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static CancellationToken Timeout() => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;
}
