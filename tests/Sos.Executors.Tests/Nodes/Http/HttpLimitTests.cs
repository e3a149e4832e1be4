using System.Text;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Nodes;

namespace Sos.Executors.Tests.Nodes.Http;

public sealed class HttpLimitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpRun run = new();

    [Theory]
    [InlineData(100, null)]
    [InlineData(101, "response_too_large")]
    public async Task A_body_may_be_as_large_as_the_limit(int size, string? code)
    {
        await using var target = await HttpTarget.StartAsync("text/plain", new string('x', size));
        var outcome = await run.StartAsync(target.Url, "\"maxResponseBytes\": 100");
        if (code is null)
            Assert.Equal(size, NodeRun.Completed(outcome).Output.GetProperty("body").GetString()!.Length);
        else
            Assert.Equal((code, false), (NodeRun.Failed(outcome).Code, NodeRun.Failed(outcome).Retryable));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"maxResponseBytes\": 10485760")]
    public async Task A_body_without_end_is_cut_off(string more)
    {
        var aborted = new TaskCompletionSource();
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        });
        Assert.Equal("response_too_large", (await run.FailAsync(target.Url, more)).Code);
        await aborted.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_body_that_announces_too_much_is_not_read()
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.ContentLength = 1L << 30;
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await Forever(context);
        });
        Assert.Equal("response_too_large", (await run.FailAsync(target.Url)).Code);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_decompression_bomb_counts_with_what_it_becomes(string encoding)
    {
        var bomb = HttpResponseTests.Compress(encoding, new byte[50_000_000]);
        Assert.True(bomb.Length < 100_000);
        await using var target = await HttpTarget.StartAsync("text/plain", bomb, headers: ("Content-Encoding", encoding));
        Assert.Equal("response_too_large", (await run.FailAsync(target.Url)).Code);
    }

    [Theory]
    [InlineData("application/json", "[1e999999999]")]
    [InlineData("application/x-ndjson", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("application/x-www-form-urlencoded", "a[a][a][a]=1&a[a]=%ff%00&%00=1")]
    public async Task A_body_that_is_made_to_break_readers_is_read_or_left_as_text(string contentType, string body)
    {
        await using var target = await HttpTarget.StartAsync(contentType, body);
        var output = await run.OutputAsync(target.Url);
        Assert.InRange(output.GetProperty("body").GetRawText().Length, 1, 2 * body.Length + 20);
    }

    [Fact]
    public async Task A_failed_answer_with_a_body_without_end_is_cut_off_too()
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.StatusCode = 500;
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.WriteAsync(new string('x', 1024), context.RequestAborted);
        });
        Assert.Equal("http_500", (await run.FailAsync(target.Url)).Code);
    }

    [Fact]
    public async Task A_target_that_never_answers_is_left_at_the_timeout()
    {
        var asked = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            asked.SetResult();
            await Forever(context);
        });
        await AssertTimesOutAsync(target.Url, asked.Task, aborted.Task);
    }

    [Fact]
    public async Task A_target_whose_headers_never_end_is_left_at_the_timeout()
    {
        var asked = new TaskCompletionSource();
        using var target = new RawTarget(async (socket, token) =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nX-Slow: a"), token);
            asked.SetResult();
            await AssertClosedAsync(socket, token);
        });
        await AssertTimesOutAsync(target.Url, asked.Task, target.Answered);
    }

    [Fact]
    public async Task A_target_whose_body_never_ends_is_left_at_the_timeout()
    {
        var asked = new TaskCompletionSource();
        using var target = new RawTarget(async (socket, token) =>
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart"), token);
            asked.SetResult();
            await AssertClosedAsync(socket, token);
        });
        await AssertTimesOutAsync(target.Url, asked.Task, target.Answered);
    }

    [Fact]
    public async Task Cancellation_reaches_the_socket()
    {
        using var cancelled = new CancellationTokenSource();
        var asked = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            asked.SetResult();
            await Forever(context);
        });
        var running = run.StartAsync(target.Url, cancellationToken: cancelled.Token);
        await asked.Task.WaitAsync(Patience);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await aborted.Task.WaitAsync(Patience);
    }

    public void Dispose() => run.Dispose();

    private async Task AssertTimesOutAsync(string url, Task asked, Task left)
    {
        var running = run.StartAsync(url, "\"timeout\": \"5s\"");
        await asked.WaitAsync(Patience);
        Assert.False(running.IsCompleted);
        run.Node.Time.Advance(TimeSpan.FromSeconds(5));
        var error = NodeRun.Failed(await running);
        Assert.Equal(("http_timeout", true), (error.Code, error.Retryable));
        Assert.Contains("did not finish within 5 s", error.Message, StringComparison.Ordinal);
        await left.WaitAsync(Patience);
    }

    private static async Task AssertClosedAsync(System.Net.Sockets.Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], cancellationToken));
        }
        catch (System.Net.Sockets.SocketException e)
        {
            Assert.Equal(System.Net.Sockets.SocketError.ConnectionReset, e.SocketErrorCode);
        }
    }

    private static async Task Forever(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
    }
}
