using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

public sealed class OtlpReceiverTests
{
    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task The_receiver_takes_spans_over_both_protocols(OtlpExportProtocol protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var source = new ActivitySource(Guid.NewGuid().ToString());
        using (var provider = Provider(receiver, protocol, source.Name))
        {
            using var parent = source.StartActivity("parent", ActivityKind.Server);
            using var child = source.StartActivity("child");
            child!.SetTag("text", "a").SetTag("number", 7L).SetTag("list", new[] { "x", "y" }).AddEvent(new ActivityEvent("happened"));
            child.SetStatus(ActivityStatusCode.Error, "broken");
        }

        var child1 = await receiver.WaitForSpanAsync("child");
        var parent1 = await receiver.WaitForSpanAsync("parent");
        Assert.Equal(parent1.SpanId, child1.ParentSpanId);
        Assert.Null(parent1.ParentSpanId);
        Assert.Equal(OtlpSpanKind.Server, parent1.Kind);
        Assert.Equal(32, child1.TraceId.Length);
        Assert.Equal("receiver-test", child1.ServiceName);
        Assert.Equal(source.Name, child1.Scope);
        Assert.Equal("a", child1["text"]);
        Assert.Equal(7L, child1.Attributes["number"]);
        Assert.Equal(["x", "y"], (object?[])child1.Attributes["list"]!);
        Assert.Equal("happened", Assert.Single(child1.Events).Name);
        Assert.Equal((OtlpStatus.Error, "broken"), (child1.Status, child1.StatusMessage));
        Assert.All(receiver.Requests, r => Assert.Equal(protocol == OtlpExportProtocol.Grpc ? "grpc" : "http/protobuf", r.Protocol));
    }

    [Fact]
    public async Task A_held_export_waits_until_it_is_released()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var source = new ActivitySource(Guid.NewGuid().ToString());
        using var provider = Provider(receiver, OtlpExportProtocol.Grpc, source.Name);
        using (receiver.Hold())
        {
            source.StartActivity("held")!.Dispose();
            await receiver.WaitUntilAsync(r => r.Waiting == 1);
            Assert.Empty(receiver.Spans);
        }

        await receiver.WaitForSpanAsync("held");
    }

    [Fact]
    public async Task Waiting_for_what_never_comes_fails_and_tells_what_came()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var source = new ActivitySource(Guid.NewGuid().ToString());
        using var provider = Provider(receiver, OtlpExportProtocol.HttpProtobuf, source.Name);
        source.StartActivity("came")!.Dispose();
        await receiver.WaitForSpanAsync("came");
        var error = await Assert.ThrowsAsync<TimeoutException>(() => receiver.WaitForSpanAsync("other", TimeSpan.FromMilliseconds(50)));
        Assert.Contains("came", error.Message);
    }

    static TracerProvider Provider(OtlpReceiver receiver, OtlpExportProtocol protocol, string source) => Sdk.CreateTracerProviderBuilder()
        .AddSource(source)
        .ConfigureResource(r => r.AddService("receiver-test"))
        .AddProcessor(new BatchActivityExportProcessor(new OtlpTraceExporter(new OtlpExporterOptions
        {
            Protocol = protocol,
            Endpoint = new Uri(protocol == OtlpExportProtocol.Grpc ? receiver.GrpcEndpoint : receiver.HttpEndpoint + "/v1/traces"),
        }), scheduledDelayMilliseconds: 20))
        .Build();
}
