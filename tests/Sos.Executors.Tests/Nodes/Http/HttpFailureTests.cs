using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;

namespace Sos.Executors.Tests.Nodes.Http;

public sealed class HttpFailureTests : IDisposable
{
    private readonly HttpRun run = new();

    [Theory]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(408, true)]
    [InlineData(409, false)]
    [InlineData(425, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(501, false)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(304, false)]
    public async Task A_status_that_was_not_expected_is_the_error_code(int status, bool retryable)
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var error = await run.FailAsync(target.Url + "/path?q=1");
        Assert.Equal(($"http_{status}", retryable), (error.Code, error.Retryable));
        Assert.StartsWith($"GET {target.Url}/path answered {status}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; expected 200-299.", error.Message, StringComparison.Ordinal);
        Assert.Null(error.RetryAfter);
    }

    [Fact]
    public async Task The_error_keeps_the_status_and_the_start_of_the_body()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "\"" + new string('x', 5_000_000) + "\"", 400);
        var details = (await run.FailAsync(target.Url)).Details!.Value;
        Assert.Equal(400, details.GetProperty("status").GetInt32());
        Assert.Equal(target.Url + "/", details.GetProperty("url").GetString());
        Assert.Equal("application/json", details.GetProperty("contentType").GetString());
        Assert.Equal(4096, details.GetProperty("body").GetString()!.Length);
    }

    [Fact]
    public async Task The_start_of_a_body_ends_with_a_whole_character()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "x" + string.Concat(Enumerable.Repeat("€", 3000)), 400);
        Assert.Equal("x" + string.Concat(Enumerable.Repeat("€", 1365)), (await run.FailAsync(target.Url)).Details!.Value.GetProperty("body").GetString());
    }

    [Theory]
    [InlineData(503, "7", 7)]
    [InlineData(429, "0", 0)]
    [InlineData(503, "86400", 3600)]
    [InlineData(503, "Thu, 05 Nov 2026 09:02:00 GMT", 120)]
    [InlineData(503, "Thu, 05 Nov 2026 08:00:00 GMT", 0)]
    [InlineData(503, "Fri, 06 Nov 2026 09:00:00 GMT", 3600)]
    [InlineData(503, "soon", null)]
    [InlineData(404, "7", null)]
    public async Task Retry_after_is_honoured_up_to_an_hour(int status, string header, int? seconds)
    {
        await using var target = await HttpTarget.StartAsync(null, "", status, ("Retry-After", header));
        Assert.Equal(seconds, (int?)(await run.FailAsync(target.Url)).RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task A_port_that_nothing_listens_on_is_a_failed_connection()
    {
        // Bound, so that nobody else gets the port, but not listening.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var error = await run.FailAsync($"http://{silent.LocalEndPoint}/");
        Assert.Equal(("http_connection_failed", true), (error.Code, error.Retryable));
        Assert.Contains("refused the connection: nothing listens there", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_reset_is_a_failed_connection()
    {
        using var target = new RawTarget((socket, _) =>
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
            return Task.CompletedTask;
        });
        var error = await run.FailAsync(target.Url, "\"method\": \"POST\", \"text\": \"x\"");
        Assert.Equal(("http_connection_failed", true), (error.Code, error.Retryable));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello")]
    public async Task An_answer_that_ends_early_is_a_failed_connection(string answer)
    {
        using var target = new RawTarget(answer);
        var error = await run.FailAsync(target.Url, "\"method\": \"POST\"");
        Assert.Equal(("http_connection_failed", true), (error.Code, error.Retryable));
    }

    [Theory]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    [InlineData("POST", true)]
    public async Task What_is_not_idempotent_is_sent_once(string method, bool hasBody)
    {
        var connections = 0;
        using var target = new RawTarget((_, _) =>
        {
            connections++;
            return Task.CompletedTask;
        }, connections: 2);
        Assert.Equal("http_connection_failed", (await run.FailAsync(target.Url, $"\"method\": \"{method}\"" + (hasBody ? ", \"text\": \"x\"" : ""))).Code);
        Assert.Equal(1, connections);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")]
    public async Task What_is_not_http_is_an_invalid_response(string answer)
    {
        using var target = new RawTarget(answer);
        var error = await run.FailAsync(target.Url);
        Assert.Equal(("invalid_response", false), (error.Code, error.Retryable));
    }

    [Fact]
    public async Task Headers_without_end_are_too_large()
    {
        using var target = new RawTarget("HTTP/1.1 200 OK\r\nX-Long: " + new string('x', 100_000) + "\r\n\r\n");
        Assert.Equal("response_too_large", (await run.FailAsync(target.Url)).Code);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, false)]
    [InlineData(SocketError.TryAgain, true)]
    public async Task A_name_that_can_not_be_resolved_is_a_dns_failure(SocketError reason, bool retryable)
    {
        using var lost = new HttpRun(resolve: _ => throw new SocketException((int)reason));
        var error = await lost.FailAsync("http://no-such-host.example/");
        Assert.Equal(("http_dns_failed", retryable), (error.Code, error.Retryable));
        Assert.Contains("no-such-host.example", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_a_tls_failure()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var target = await HttpTarget.StartAsync(_ => Task.CompletedTask, listen => listen.UseHttps(certificate));
        var error = await run.FailAsync(target.Url);
        Assert.Equal(("http_tls_failed", false), (error.Code, error.Retryable));
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_tls_is_a_tls_failure()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "plain");
        Assert.Equal("http_tls_failed", (await run.FailAsync(target.Url.Replace("http:", "https:", StringComparison.Ordinal))).Code);
    }

    public void Dispose() => run.Dispose();
}
