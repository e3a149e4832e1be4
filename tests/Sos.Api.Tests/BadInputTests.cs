using System.Net;
using System.Net.Sockets;
using System.Text;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

/// <summary>Whatever is sent, the answer is a problem that says what is wrong, and never a 500.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string, string, string?, int, string, string?> Requests { get; } = new()
    {
        // Bodies. {w} is a workflow of the caller's, {e} an execution of it.
        { "POST", "/workflows", "", 400, "invalid_definition", "" },
        { "POST", "/workflows", "{", 400, "invalid_definition", "" },
        { "POST", "/workflows", "null", 400, "invalid_definition", "" },
        { "POST", "/workflows", "[]", 400, "invalid_definition", "" },
        { "POST", "/workflows", "\"text\"", 400, "invalid_definition", "" },
        { "POST", "/workflows", "{}", 400, "invalid_definition", "" },
        { "POST", "/workflows", """{"name": "x", "nodes": []}""", 400, "invalid_definition", "/nodes" },
        { "POST", "/workflows", """{"name": "x", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}], "extra": 1}""", 400, "invalid_definition", "/extra" },
        { "POST", "/workflows", """{"name": "x", "name": "y", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}""", 400, "invalid_definition", "/name" },
        { "POST", "/workflows", """{"name": "x\u0000", "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}""", 400, "invalid_definition", "/name" },
        { "POST", "/workflows", """{"name": "x", "nodes": [{"id": "a", "type": "transform", "config": {"value": "\ud800"}}]}""", 400, "invalid_definition", "/nodes/0/config/value" },
        { "POST", "/workflows", """{"name": "x", "nodes": [{"id": "a", "type": "http", "config": {}}]}""", 400, "invalid_definition", "/nodes/0/config" },
        { "POST", "/workflows/{w}/executions", "{", 400, "invalid_json", "" },
        { "POST", "/workflows/{w}/executions", "null", 400, "invalid_body", null },
        { "POST", "/workflows/{w}/executions", "[1]", 400, "wrong_type", "" },
        { "POST", "/workflows/{w}/executions", """{"input": 1,}""", 400, "invalid_json", "" },
        { "POST", "/workflows/{w}/executions", """{"input": 1} 2""", 400, "invalid_json", "" },
        { "POST", "/workflows/{w}/executions", """{"inputs": 1}""", 400, "unknown_property", "/inputs" },
        { "POST", "/workflows/{w}/executions", """{"input": 1, "input": 2}""", 400, "duplicate_property", "/input" },
        { "POST", "/workflows/{w}/executions", """{"input": {"a": {"b": 1, "b": 2}}}""", 400, "duplicate_property", "/input" },
        { "POST", "/workflows/{w}/executions", """{"input": "\u0000"}""", 400, "invalid_input", "/input" },
        { "POST", "/workflows/{w}/executions", """{"input": "\udfff"}""", 400, "invalid_input", "/input" },
        { "POST", "/workflows/{w}/executions", """{"input": {"n": 1e99999999}}""", 400, "invalid_input", "/input/n" },
        { "POST", "/workflows/{w}/executions", """{"version": "1"}""", 400, "wrong_type", "/version" },
        { "POST", "/workflows/{w}/executions", """{"version": 1.5}""", 400, "wrong_type", "/version" },
        { "POST", "/workflows/{w}/executions", """{"version": 99999999999}""", 400, "wrong_type", "/version" },
        { "POST", "/workflows/{w}/executions", """{"version": 0}""", 404, "not_found", null },
        { "POST", "/workflows/{w}/executions", """{"stepMode": "yes"}""", 400, "wrong_type", "/stepMode" },
        { "POST", "/workflows/{w}/executions", """{"breakpoints": "a"}""", 400, "wrong_type", "/breakpoints" },
        { "POST", "/workflows/{w}/executions", """{"breakpoints": ["a", 1]}""", 400, "wrong_type", "/breakpoints/1" },
        { "POST", "/workflows/{w}/executions", """{"breakpoints": ["a", "ghost"]}""", 400, "invalid_breakpoints", "/breakpoints/1" },
        { "POST", "/executions/{e}/rerun", "{}", 400, "missing_property", "" },
        { "POST", "/executions/{e}/rerun", "", 400, "body_missing", null },
        { "POST", "/executions/{e}/rerun", """{"fromNode": null}""", 400, "wrong_type", "/fromNode" },
        { "POST", "/executions/{e}/approvals/a", """{"decision": "maybe"}""", 400, "wrong_type", "/decision" },
        { "POST", "/executions/{e}/approvals/a", """{"decision": 0}""", 400, "wrong_type", "/decision" },
        { "POST", "/executions/{e}/approvals/a", """{"decision": "approve", "comment": "\u0000"}""", 400, "invalid_comment", "/comment" },
        { "POST", "/executions/{e}/approvals/a?iteration=x", """{"decision": "approve"}""", 400, "invalid_parameter", null },
        { "POST", "/api-keys", """{"name": " ", "role": "king"}""", 400, "invalid_key_request", "/name" },
        { "POST", "/api-keys", """{"name": "x", "role": "admin", "expiresAt": "soon"}""", 400, "wrong_type", "/expiresAt" },
        { "POST", "/expressions/evaluate", """{"expression": "1 +"}""", 400, "invalid_expression", "/expression" },
        { "POST", "/expressions/evaluate", """{"expression": "nope.x"}""", 400, "invalid_expression", "/expression" },
        { "POST", "/expressions/evaluate", """{"expression": "1", "variables": [1]}""", 400, "invalid_variables", "/variables" },
        { "POST", "/expressions/evaluate", """{"expression": "[1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, [1,2,3,4,5,6,7,8,9].map(c, [1,2,3,4,5,6,7,8,9].map(d, [1,2,3,4,5,6,7,8,9].map(e, [1,2,3,4,5,6,7,8,9].map(f, a))))))"}""", 400, "invalid_expression", "/expression" },
        // Ids, parameters, cursors.
        { "GET", "/workflows/x", null, 400, "invalid_parameter", null },
        { "GET", "/workflows/00000000-0000-0000-0000-000000000000", null, 404, "not_found", null },
        { "GET", "/workflows/{w}/versions/x", null, 400, "invalid_parameter", null },
        { "GET", "/workflows/{w}/versions/-1", null, 404, "not_found", null },
        { "GET", "/executions/../workflows/x", null, 400, "invalid_parameter", null },
        { "GET", "/executions/x/steps", null, 400, "invalid_parameter", null },
        { "POST", "/executions/x/cancel", null, 400, "invalid_parameter", null },
        { "GET", "/workflows?limit=0", null, 400, "invalid_parameter", null },
        { "GET", "/workflows?limit=201", null, 400, "invalid_parameter", null },
        { "GET", "/workflows?limit=1e1", null, 400, "invalid_parameter", null },
        { "GET", "/workflows?limit=1&limit=2", null, 400, "invalid_parameter", null },
        { "GET", "/workflows?name=%00", null, 400, "invalid_parameter", null },
        { "GET", "/workflows?cursor=", null, 400, "invalid_cursor", null },
        { "GET", "/workflows?cursor=!!!", null, 400, "invalid_cursor", null },
        { "GET", "/workflows?cursor=AAAA", null, 400, "invalid_cursor", null },
        { "GET", "/executions?cursor=AQAAAAAAAAAAAAAAAAAAAAA", null, 400, "invalid_cursor", null }, // of the list of workflows
        { "GET", "/executions/{e}/steps?cursor=BA", null, 400, "invalid_cursor", null },
        { "GET", "/executions/{e}/steps?limit=1001", null, 400, "invalid_parameter", null },
        { "GET", "/executions?status=done", null, 400, "invalid_parameter", null },
        { "GET", "/executions?workflowId=1", null, 400, "invalid_parameter", null },
        { "GET", "/executions?traceId=xyz", null, 400, "invalid_parameter", null },
        { "GET", "/executions?from=yesterday", null, 400, "invalid_parameter", null },
        { "GET", "/executions?from=0001-01-01", null, 400, "invalid_parameter", null },
        { "GET", "/executions?to=11/22/2026", null, 400, "invalid_parameter", null },
        { "POST", "/workflows/{w}/executions?wait=61s", "{}", 400, "invalid_parameter", null },
        { "POST", "/workflows/{w}/executions?wait=soon", "{}", 400, "invalid_parameter", null },
        { "GET", "/executions/{e}?wait=1", null, 400, "invalid_parameter", null },
        { "GET", "/traces/123", null, 400, "invalid_parameter", null },
        { "GET", "/traces/ffffffffffffffffffffffffffffffff", null, 404, "not_found", null },
        { "GET", "/metrics?from=2026-01-01&to=2025-01-01", null, 400, "invalid_parameter", null },
        { "GET", "/metrics?from=2020-01-01&to=2026-01-01", null, 400, "invalid_parameter", null },
        { "GET", "/costs?groupBy=colour", null, 400, "invalid_parameter", null },
        { "GET", "/costs?groupBy=model,model", null, 400, "invalid_parameter", null },
        { "GET", "/node-types/nope", null, 404, "not_found", null },
        { "DELETE", "/api-keys/x", null, 400, "invalid_parameter", null },
        // Addresses and methods.
        { "GET", "/nope", null, 404, "not_found", null },
        { "PATCH", "/workflows", null, 405, "method_not_allowed", null },
        { "DELETE", "/executions/{e}", null, 405, "method_not_allowed", null },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Is_refused_with_a_problem(string method, string path, string? body, int status, string code, string? pointer)
    {
        var client = await SharedClient.Value;
        var (workflow, execution) = await SharedIds.Value;
        var answer = await client.SendAsync(new HttpMethod(method), path.Replace("{w}", workflow, StringComparison.Ordinal).Replace("{e}", execution, StringComparison.Ordinal), body);
        answer.ExpectProblem(status, code);
        if (pointer is not null)
            Assert.StartsWith(pointer, answer["errors"][0].GetProperty("pointer").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a key with spaces")]
    [InlineData("")]
    [InlineData("tab\tkey")]
    public async Task An_idempotency_key_of_other_characters_is_refused(string key)
    {
        var client = await SharedClient.Value;
        var (workflow, _) = await SharedIds.Value;
        (await client.SendAsync(HttpMethod.Post, $"/workflows/{workflow}/executions", "{}", ("Idempotency-Key", key))).ExpectProblem(400, "invalid_parameter");
        (await client.SendAsync(HttpMethod.Post, $"/workflows/{workflow}/executions", "{}", ("Idempotency-Key", new string('k', 256)))).ExpectProblem(400, "invalid_parameter");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Another_media_type_is_refused(string mediaType)
    {
        var client = await SharedClient.Value;
        var (workflow, _) = await SharedIds.Value;
        foreach (var path in new[] { "/api/v1/workflows", $"/api/v1/workflows/{workflow}/executions", "/api/v1/expressions/evaluate" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}", Encoding.UTF8, mediaType) };
            (await Answer.OfAsync(client.Http, request)).ExpectProblem(415, "unsupported_media_type");
        }
    }

    [Fact]
    public async Task Invalid_utf8_is_refused()
    {
        var client = await SharedClient.Value;
        var (workflow, _) = await SharedIds.Value;
        foreach (var path in new[] { "/api/v1/workflows", $"/api/v1/workflows/{workflow}/executions" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new ByteArrayContent([.. "{\"input\": \""u8, 0xC3, 0x28, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } },
            };
            Assert.Equal(HttpStatusCode.BadRequest, (await Answer.OfAsync(client.Http, request)).Status);
        }
    }

    [Fact]
    public async Task Deep_nesting_and_many_nodes_are_refused()
    {
        var client = await SharedClient.Value;
        var (workflow, _) = await SharedIds.Value;
        var deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));
        (await client.PostAsync($"/workflows/{workflow}/executions", $$"""{"input": {{deep}}}""")).ExpectProblem(400, "invalid_json");
        (await client.PostAsync("/workflows", $$$"""{"name": "x", "nodes": [{"id": "a", "type": "transform", "config": {"value": {{{deep}}} }}]}""")).ExpectProblem(400, "invalid_definition");
        var nodes = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$$"""{"id": "n{{{i}}}", "type": "transform", "config": {"value": 1}}"""));
        (await client.PostAsync("/workflows", $$"""{"name": "x", "nodes": [{{nodes}}]}""")).ExpectProblem(400, "invalid_definition");
    }

    [Theory]
    [InlineData("/api/v1/workflows", true)]
    [InlineData("/api/v1/workflows", false)]
    [InlineData("/api/v1/workflows/{w}/executions", true)]
    [InlineData("/api/v1/workflows/{w}/executions", false)]
    [InlineData("/api/v1/expressions/evaluate", true)]
    public async Task A_body_of_fifty_megabytes_is_refused_before_it_is_read(string path, bool saysItsLength)
    {
        // On a bare socket, so that it is seen how much the server takes: the answer comes although hardly anything was sent.
        var client = await SharedClient.Value;
        var (workflow, _) = await SharedIds.Value;
        using var socket = new TcpClient();
        await socket.ConnectAsync(client.Host.Address.Host, client.Host.Address.Port);
        await using var stream = socket.GetStream();
        var chunk = new string(' ', 1024 * 1024 + 100_000);
        var head = $"POST {path.Replace("{w}", workflow, StringComparison.Ordinal)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-API-Key: {client.Key}\r\n";
        head += saysItsLength ? "Content-Length: 52428800\r\n\r\n" : $"Transfer-Encoding: chunked\r\n\r\n{chunk.Length:x}\r\n{chunk}";
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        }
        catch (IOException)
        {
            // It stopped listening in the middle, as it should; the answer is there nevertheless.
        }
        using var reader = new StreamReader(stream);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(patience.Token));
    }

    [Fact]
    public async Task Answers_carry_the_headers_that_keep_browsers_safe()
    {
        var client = await SharedClient.Value;
        foreach (var answer in new[] { await client.GetAsync("/workflows"), await client.GetAsync("/nope") })
        {
            Assert.Equal("nosniff", answer.Response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", answer.Response.Headers.GetValues("X-Frame-Options").Single());
            Assert.True(answer.Response.Headers.CacheControl?.NoStore);
            Assert.False(answer.Response.Headers.Contains("Server"));
        }
    }

    private static readonly Lazy<Task<ApiClient>> SharedClient = new(async () => await (await ApiHost.IdleAsync()).NewWorkspaceAsync());

    private static readonly Lazy<Task<(string, string)>> SharedIds = new(async () =>
    {
        var client = await SharedClient.Value;
        var workflow = await client.SaveAsync(Definitions.Transform("shared"));
        return (workflow, await client.StartAsync(workflow));
    });
}
