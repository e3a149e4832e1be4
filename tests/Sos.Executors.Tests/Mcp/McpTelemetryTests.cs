using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Sos.Executors.Mcp;
using Sos.Executors.Tests.Nodes.Http;
using Sos.Testing.Mcp;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Tests.Mcp;

/// <summary>The spans of calls, and the trace context that servers get.</summary>
public sealed class McpTelemetryTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    public McpTelemetryTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SosTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [NpmFact]
    public async Task A_call_is_a_client_span_whose_context_the_server_gets()
    {
        await using var host = McpHost.WithScript(["meta"]);
        using var parent = SosTelemetry.Source.StartActivity("test")!;

        var meta = JsonElement.Parse(await host.TextAsync("scripted", "meta"));

        var span = SpanOf(parent);
        Assert.Equal(("tools/call meta", ActivityKind.Client, parent.SpanId), (span.OperationName, span.Kind, span.ParentSpanId));
        Assert.Equal($"00-{span.TraceId}-{span.SpanId}-01", meta.GetProperty("traceparent").GetString());
        var tags = span.TagObjects.ToDictionary();
        Assert.Equal("tools/call", tags["mcp.method.name"]);
        Assert.Equal("meta", tags["gen_ai.tool.name"]);
        Assert.Equal("execute_tool", tags["gen_ai.operation.name"]);
        Assert.Equal("scripted", tags["mcp.server.name"]);
        Assert.Equal("pipe", tags["network.transport"]);
        Assert.Equal("2025-11-25", tags["mcp.protocol.version"]);
        Assert.NotNull(tags["jsonrpc.request.id"]);
        Assert.DoesNotContain("error.type", tags.Keys);
    }

    [NpmFact]
    public async Task Below_an_agents_span_for_the_tool_the_operation_is_not_counted_again()
    {
        await using var host = McpHost.WithScript(["pid"]);
        using var parent = SosTelemetry.Source.StartActivity("execute_tool pid")!;

        await host.NumberAsync("scripted", "pid");

        Assert.Null(SpanOf(parent).GetTagItem("gen_ai.operation.name"));
    }

    [NpmFact]
    public async Task Over_HTTP_the_span_has_session_and_address()
    {
        await using var everything = await EverythingOverHttp.StartAsync();
        await using var host = new McpHost();
        host.Add("remote", new McpServerOptions { Url = everything.Url });
        using var parent = SosTelemetry.Source.StartActivity("test")!;

        await host.CallAsync("remote", "get-sum", """{ "a": "no number" }""");

        var tags = SpanOf(parent).TagObjects.ToDictionary();
        Assert.Equal(36, Assert.IsType<string>(tags["mcp.session.id"]).Length);
        Assert.Equal(("tcp", "http", "127.0.0.1", new Uri(everything.Url).Port), (tags["network.transport"], tags["network.protocol.name"], tags["server.address"], tags["server.port"]));
        Assert.Equal("tool_error", tags["error.type"]);
        Assert.Equal(ActivityStatusCode.Error, SpanOf(parent).Status);
    }

    [NpmFact]
    public async Task Failures_carry_the_JSON_RPC_code_or_ours()
    {
        await using var host = McpHost.WithScript(["refuse", "exit"]);
        using (var parent = SosTelemetry.Source.StartActivity("test")!)
        {
            await host.CallErrorAsync("scripted", "refuse");
            var span = SpanOf(parent);
            Assert.Equal(("-32602", "-32602", ActivityStatusCode.Error), (span.GetTagItem("error.type"), span.GetTagItem("rpc.response.status_code"), span.Status));
        }
        using (var parent = SosTelemetry.Source.StartActivity("test")!)
        {
            await host.CallErrorAsync("scripted", "exit");
            Assert.Equal("mcp_server_crashed", SpanOf(parent).GetTagItem("error.type"));
        }
    }

    [NpmFact]
    public async Task A_calls_duration_is_measured_by_tool_and_error_and_unknown_tools_make_no_series()
    {
        var measured = new ConcurrentQueue<(double Seconds, Dictionary<string, object?> Tags)>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, it) => { if (instrument.Name == "mcp.client.operation.duration") it.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<double>((_, seconds, tags, _) => measured.Enqueue((seconds, tags.ToArray().ToDictionary())));
        meters.Start();
        await using var host = McpHost.WithScript(["measured", "refuse"]);

        await host.CallErrorAsync("scripted", "refuse");
        await host.CallErrorAsync("scripted", "made-up-name");

        var refused = measured.First(m => Equals(m.Tags.GetValueOrDefault("gen_ai.tool.name"), "refuse"));
        Assert.Equal(("tools/call", "-32602", "pipe"), (refused.Tags["mcp.method.name"], refused.Tags["error.type"], refused.Tags["network.transport"]));
        Assert.True(refused.Seconds > 0);
        Assert.Contains(measured, m => Equals(m.Tags.GetValueOrDefault("error.type"), "mcp_tool_not_found"));
        Assert.DoesNotContain(measured, m => Equals(m.Tags.GetValueOrDefault("gen_ai.tool.name"), "made-up-name"));
    }

    [Fact]
    public async Task A_session_is_begun_outside_of_the_call_that_needs_it_first()
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        await using var host = new McpHost();
        host.Add("remote", new McpServerOptions { Url = target.Url });
        using var parent = SosTelemetry.Source.StartActivity("test")!;

        await host.CallErrorAsync("remote", "echo");

        // The session is begun for all who come: it belongs to no call's trace.
        Assert.All(target.Requests, r => Assert.DoesNotContain(parent.TraceId.ToHexString(), r.Headers.GetValueOrDefault("traceparent", ""), StringComparison.Ordinal));
        Assert.Equal("mcp_unauthorized", SpanOf(parent).GetTagItem("error.type"));
    }

    private Activity SpanOf(Activity parent) => spans.Single(s => s.ParentSpanId == parent.SpanId && s.Kind == ActivityKind.Client);
}
