using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sos.ServiceDefaults.Telemetry.Export;
using Sos.ServiceDefaults.Telemetry.Settings;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

[Collection(AloneCollection.Name)]
public sealed class LossTests
{
    [Fact]
    public async Task A_hanging_destination_costs_a_bounded_queue_and_the_other_gets_everything()
    {
        await using var alive = await OtlpReceiver.StartAsync();
        await using var hanging = await OtlpReceiver.StartAsync();
        using var hold = hanging.Hold();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(alive))
        {
            ["ConnectionStrings:signoz"] = hanging.GrpcEndpoint,
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "1000",
            ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "100",
        });
        for (var i = 0; i < 5_000; i += 100)
        {
            for (var j = i; j < i + 100; j++)
                host.Emit("many");
            // The living destination keeps up by itself; waiting for it keeps its queue short, too.
            await alive.WaitForSpansAsync(s => s.Name == "many", i + 100);
        }

        var dead = host.Get<TelemetryExports>().Destinations.Single(d => d.Name == "signoz").Tallies[TelemetrySignal.Traces];
        var living = host.Get<TelemetryExports>().Destinations.Single(d => d.Name == "otlp").Tallies[TelemetrySignal.Traces];
        Assert.Equal(1_000, dead.Waiting);
        Assert.InRange(dead.Dropped, 4_000, long.MaxValue);
        Assert.Equal(0, living.Dropped);
        await alive.WaitForMetricsAsync(m => m.Name == "sos.telemetry.dropped" && m["destination"] == "signoz" && m["signal"] == "traces" && m.Value >= 4_000);
        hold.Dispose();
    }

    [Fact]
    public async Task A_rejected_batch_counts_as_dropped()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Answer = OtlpAnswer.Reject;
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver));
        var exports = host.Get<TelemetryExports>();
        host.Emit("rejected");
        await exports.WaitForTroubleAsync(CancellationToken.None);
        await Wait.UntilAsync(() => exports.Destinations[0].Tallies[TelemetrySignal.Traces] is { Dropped: >= 1, Failures: >= 1 });
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_backend_that_comes_back_gets_what_was_waiting(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Answer = OtlpAnswer.Unavailable;
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver, protocol));
        host.Emit("patient");
        var transport = host.Get<TelemetryExports>().Destinations[0];
        await Wait.UntilAsync(() => transport.LastFailure is not null);
        Assert.Empty(receiver.Spans);
        receiver.Answer = OtlpAnswer.Accept;
        await receiver.WaitForSpanAsync("patient");
        Assert.Equal(0, transport.Tallies[TelemetrySignal.Traces].Dropped);
    }

    [Fact]
    public async Task A_dead_backend_is_told_once_a_minute()
    {
        using var port = new RefusedPort();
        var (time, log) = (new FakeTimeProvider(), new RecordingLoggerProvider());
        await using var host = await TestHost.StartAsync(TestHost.Fast(new() { ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = port.Endpoint, ["OTEL_BSP_MAX_QUEUE_SIZE"] = "1", ["OTEL_EXPORTER_OTLP_HEADERS"] = "key=hunter2" }), builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Logging.AddProvider(log);
        });
        var tally = host.Get<TelemetryExports>().Destinations[0].Tallies[TelemetrySignal.Traces];
        // With the clock standing still, the first export waits for its retry for ever and the queue of one is full.
        async Task LoseAsync()
        {
            var before = tally.Dropped;
            host.Emit("lost");
            host.Emit("lost");
            await Wait.UntilAsync(() => tally.Dropped > before);
        }

        await LoseAsync();
        await Wait.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), () => log.Warnings.Count >= 1);
        Assert.Contains("otlp", log.Warnings[0]);
        Assert.Contains(port.Endpoint, log.Warnings[0]);
        Assert.DoesNotContain("hunter2", log.Warnings[0]);
        await LoseAsync();
        time.Advance(TimeSpan.FromSeconds(30));
        await LoseAsync();
        Assert.Single(log.Warnings);
        await Wait.AdvanceUntilAsync(time, TimeSpan.FromSeconds(5), () => log.Warnings.Count >= 2);
    }
}
