using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Mcp;
using Sos.Executors.Outbound;
using Sos.Executors.Tests.Nodes.Http;
using Sos.Testing.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary>Servers over streamable HTTP: configured ones, and ones that a workflow names by URL.</summary>
public sealed class HttpServerTests
{
    [NpmFact]
    public async Task A_configured_server_is_listed_and_called()
    {
        await using var everything = await EverythingOverHttp.StartAsync();
        await using var host = new McpHost();
        host.Add("remote", new McpServerOptions { Url = everything.Url });

        Assert.Contains(await host.ListAsync("remote"), t => t.Name == "echo");
        Assert.Equal("Echo: hi", await host.TextAsync("remote", "echo", """{ "message": "hi" }"""));
        var sums = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.TextAsync("remote", "get-sum", $$"""{ "a": {{i}}, "b": 1 }""")));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"The sum of {i} and 1 is {i + 1}."), sums);
    }

    [NpmFact]
    public async Task A_session_that_the_server_has_forgotten_is_begun_anew()
    {
        await using var host = new McpHost();
        await using var first = await EverythingOverHttp.StartAsync();
        host.Add("remote", new McpServerOptions { Url = first.Url });
        await host.TextAsync("remote", "echo", """{ "message": "1" }""");

        await first.DisposeAsync();
        await using var second = await EverythingOverHttp.StartAsync(new Uri(first.Url).Port);

        Assert.Equal("Echo: 2", await host.TextAsync("remote", "echo", """{ "message": "2" }"""));
    }

    [NpmFact]
    public async Task A_server_killed_in_a_call_fails_it_retryably()
    {
        await using var everything = await EverythingOverHttp.StartAsync();
        await using var host = new McpHost();
        host.Add("remote", new McpServerOptions { Url = everything.Url });
        await host.ListAsync("remote");
        var call = host.CallErrorAsync("remote", "trigger-long-running-operation", """{ "duration": 60, "steps": 2 }""");
        Assert.False(call.IsCompleted);

        await everything.DisposeAsync();

        var error = await call;
        Assert.True(error is { Code: "mcp_server_crashed", Retryable: true }, error.ToString());
        var next = await host.CallErrorAsync("remote", "echo", """{ "message": "2" }""");
        Assert.Equal(("mcp_server_unavailable", true), (next.Code, next.Retryable));
    }

    [NpmFact]
    public async Task A_workflows_URL_goes_through_the_guard_and_a_configured_one_does_not()
    {
        await using var everything = await EverythingOverHttp.StartAsync();
        await using var guarded = new McpHost();
        var error = (await Assert.ThrowsAsync<McpCallException>(() => ListAtAsync(guarded, everything.Url))).Error;
        Assert.Equal(("address_not_allowed", false), (error.Code, error.Retryable));

        await using var allowed = new McpHost(outbound: new OutboundOptions { Allow = ["127.0.0.1"] });
        Assert.Contains(await ListAtAsync(allowed, everything.Url), t => t.Name == "echo");
    }

    [Fact]
    public async Task Token_and_headers_are_sent_and_refusals_named_without_them()
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        await using var host = new McpHost(outbound: new OutboundOptions { Allow = ["127.0.0.1"] });
        host.Add("remote", new McpServerOptions { Url = target.Url, Token = "s3cret", Headers = { ["X-Team"] = "blue" } });

        var error = await host.ListErrorAsync("remote");

        Assert.Equal(("mcp_unauthorized", false), (error.Code, error.Retryable));
        Assert.DoesNotContain("s3cret", error.Message + string.Join('\n', host.Log), StringComparison.Ordinal);
        Assert.All(target.Requests, r => Assert.Equal(("Bearer s3cret", "blue"), (r.Headers["authorization"], r.Headers["x-team"])));

        var reference = McpServerReference.At(McpHost.Workspace, target.Url, new Dictionary<string, string> { ["Authorization"] = "Bearer other" });
        await Assert.ThrowsAsync<McpCallException>(() => host.Servers.ListToolsAsync(reference, default));
        Assert.Equal("Bearer other", target.Requests.Last().Headers["authorization"]);
        Assert.DoesNotContain("other", reference.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "", "mcp_protocol_error", false)]
    [InlineData(503, "", "mcp_server_unavailable", true)]
    [InlineData(302, "", "mcp_protocol_error", false)]
    [InlineData(200, "<html>Hello</html>", "mcp_protocol_error", false)]
    public async Task What_is_no_MCP_server_is_told_apart(int status, string body, string code, bool retryable)
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync(body);
        });
        await using var host = new McpHost();
        host.Add("remote", new McpServerOptions { Url = target.Url, StartTimeout = TimeSpan.FromSeconds(5) });

        var error = await host.ListErrorAsync("remote");

        Assert.Equal((code, retryable), (error.Code, error.Retryable));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task An_answer_without_end_is_cut_off(string type)
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.ContentType = type;
            var chunk = new byte[1024 * 1024];
            Array.Fill(chunk, (byte)'x');
            for (var i = 0; i < 64; i++)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        });
        await using var host = new McpHost();
        host.Add("remote", new McpServerOptions { Url = target.Url, StartTimeout = TimeSpan.FromSeconds(20) });

        Assert.Equal("mcp_result_too_large", (await host.ListErrorAsync("remote")).Code);
    }

    [Theory]
    [InlineData("ftp://example.com/mcp", null, "invalid_url")]
    [InlineData("/etc/passwd", null, "invalid_url")]
    [InlineData("https://example.com/mcp", "Host", "invalid_header")]
    [InlineData("https://example.com/mcp", "Mcp-Session-Id", "invalid_header")]
    [InlineData("https://example.com/mcp", "Content-Type", "invalid_header")]
    public void What_cannot_be_sent_is_refused_at_once(string url, string? header, string code)
    {
        var headers = header is null ? null : new Dictionary<string, string> { [header] = "x" };

        Assert.Equal(code, Assert.Throws<McpCallException>(() => McpServerReference.At(McpHost.Workspace, url, headers)).Error.Code);
    }

    [Fact]
    public void Workspaces_and_credentials_never_share_a_connection()
    {
        const string url = "https://example.com/mcp";
        var workspace = Guid.NewGuid();
        static Dictionary<string, string> Token(string token) => new() { ["Authorization"] = token };
        string[] keys =
        [
            McpServerReference.At(workspace, url).Key,
            McpServerReference.At(Guid.NewGuid(), url).Key,
            McpServerReference.At(workspace, url, Token("a")).Key,
            McpServerReference.At(workspace, url, Token("b")).Key,
        ];

        Assert.Equal(4, keys.Distinct().Count());
        Assert.Equal(keys[2], McpServerReference.At(workspace, url, Token("a")).Key);
    }

    [Fact]
    public async Task A_call_carries_session_trace_and_credentials_in_its_headers()
    {
        await using var target = await HttpTarget.StartAsync(MinimalServer.AnswerAsync);
        await using var host = new McpHost(outbound: new OutboundOptions { Allow = ["127.0.0.1"] });
        using var parent = new Activity("caller") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        var server = McpServerReference.At(McpHost.Workspace, target.Url, new Dictionary<string, string> { ["Authorization"] = "Bearer t" });

        var result = await host.Servers.CallAsync(server, "greet", JsonElement.Parse("""{ "name": "you" }"""), default);

        Assert.Equal("hello", result.Content.GetString());
        var call = target.Requests.Single(r => r.Body.Contains("tools/call", StringComparison.Ordinal));
        Assert.Equal(("session-1", "Bearer t"), (call.Headers["mcp-session-id"], call.Headers["authorization"]));
        Assert.StartsWith($"00-{parent.TraceId}-", call.Headers["traceparent"], StringComparison.Ordinal);
        Assert.StartsWith($"00-{parent.TraceId}-", JsonElement.Parse(call.Body).GetProperty("params").GetProperty("_meta").GetProperty("traceparent").GetString(), StringComparison.Ordinal);
        var begin = target.Requests.First(r => r.Body.Contains("\"initialize\"", StringComparison.Ordinal));
        Assert.DoesNotContain(parent.TraceId.ToHexString(), begin.Headers.GetValueOrDefault("traceparent", ""), StringComparison.Ordinal); // it is begun for all who come
    }

    [Fact]
    public async Task The_server_that_rested_longest_makes_room_and_one_in_use_does_not()
    {
        await using var first = await HttpTarget.StartAsync(MinimalServer.AnswerAsync);
        await using var second = await HttpTarget.StartAsync(MinimalServer.AnswerAsync);
        var asked = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var slow = await HttpTarget.StartAsync(async context =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await MinimalServer.AnswerAsync(context);
        });
        await using var host = new McpHost(outbound: new OutboundOptions { Allow = ["127.0.0.1"] }, change: o => o.MaxUrlServers = 1);

        await ListAtAsync(host, first.Url);
        await ListAtAsync(host, second.Url);
        await Processes.UntilAsync(() => first.Requests.Any(r => r.Method == "DELETE"), "the first session's end");

        var list = ListAtAsync(host, slow.Url);
        await asked.Task;
        var error = (await Assert.ThrowsAsync<McpCallException>(() => ListAtAsync(host, first.Url))).Error;
        Assert.Equal(("mcp_server_unavailable", true), (error.Code, error.Retryable));
        goOn.SetResult();
        Assert.Single(await list);
    }

    private static Task<IReadOnlyList<McpTool>> ListAtAsync(McpHost host, string url) =>
        host.Servers.ListToolsAsync(McpServerReference.At(McpHost.Workspace, url), default);
}
