using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sos.ServiceDefaults.Telemetry.Export;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

public sealed class ShutdownTests
{
    [Fact]
    public async Task What_was_recorded_before_the_stop_still_arrives()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var host = await TestHost.StartAsync(new(TestHost.SettingsFor(receiver)) { ["OTEL_BSP_SCHEDULE_DELAY"] = "600000", ["OTEL_BLRP_SCHEDULE_DELAY"] = "600000", ["OTEL_METRIC_EXPORT_INTERVAL"] = "600000" },
            builder => builder.Services.AddHostedService<LastWords>());
        host.Emit("before the stop");
        await host.DisposeAsync();
        await receiver.WaitForSpanAsync("before the stop");
        await receiver.WaitForSpanAsync($"last words {host.Name}");
        await receiver.WaitForLogsAsync(l => l.Body == "last words");
        await receiver.WaitForMetricsAsync(m => m.Meter == "System.Runtime");
    }

    [Fact]
    public async Task A_process_that_gets_SIGTERM_sends_what_is_waiting()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var start = new ProcessStartInfo("dotnet", [typeof(SignalledService).Assembly.Location]) { RedirectStandardOutput = true };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.GrpcEndpoint;
        start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "600000";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            Assert.Equal(SignalledService.Ready, await process.StandardOutput.ReadLineAsync(limit.Token));
            Assert.Empty(receiver.Spans);
            const int sigterm = 15;
            Assert.Equal(0, Kill(process.Id, sigterm));
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }

        Assert.Equal("signalled", (await receiver.WaitForSpanAsync("unsent")).ServiceName);
    }

    [Fact]
    public async Task A_host_that_is_only_disposed_of_flushes_too()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var host = await TestHost.StartAsync(new(TestHost.SettingsFor(receiver)) { ["OTEL_BSP_SCHEDULE_DELAY"] = "600000" });
        host.Emit("before the end");
        await host.App.DisposeAsync();
        await receiver.WaitForSpanAsync("before the end");
    }

    [Fact]
    public async Task A_hanging_backend_does_not_hold_up_the_stop()
    {
        await using var alive = await OtlpReceiver.StartAsync();
        await using var hanging = await OtlpReceiver.StartAsync();
        using var hold = hanging.Hold();
        var host = await TestHost.StartAsync(new(TestHost.SettingsFor(hanging)) { ["ConnectionStrings:signoz"] = alive.GrpcEndpoint, ["OTEL_BSP_SCHEDULE_DELAY"] = "600000" });
        host.Emit("waiting");
        var watch = Stopwatch.StartNew();
        await host.DisposeAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TelemetryExports.FlushBudget + TimeSpan.FromSeconds(30));
        await alive.WaitForSpanAsync("waiting");
    }

    [Fact]
    public async Task A_refusing_backend_does_not_hold_up_the_stop()
    {
        using var port = new RefusedPort();
        // The clock stands still: who waited for a pause or for the budget's end would wait for ever.
        var host = await TestHost.StartAsync(
            TestHost.Fast(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = port.Endpoint }), builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider()));
        host.Emit("lost");
        await Wait.UntilAsync(() => host.Get<TelemetryExports>().Destinations[0].LastFailure is not null);
        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_flush_waits_for_the_answer_of_what_is_under_way(string protocol)
    {
        await using var slow = await OtlpReceiver.StartAsync();
        await using var quick = await OtlpReceiver.StartAsync();
        var settings = RetryTests.TracesOnly(slow, protocol);
        settings["ConnectionStrings:signoz"] = quick.GrpcEndpoint;
        await using var host = await TestHost.StartAsync(settings);
        using var hold = slow.Hold();
        host.Emit("under way");
        await slow.WaitUntilAsync(r => r.Waiting == 1);
        var destinations = host.Get<TelemetryExports>().Destinations;
        var flush = Task.WhenAll(destinations[0].Flush(TelemetryExports.FlushBudget));
        await Task.WhenAll(destinations[1].Flush(TelemetryExports.FlushBudget));
        Assert.False(flush.IsCompleted);
        hold.Dispose();
        await flush;
        Assert.Contains(slow.Spans, s => s.Name == "under way");
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_backend_that_came_back_during_the_last_pause_gets_what_waits(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        receiver.Answer = OtlpAnswer.Unavailable;
        // The clock stands still, so that the pause before the next attempt does not end by itself.
        var host = await TestHost.StartAsync(RetryTests.TracesOnly(receiver, protocol), builder => builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider()));
        host.Emit("patient");
        await Wait.UntilAsync(() => host.Get<TelemetryExports>().Destinations[0].LastFailure is not null);
        receiver.Answer = OtlpAnswer.Accept;
        await host.DisposeAsync();
        Assert.Contains(receiver.Spans, s => s.Name == "patient");
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_long_queue_is_sent_wholly_while_the_other_destination_hangs(string protocol)
    {
        await using var alive = await OtlpReceiver.StartAsync();
        await using var hanging = await OtlpReceiver.StartAsync();
        using var hold = hanging.Hold();
        var host = await TestHost.StartAsync(new(TestHost.SettingsFor(hanging, protocol))
        {
            ["ConnectionStrings:signoz"] = protocol == "grpc" ? alive.GrpcEndpoint : $"Endpoint={alive.HttpEndpoint};Protocol=http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "600000",
            ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "10000",
        });
        const int count = 9_000;
        for (var i = 0; i < count; i++)
            host.Emit("waiting");
        Assert.Empty(alive.Spans);
        var watch = Stopwatch.StartNew();
        await host.DisposeAsync();
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TelemetryExports.FlushBudget + TimeSpan.FromSeconds(30));
        Assert.Equal(count, alive.Spans.Where(s => s.Name == "waiting").Select(s => s.SpanId).Distinct().Count());
    }

    sealed class LastWords(ILogger<LastWords> log, IHostEnvironment environment) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            using var source = new ActivitySource(environment.ApplicationName);
            using var span = source.StartActivity($"last words {environment.ApplicationName}");
            log.LogInformation("last words");
            return Task.CompletedTask;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int pid, int signal);
}
