using System.Net;
using System.Net.Sockets;
using System.Text;
using Sos.Executors.Outbound;
using Sos.Executors.Tests.Nodes;
using Sos.Executors.Tests.Nodes.Http;

namespace Sos.Executors.Tests.Outbound;

/// <summary>Requests through a proxy, and what may be reached so.</summary>
public sealed class OutboundProxyTests
{
    [Fact]
    public async Task A_request_goes_through_the_proxy_to_the_address_that_was_checked()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "hello");
        await using var proxy = new TestProxy();
        using var run = Run(proxy, ["127.0.0.1"], _ => [IPAddress.Loopback], user: "ann:p%40ss");
        Assert.Equal("hello", (await run.OutputAsync($"http://inside.test:{target.Port}/a")).GetProperty("body").GetString());
        Assert.Equal($"inside.test:{target.Port}", target.Request.Headers["host"]);
        var asked = Assert.Single(proxy.Requests);
        Assert.StartsWith($"CONNECT 127.0.0.1:{target.Port} HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("Proxy-Authorization: Basic " + Convert.ToBase64String("ann:p@ss"u8), asked, StringComparison.Ordinal);
        Assert.DoesNotContain(target.Request.Headers.Keys, k => k.StartsWith("proxy", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://inside.test/")]
    public async Task What_may_not_be_reached_is_not_reached_through_it_either(string url)
    {
        await using var proxy = new TestProxy();
        using var run = Run(proxy, [], _ => [IPAddress.Parse("10.0.0.9")]);
        Assert.Equal("address_not_allowed", (await run.FailAsync(url)).Code);
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task What_an_operator_sets_may_be_private_and_is_then_reached_directly()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "hello");
        await using var proxy = new TestProxy(_ => new IPEndPoint(IPAddress.Loopback, target.Port));
        var options = new OutboundOptions { Deny = ["127.0.0.1", "8.8.8.8"], Proxy = $"http://127.0.0.1:{proxy.Port}" };
        var guard = new OutboundGuard(options, (host, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(host == "private.test" ? "127.0.0.1" : "8.8.8.8")])).Anywhere;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await (await guard.ConnectAsync("private.test", target.Port, timeout.Token)).DisposeAsync();
        Assert.Empty(proxy.Requests);
        await (await guard.ConnectAsync("public.test", 443, timeout.Token)).DisposeAsync();
        Assert.StartsWith("CONNECT 8.8.8.8:443 ", Assert.Single(proxy.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inside.test")]
    [InlineData("127.0.0.0/8")]
    public async Task What_NoProxy_lists_is_reached_directly(string rule)
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "hello");
        await using var proxy = new TestProxy();
        using var run = Run(proxy, ["127.0.0.1"], _ => [IPAddress.Loopback], noProxy: [rule]);
        await run.OutputAsync($"http://inside.test:{target.Port}/a");
        Assert.Empty(proxy.Requests);
    }

    [Fact]
    public async Task A_proxy_that_resolves_names_is_told_names_and_the_rules_for_names_hold()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "hello");
        await using var proxy = new TestProxy(_ => new IPEndPoint(IPAddress.Loopback, target.Port));
        using var run = Run(proxy, [], _ => throw new SocketException((int)SocketError.HostNotFound), resolvesNames: true, deny: ["*.evil.test"]);
        await run.OutputAsync("http://far.test/a");
        Assert.StartsWith("CONNECT far.test:80 ", Assert.Single(proxy.Requests), StringComparison.Ordinal);
        foreach (var url in (string[])["http://a.evil.test/", "http://localhost/", "http://x.localhost/", "http://metadata.google.internal/", "http://127.0.0.1/", "http://169.254.169.254/"])
            Assert.Equal("address_not_allowed", (await run.FailAsync(url)).Code);
        Assert.Single(proxy.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", false, "asks for a user")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", false, "answered 403")]
    [InlineData("HTTP/1.0 503 Busy\r\n\r\n", true, "answered 503")]
    [InlineData("SSH-2.0-x\r\n\r\n", false, "as a proxy does")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nalready here", false, "as a proxy does")]
    [InlineData("", false, "as a proxy does")]
    public async Task A_proxy_that_opens_no_tunnel_says_why(string answer, bool retryable, string part)
    {
        await using var proxy = new TestProxy(answer: answer);
        using var run = Run(proxy, ["127.0.0.1"], _ => [IPAddress.Loopback], user: "ann:canary-password");
        var error = await run.FailAsync("http://inside.test:9/");
        Assert.Equal(("http_proxy_failed", retryable), (error.Code, error.Retryable));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_may_be_there_later()
    {
        var proxy = new TestProxy();
        using var run = Run(proxy, ["127.0.0.1"], _ => [IPAddress.Loopback]);
        await proxy.DisposeAsync();
        var error = await run.FailAsync("http://inside.test:9/");
        Assert.Equal(("http_proxy_failed", true), (error.Code, error.Retryable));
    }

    [Theory]
    [InlineData("proxy.internal:3128")]
    [InlineData("socks5://proxy.internal:1080")]
    [InlineData("http://proxy.internal:3128/path")]
    public void What_is_no_proxy_is_refused_at_the_start(string proxy) =>
        Assert.Contains("Sos:Outbound:Proxy", OutboundProxy.Problem(new OutboundOptions { Proxy = proxy }), StringComparison.Ordinal);

    [Fact]
    public void A_password_is_not_repeated() =>
        Assert.DoesNotContain("canary", OutboundProxy.Problem(new OutboundOptions { Proxy = "http://u:canary@proxy/x" }), StringComparison.Ordinal);

    private static HttpRun Run(TestProxy proxy, string[] allow, Func<string, IPAddress[]> resolve, string? user = null, string[]? noProxy = null, bool resolvesNames = false, string[]? deny = null) =>
        new(resolve: resolve, options: new OutboundOptions
        {
            Allow = allow,
            Deny = deny ?? [],
            Proxy = $"http://{(user is null ? "" : user + "@")}127.0.0.1:{proxy.Port}",
            NoProxy = noProxy ?? [],
            ProxyResolvesNames = resolvesNames,
        });

    /// <summary>A proxy that knows CONNECT.</summary>
    private sealed class TestProxy : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource stop = new();
        private readonly Func<string, IPEndPoint> route;
        private readonly string? answer;
        private readonly Task accepting;

        public TestProxy(Func<string, IPEndPoint>? route = null, string? answer = null)
        {
            this.route = route ?? IPEndPoint.Parse;
            this.answer = answer;
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
            accepting = AcceptAsync();
        }

        public int Port { get; }

        public List<string> Requests { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            listener.Dispose();
            await accepting;
            stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            List<Task> tunnels = [];
            try
            {
                while (true)
                    tunnels.Add(ServeAsync(await listener.AcceptTcpClientAsync(stop.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or InvalidOperationException or SocketException)
            {
                await Task.WhenAll(tunnels);
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            try
            {
                using (client)
                {
                    var stream = client.GetStream();
                    var request = new StringBuilder();
                    var one = new byte[1];
                    while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stop.Token) == 1)
                        request.Append((char)one[0]);
                    Requests.Add(request.ToString());
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(answer ?? "HTTP/1.1 200 Connected\r\nVia: test\r\n\r\n"), stop.Token);
                    if (answer is not null)
                        return;
                    using var far = new TcpClient();
                    await far.ConnectAsync(route(request.ToString().Split(' ')[1]), stop.Token);
                    await Task.WhenAny(stream.CopyToAsync(far.GetStream(), stop.Token), far.GetStream().CopyToAsync(stream, stop.Token));
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The tunnel ends with either side.
                return;
            }
        }
    }
}
