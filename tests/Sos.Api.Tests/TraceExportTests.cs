using Microsoft.Extensions.Configuration;
using Sos.Api.Tests.Support;
using Sos.Testing.Otlp;

namespace Sos.Api.Tests;

/// <summary>From the request to the last row: one trace, in the spans that a backend gets and in the database.</summary>
public sealed class TraceExportTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_run_is_one_trace_from_the_request_through_its_nodes_to_what_they_call_and_its_rows_have_the_same_id(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await ApiHost.StartAsync(executes: true, builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OTEL_ENABLED"] = "true",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
        }));
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync($$$"""
            { "name": "traced",
              "nodes": [
                { "id": "call", "type": "http", "config": { "method": "POST", "url": "{{{host.Address}}}samples/echo", "json": { "n": "{{ input.n }}" } } },
                { "id": "sum", "type": "transform", "config": { "value": "{{ input.n + 1 }}" } } ],
              "edges": [ { "from": "call", "to": "sum" } ] }
            """);
        var run = await client.RunAsync(workflow, """{ "n": 41 }""");
        var (id, traceId) = (run.GetProperty("id").GetString()!, run.GetProperty("traceId").GetString()!);
        Assert.Equal(42, run.GetProperty("output").GetInt32());

        await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Name == "workflow.execute");
        await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Kind == OtlpSpanKind.Server, count: 2);
        var spans = receiver.Spans.Where(s => s.TraceId == traceId).ToArray();
        var request = spans.Single(s => s.Kind == OtlpSpanKind.Server && s.Name == "POST /api/v1/workflows/{id}/executions");
        var execute = spans.Single(s => s.Name == "workflow.execute");
        var started = spans.Single(s => s.Name == "workflow.started");
        var call = spans.Single(s => s.Name == "node.execute.http");
        var sum = spans.Single(s => s.Name == "node.execute.transform");
        var http = spans.Single(s => s.Kind == OtlpSpanKind.Client && s.ParentSpanId == call.SpanId);
        var echo = spans.Single(s => s.Kind == OtlpSpanKind.Server && s.ParentSpanId == http.SpanId);

        Assert.Equal(request.SpanId, execute.ParentSpanId);
        Assert.All([started, call, sum], s => Assert.Equal(execute.SpanId, s.ParentSpanId));
        Assert.Equal(OtlpSpanKind.Consumer, execute.Kind);
        Assert.Equal(("completed", id, client.Workspace.ToString(), client.User.ToString()),
            (execute["workflow.status"], execute["workflow.execution_id"], execute["workspace.id"], execute["user.id"]));
        Assert.All([started, call, sum], s => Assert.Equal((id, client.Workspace.ToString()), (s["workflow.execution_id"], s["workspace.id"])));
        Assert.Equal(("POST", "200"), (http["http.request.method"], http["http.response.status_code"]));
        Assert.Equal("POST /samples/echo", echo.Name);
        Assert.Equal(("sos-api", "sos"), (execute.ServiceName, execute.Resource["service.namespace"]));

        var trace = (await client.GetAsync($"/traces/{traceId}")).Body;
        Assert.Equal(id, trace.GetProperty("executions").EnumerateArray().Single().GetProperty("id").GetString());
        Assert.Equal(call.SpanId, trace.GetProperty("steps").EnumerateArray().Single(s => s.GetProperty("nodeId").GetString() == "call").GetProperty("spanId").GetString());
        Assert.NotEmpty(trace.GetProperty("eventLogs").EnumerateArray());
        Assert.All(trace.GetProperty("eventLogs").EnumerateArray(), e => Assert.Contains(spans, s => s.SpanId == e.GetProperty("spanId").GetString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Runs_complete_and_their_traces_are_whole_while_another_destination_is_dead(bool refuses)
    {
        await using var healthy = await OtlpReceiver.StartAsync();
        using var refused = new RefusedPort();
        using var silent = new SilentPort();
        await using var services = await ServiceProcesses.StartAsync(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = refuses ? refused.Endpoint : silent.Endpoint,
            ["ConnectionStrings__signoz"] = healthy.GrpcEndpoint,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            // Too small for what the runs below record, so that the dead destination's is full for most of them.
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100",
            ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
        });
        var client = services.Client;
        var workflow = await client.SaveAsync("""
            { "name": "traced twice",
              "nodes": [
                { "id": "next", "type": "transform", "config": { "value": "{{ input.n + 1 }}" } },
                { "id": "sum", "type": "transform", "config": { "value": "{{ steps.next + input.n }}" } } ],
              "edges": [ { "from": "next", "to": "sum" } ] }
            """);
        for (var n = 0; n < 30; n++)
        {
            var run = await client.RunAsync(workflow, $$"""{ "n": {{n}} }""");
            Assert.Equal(("completed", 2 * n + 1), (run.GetProperty("status").GetString(), run.GetProperty("output").GetInt32()));
            var traceId = run.GetProperty("traceId").GetString()!;
            await healthy.WaitForSpansAsync(s => s.TraceId == traceId && s.Name == "workflow.execute");
            var request = (await healthy.WaitForSpansAsync(s => s.TraceId == traceId && s.Kind == OtlpSpanKind.Server)).Single();
            var spans = healthy.Spans.Where(s => s.TraceId == traceId).ToArray();
            var execute = spans.Single(s => s.Name == "workflow.execute");
            Assert.Equal(request.SpanId, execute.ParentSpanId);
            Assert.Equal(["node.execute.transform", "node.execute.transform", "workflow.started"],
                spans.Where(s => s.ParentSpanId == execute.SpanId && s.Kind == OtlpSpanKind.Internal).Select(s => s.Name).Order(StringComparer.Ordinal));
        }

        await healthy.WaitForMetricsAsync(m => m.Name == "sos.telemetry.dropped" && m["destination"] == "otlp" && m["signal"] == "traces" && m.Value > 0);
        Assert.DoesNotContain(healthy.Metrics, m => m.Name == "sos.telemetry.dropped" && m["destination"] == "signoz" && m.Value > 0);
    }
}
