using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sos.ServiceDefaults.Telemetry.Export;
using Sos.ServiceDefaults.Telemetry.Settings;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

public sealed class RetryTests
{
    [Theory]
    [InlineData("grpc", 7, 7)]
    [InlineData("http/protobuf", 7, 7)]
    [InlineData("grpc", 99_999_999, 600)]
    [InlineData("http/protobuf", 99_999_999, 600)]
    public async Task A_server_says_when_to_come_again_within_reason(string protocol, int asked, int pause)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        (receiver.Answer, receiver.RetryAfter) = (OtlpAnswer.Exhausted, TimeSpan.FromSeconds(asked));
        var time = new RecordedPauses();
        await using var host = await TestHost.StartAsync(TracesOnly(receiver, protocol), builder => builder.Services.AddSingleton<TimeProvider>(time));
        host.Emit("patient");
        await Wait.UntilAsync(() => time.Seconds.Contains(pause));
        receiver.Answer = OtlpAnswer.Accept;
        time.Advance(TimeSpan.FromSeconds(pause));
        await receiver.WaitForSpanAsync("patient");
        Assert.Equal(0, host.Get<TelemetryExports>().Destinations[0].Tallies[TelemetrySignal.Traces].Dropped);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task An_answer_that_breaks_off_is_asked_for_again(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Answer = OtlpAnswer.Break;
        await using var host = await TestHost.StartAsync(TracesOnly(receiver, protocol));
        var destination = host.Get<TelemetryExports>().Destinations[0];
        host.Emit("patient");
        await Wait.UntilAsync(() => destination.LastFailure is not null);
        receiver.Answer = OtlpAnswer.Accept;
        await receiver.WaitForSpanAsync("patient");
        Assert.Equal(0, destination.Tallies[TelemetrySignal.Traces].Dropped);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_connection_that_is_reset_at_whatever_moment_is_made_again(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var port = new ResettingPort();
        var settings = TracesOnly(receiver, protocol);
        settings["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = protocol == "grpc" ? port.Endpoint : $"{port.Endpoint}/v1/traces";
        settings["OTEL_EXPORTER_OTLP_TIMEOUT"] = "600000";
        var time = new FakeTimeProvider();
        await using var host = await TestHost.StartAsync(settings, builder => builder.Services.AddSingleton<TimeProvider>(time));
        host.Emit("patient");
        await Wait.AdvanceUntilAsync(time, TimeSpan.FromMilliseconds(100), () => port.Connections > 300);
        Assert.Equal(0, host.Get<TelemetryExports>().Destinations[0].Tallies[TelemetrySignal.Traces].Dropped);
    }

    [Fact]
    public async Task The_reason_of_a_failed_TLS_handshake_is_told()
    {
        await using var plain = await OtlpReceiver.StartAsync();
        var settings = TracesOnly(plain, "http/protobuf");
        settings["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = plain.HttpEndpoint.Replace("http:", "https:", StringComparison.Ordinal);
        await using var host = await TestHost.StartAsync(settings);
        var destination = host.Get<TelemetryExports>().Destinations[0];
        host.Emit("lost");
        await Wait.UntilAsync(() => destination.LastFailure is not null);
        Assert.StartsWith("no TLS: ", destination.LastFailure);
        Assert.DoesNotContain("inner exception", destination.LastFailure);
    }

    internal static Dictionary<string, string?> TracesOnly(OtlpReceiver receiver, string protocol) => TestHost.Fast(new()
    {
        ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = protocol == "grpc" ? receiver.GrpcEndpoint : $"{receiver.HttpEndpoint}/v1/traces",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
    });

    /// <summary>A clock that stands still and remembers for how long it was asked to wait.</summary>
    sealed class RecordedPauses : FakeTimeProvider
    {
        readonly ConcurrentQueue<double> _seconds = new();

        public IEnumerable<double> Seconds => _seconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _seconds.Enqueue(dueTime.TotalSeconds);
            return timer;
        }
    }
}
