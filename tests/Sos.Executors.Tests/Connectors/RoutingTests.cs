using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Tests.Nodes;
using Sos.Executors.Tests.Nodes.Http;

namespace Sos.Executors.Tests.Connectors;

/// <summary>Which provider serves a call, and who says so.</summary>
public sealed class RoutingTests
{
    [Theory]
    [InlineData("refused", "connection", "http_connection_failed")]
    [InlineData("429", "rateLimited", "connector_429")]
    [InlineData("503", "serverError", "connector_503")]
    [InlineData("silent", "connection", "http_timeout")]
    [InlineData("unknown-host", "connection", "http_dns_failed")]
    public async Task A_call_whose_first_provider_is_down_is_served_by_the_second_and_span_and_event_say_so(string first, string reason, string code)
    {
        await using var backup = await HttpTarget.StartAsync("application/json", """{"id": "b-1"}""");
        await using var primary = await PrimaryAsync(first);
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Billing(first switch { "refused" => $"http://127.0.0.1:{await ClosedPortAsync()}", "unknown-host" => "http://nobody.invalid", _ => primary.Url }, backup.Url));

        var run = await engine.RunAsync($$"""{"connector": "billing", "action": "refund", "with": {"id": "7"}, "timeout": "{{(first == "silent" ? "1s" : "20s")}}"}""");

        Assert.True(run.Row.Status == "completed", run.Row.Error?.GetRawText());
        NodeRun.AssertJson("""{"data":{"id":"b-1"},"status":200,"provider":"backup","pages":1,"truncated":false}""", run.Row.Output!.Value);
        Assert.Equal(("POST", "/v1/refunds/7"), (backup.Request.Method, backup.Request.Target));
        var span = Assert.Single(engine.Calls(run));
        Assert.Equal(
            ("billing", "refund", "manifest", "backup", reason),
            (span.GetTagItem("connector.id"), span.GetTagItem("connector.action"), span.GetTagItem("connector.provider"), span.GetTagItem("connector.routing_provider"), span.GetTagItem("connector.routing_reason")));
        var passed = Assert.Single(span.Events);
        Assert.Equal("connector.fell_through", passed.Name);
        Assert.Contains(passed.Tags, t => t is { Key: "connector.routing_provider", Value: "primary" });
        Assert.Contains(passed.Tags, t => t.Key == "error.type" && (string?)t.Value == code);
        var use = (await engine.UsesAsync(run))[0];
        NodeRun.AssertJson(
            $$"""{"nodeId":"call","connector":"billing","action":"refund","provider":"manifest","routingProvider":"backup","status":200,"pages":1,"fellThrough":[{"provider":"primary","reason":"{{reason}}","errorCode":"{{code}}"}],"outcome":"completed"}""",
            use);
    }

    [Fact]
    public async Task What_the_caller_did_wrong_is_no_reason_to_ask_another()
    {
        await using var backup = await HttpTarget.StartAsync("application/json", "{}");
        await using var primary = await HttpTarget.StartAsync("application/json", """{"message": "No such payment."}""", 404);
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Billing(primary.Url, backup.Url));
        var run = await engine.RunAsync("""{"connector": "billing", "action": "refund", "with": {"id": "7"}}""");
        Assert.Equal("connector_404", run.Row.ErrorCode);
        Assert.Contains("No such payment.", run.Row.Error!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(backup.Requests);
        Assert.Equal("primary", Assert.Single(engine.Calls(run)).GetTagItem("connector.routing_provider"));
        Assert.Equal(("failed", "connector_404"), ((await engine.UsesAsync(run))[0].GetProperty("outcome").GetString(), (await engine.UsesAsync(run))[0].GetProperty("errorCode").GetString()));
    }

    [Fact]
    public async Task A_connector_says_itself_what_leads_on()
    {
        await using var backup = await HttpTarget.StartAsync("application/json", "{}");
        await using var primary = await HttpTarget.StartAsync("application/json", "{}", 503);
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Billing(primary.Url, backup.Url) + "\nfallThrough: [connection]");
        Assert.Equal("connector_503", (await engine.FailAsync("""{"connector": "billing", "action": "refund", "with": {"id": "7"}}""")).Code);
        Assert.Empty(backup.Requests);
    }

    [Fact]
    public async Task A_provider_that_fails_often_is_left_alone_until_it_may_try_again()
    {
        var healthy = false;
        await using var primary = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref healthy) ? 200 : 500;
            return Task.CompletedTask;
        });
        await using var engine = await ConnectorEngine.StartAsync(("Sos:Connectors:BreakAfter", "3"), ("Sos:Connectors:BreakDuration", "00:00:01"));
        await engine.SaveAsync(Single(primary.Url));
        const string Call = """{"connector": "single", "action": "ask"}""";
        for (var i = 0; i < 3; i++)
            Assert.Equal("connector_500", (await engine.FailAsync(Call)).Code);
        Assert.Equal("connector_circuit_open", (await engine.FailAsync(Call)).Code);
        Assert.Equal(3, primary.Requests.Count);
        Volatile.Write(ref healthy, true);
        // The error carries how long to wait, which a retry heeds.
        var run = await engine.RunAsync(Call, """, "retry": { "maxAttempts": 5, "delay": "10ms" } """);
        Assert.Equal("completed", run.Row.Status);
    }

    [Fact]
    public async Task A_provider_that_hangs_is_left_alone_as_well()
    {
        await using var primary = await PrimaryAsync("silent");
        await using var engine = await ConnectorEngine.StartAsync(("Sos:Connectors:BreakAfter", "2"));
        await engine.SaveAsync(Single(primary.Url));
        const string Call = """{"connector": "single", "action": "ask", "timeout": "300ms"}""";
        for (var i = 0; i < 2; i++)
            Assert.Equal("http_timeout", (await engine.FailAsync(Call)).Code);
        Assert.Equal("connector_circuit_open", (await engine.FailAsync(Call)).Code);
    }

    [Fact]
    public async Task What_fails_before_it_is_sent_says_nothing_of_the_provider()
    {
        await using var primary = await HttpTarget.StartAsync("application/json", "{}", 500);
        await using var engine = await ConnectorEngine.StartAsync(("Sos:Connectors:BreakAfter", "4"));
        await engine.SaveAsync(Single(primary.Url).Replace("path: /ask", "path: /ask\n    parameters: { x: { type: string, in: header, as: X-Y } }", StringComparison.Ordinal));
        for (var i = 0; i < 5; i++)
            Assert.Equal("invalid_arguments", (await engine.FailAsync("""{"connector": "single", "action": "ask", "with": {"x": "a\r\nb"}}""")).Code);
        for (var i = 0; i < 4; i++)
            Assert.Equal("connector_500", (await engine.FailAsync("""{"connector": "single", "action": "ask"}""")).Code);
        Assert.Equal("connector_circuit_open", (await engine.FailAsync("""{"connector": "single", "action": "ask"}""")).Code);
    }

    [Fact]
    public async Task A_connector_may_serve_in_the_place_of_another_with_arguments_of_its_own()
    {
        await using var target = await HttpTarget.StartAsync("application/json", """{"ok": true}""");
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Single(target.Url).Replace("ask:", "sendNote:", StringComparison.Ordinal).Replace("path: /ask", "path: /notes\n    method: POST\n    parameters: { text: { type: string, required: true }, tag: { type: string } }", StringComparison.Ordinal));
        await engine.SaveAsync("""
            id: chat
            title: Chat
            providers:
              - id: notes
                connector: single
                actions:
                  say: { action: sendNote, with: { text: "{{ args.message.upperAscii() }}" } }
            actions:
              say: { title: Say something, parameters: { message: { type: string, required: true } } }
            """);
        var run = await engine.RunAsync("""{"connector": "chat", "action": "say", "with": {"message": "hello"}}""");
        Assert.True(run.Row.Status == "completed", run.Row.Error?.GetRawText());
        Assert.Equal("""{"text":"HELLO"}""", target.Request.Body);
        Assert.Equal("notes", Assert.Single(engine.Calls(run)).GetTagItem("connector.routing_provider"));
    }

    [Fact]
    public async Task Connectors_that_serve_each_other_in_a_circle_come_to_an_end()
    {
        await using var engine = await ConnectorEngine.StartAsync();
        foreach (var (id, other) in new[] { ("ping", "pong"), ("pong", "ping") })
            await engine.SaveAsync($"id: {id}\ntitle: x\nproviders: [{{ id: p, connector: {other} }}]\nactions: {{ go: {{ title: Go }} }}");
        Assert.Equal("invalid_connector", (await engine.FailAsync("""{"connector": "ping", "action": "go"}""")).Code);
    }

    private static string Billing(string primary, string backup) => $$"""
        id: billing
        title: Billing
        errors: { message: [/message] }
        providers:
          - { id: primary, baseUrl: "{{primary}}/v1" }
          - { id: backup, baseUrl: "{{backup}}/v1" }
        actions:
          refund:
            title: Give money back
            method: POST
            path: /refunds/{id}
            parameters: { id: { type: string, required: true } }
        """;

    private static string Single(string url) => $$"""
        id: single
        title: Single
        baseUrl: "{{url}}"
        actions:
          ask:
            title: Ask
            path: /ask
        """;

    private static Task<HttpTarget> PrimaryAsync(string behaviour) => HttpTarget.StartAsync(async context =>
    {
        if (behaviour == "silent")
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        context.Response.StatusCode = int.TryParse(behaviour, out var status) ? status : 200;
    });

    private static async Task<int> ClosedPortAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await Task.Yield();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
