using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sos.ServiceDefaults.Telemetry.Export;
using Sos.ServiceDefaults.Telemetry.Settings;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

/// <summary>Two destinations at once, and what one of them notices of the other: nothing.</summary>
[Collection(AloneCollection.Name)]
public sealed class FanOutTests
{
    const int Queue = 500;

    // Many times the queue, so that a destination that takes nothing loses most of it.
    const int Spans = 5_000;
    const int Step = 250;

    public static TheoryData<Fault, string> Faults()
    {
        var data = new TheoryData<Fault, string>();
        foreach (var fault in Enum.GetValues<Fault>())
        {
            data.Add(fault, "grpc");
            data.Add(fault, "http/protobuf");
        }

        return data;
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Two_living_destinations_get_the_same_spans_logs_and_metrics(string protocol)
    {
        await using var first = await OtlpReceiver.StartAsync();
        await using var second = await OtlpReceiver.StartAsync();
        var host = await TestHost.StartAsync(Settings(first, EndpointOf(second, protocol), protocol));
        OtlpReceiver[] receivers = [first, second];
        List<string> sent = [];
        for (var i = 0; i < Spans; i += Step)
        {
            sent.AddRange(Emit(host, "both", Step));
            for (var j = 0; j < 10; j++)
                host.Get<ILogger<FanOutTests>>().LogInformation("both {Number}", i + j);
            foreach (var receiver in receivers)
                await receiver.WaitForSpansAsync(s => s.Name == "both", sent.Count);
        }

        Assert.All(host.Get<TelemetryExports>().Destinations.SelectMany(d => d.Tallies.Values), t => Assert.Equal((0, 0), (t.Dropped, t.Failures)));
        await host.DisposeAsync();
        sent.Sort(StringComparer.Ordinal);
        foreach (var receiver in receivers)
        {
            Assert.Equal(sent, IdsOf(receiver, "both"));
            Assert.Equal(Spans / Step * 10, receiver.Logs.Where(l => l.Category == typeof(FanOutTests).FullName).Select(l => l.Body).Distinct().Count());
        }

        Assert.Equal(MetricsOf(first), MetricsOf(second));
        Assert.Contains("sos.telemetry.dropped", MetricsOf(first));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_bad_destination_loses_its_own_spans_and_none_of_the_others(Fault fault, string protocol)
    {
        await using var good = await OtlpReceiver.StartAsync();
        await using var bad = await BadDestination.StartAsync(fault, protocol);
        var (time, log) = (new FakeTimeProvider(), new RecordingLoggerProvider());
        var host = await TestHost.StartAsync(Settings(good, bad.Endpoint, protocol), builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Logging.AddProvider(log);
        });
        var exports = host.Get<TelemetryExports>();
        var tally = exports.Destinations.Single(d => d.Name == "signoz").Tallies[TelemetrySignal.Traces];

        // This thread records them all while the bad destination has taken none: nothing that it does is waited for.
        List<string> sent = [];
        for (var i = 0; i < Spans; i += Step)
        {
            sent.AddRange(Emit(host, "many", Step));
            Assert.InRange(tally.Waiting, 0, Queue);
            await good.WaitForSpansAsync(s => s.Name == "many", sent.Count);
        }

        sent.Sort(StringComparer.Ordinal);
        Assert.Equal(sent, IdsOf(good, "many"));
        await Wait.UntilAsync(() => tally.Dropped + tally.Waiting == Spans);
        Assert.InRange(tally.Dropped, Spans - Queue, Spans);
        Assert.All(exports.Destinations.Single(d => d.Name == "otlp").Tallies.Values, t => Assert.Equal(0, t.Dropped));

        await Wait.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), () => log.Warnings.Count > 0);
        var warning = Assert.Single(log.Warnings);
        Assert.Contains("does not reach signoz", warning);
        await good.WaitForMetricsAsync(m => m.Name == "sos.telemetry.dropped" && m["destination"] == "signoz" && m["signal"] == "traces" && m.Value >= Spans - Queue);
        Assert.DoesNotContain(good.Metrics, m => m.Name == "sos.telemetry.dropped" && m["destination"] == "otlp" && m.Value > 0);

        if (BadDestination.CanRecover(fault))
        {
            bad.Recover();
            await Wait.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), () => tally.Waiting == 0);
            host.Emit("again");
            await Wait.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), () => bad.Receiver.Spans.Any(s => s.Name == "again"));
        }

        // Before the clock runs on: it would use up the shutdown's budget in an instant, which the shutdown's own tests look at.
        host.Emit("last");
        await good.WaitForSpanAsync("last");
        var stop = host.DisposeAsync().AsTask();
        await Wait.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), () => stop.IsCompleted);
        await stop;
    }

    [Fact]
    public async Task Metric_points_count_as_lost_where_the_next_export_does_not_bring_them_again()
    {
        await using var cumulative = await OtlpReceiver.StartAsync();
        await using var delta = await OtlpReceiver.StartAsync();
        (cumulative.Answer, delta.Answer) = (OtlpAnswer.Reject, OtlpAnswer.Reject);
        await using var host = await TestHost.StartAsync(Settings(cumulative, delta.GrpcEndpoint, "grpc"));
        var destinations = host.Get<TelemetryExports>().Destinations;
        var (otlp, signoz) = (destinations[0].Tallies[TelemetrySignal.Metrics], destinations[1].Tallies[TelemetrySignal.Metrics]);
        await Wait.UntilAsync(() => otlp.Failures > 0 && signoz.Dropped > 0);
        Assert.Equal(0, otlp.Dropped);
        cumulative.Answer = OtlpAnswer.Accept;
        await cumulative.WaitForMetricsAsync(m => m.Name == "sos.telemetry.dropped" && m["destination"] == "signoz" && m["signal"] == "metrics" && m.Value > 0);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Answers_that_come_too_late_are_given_up_one_at_a_time(string protocol)
    {
        await using var good = await OtlpReceiver.StartAsync();
        await using var late = await OtlpReceiver.StartAsync();
        using var hold = late.Hold();
        var settings = Settings(late, EndpointOf(good, protocol), protocol);
        settings["OTEL_EXPORTER_OTLP_TIMEOUT"] = "50";
        await using var host = await TestHost.StartAsync(settings);
        var tally = host.Get<TelemetryExports>().Destinations.Single(d => d.Name == "otlp").Tallies[TelemetrySignal.Traces];
        List<string> sent = [];
        while (tally.Failures < 5)
        {
            sent.AddRange(Emit(host, "late", 100));
            await good.WaitForSpansAsync(s => s.Name == "late", sent.Count);
        }

        // One per signal; those that were given up have ended at the server, too.
        await late.WaitUntilAsync(r => r.Waiting <= 3);
        Assert.Equal(sent.Order(StringComparer.Ordinal), IdsOf(good, "late"));
        Assert.Empty(late.Spans);
        hold.Dispose();
        // Its time is short for a busy machine: one may be too late again.
        await Wait.UntilAsync(async () =>
        {
            host.Emit("in time");
            await tally.WhenGone();
            return late.Spans.Any(s => s.Name == "in time");
        });
    }

    static Dictionary<string, string?> Settings(OtlpReceiver otlp, string signoz, string protocol) => new(TestHost.SettingsFor(otlp, protocol))
    {
        ["ConnectionStrings:signoz"] = $"Endpoint={signoz};Protocol={protocol}",
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = $"{Queue}",
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "50",
    };

    static string EndpointOf(OtlpReceiver receiver, string protocol) => protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint;

    static IEnumerable<string> Emit(TestHost host, string name, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var span = host.Source.StartActivity(name)!;
            yield return span.SpanId.ToHexString();
        }
    }

    static IEnumerable<string> IdsOf(OtlpReceiver receiver, string name) =>
        receiver.Spans.Where(s => s.Name == name).Select(s => s.SpanId).Order(StringComparer.Ordinal);

    static IEnumerable<string> MetricsOf(OtlpReceiver receiver) => receiver.Metrics.Select(m => m.Name).Distinct().Order(StringComparer.Ordinal);
}
