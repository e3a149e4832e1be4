using Sos.ServiceDefaults.Telemetry.Export;
using Sos.ServiceDefaults.Telemetry.Settings;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

/// <summary>Counts what is lost to the last span, so no other test's host may have something to say meanwhile.</summary>
[Collection(AloneCollection.Name)]
public sealed class FrozenConnectionTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_connection_on_which_nobody_answers_is_given_up(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var proxy = new FreezingProxy(new Uri(protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint));
        var settings = RetryTests.TracesOnly(receiver, protocol);
        settings["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = protocol == "grpc" ? proxy.Endpoint : $"{proxy.Endpoint}/v1/traces";
        settings["OTEL_EXPORTER_OTLP_TIMEOUT"] = "2000";
        await using var host = await TestHost.StartAsync(settings);
        var tally = host.Get<TelemetryExports>().Destinations[0].Tallies[TelemetrySignal.Traces];
        host.Emit("before");
        await receiver.WaitForSpanAsync("before");
        // It has arrived, but its answer may be on its way, and would be frozen instead of the next request.
        await tally.WhenGone().WaitAsync(TimeSpan.FromSeconds(15));
        proxy.Freeze();
        host.Emit("lost");
        await Wait.UntilAsync(() => tally.Dropped == 1);
        host.Emit("after");
        await receiver.WaitForSpanAsync("after");
        Assert.Equal(1, tally.Dropped);
        Assert.DoesNotContain(receiver.Spans, span => span.Name == "lost");
    }
}
