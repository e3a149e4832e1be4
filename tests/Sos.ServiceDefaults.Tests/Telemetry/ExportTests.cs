using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;
using Sos.ServiceDefaults.Telemetry;
using Sos.ServiceDefaults.Telemetry.Export;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

public sealed class ExportTests
{
    [Fact]
    public async Task Resource_and_headers_go_with_every_signal()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(receiver))
        {
            ["OTEL_SERVICE_VERSION"] = "1.2.3",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = """{"x-api-key":"a,b","x-tenant":"t"}""",
        }, serviceName: "named");
        host.Emit("hello");
        host.Get<ILogger<ExportTests>>().LogInformation("hello log");

        var span = await receiver.WaitForSpanAsync("hello");
        var log = (await receiver.WaitForLogsAsync(l => l.Body == "hello log"))[0];
        var metric = (await receiver.WaitForMetricsAsync(m => m.Meter == "System.Runtime"))[0];
        foreach (var resource in new[] { span.Resource, log.Resource, metric.Resource })
        {
            Assert.Equal("named", resource["service.name"]);
            Assert.Equal("sos", resource["service.namespace"]);
            Assert.Equal("1.2.3", resource["service.version"]);
            Assert.Equal("production", resource["deployment.environment"]);
            Assert.Equal("production", resource["deployment.environment.name"]);
            Assert.Equal("opentelemetry", resource["telemetry.sdk.name"]);
            Assert.Equal(span.Resource["service.instance.id"], resource["service.instance.id"]);
        }

        Assert.Equal(["logs", "metrics", "traces"], receiver.Requests.Select(r => r.Signal).Distinct().Order());
        Assert.All(receiver.Requests, r => Assert.Equal(("a,b", "t"), (r.Headers["x-api-key"], r.Headers["x-tenant"])));
    }

    [Fact]
    public async Task A_worker_without_a_web_server_exports_too()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = $"Worker.{Guid.NewGuid():N}" });
        builder.Configuration.AddInMemoryCollection(TestHost.SettingsFor(receiver));
        builder.AddServiceDefaults();
        using var host = builder.Build();
        await host.StartAsync();
        using (var source = new ActivitySource(builder.Environment.ApplicationName))
            source.StartActivity("work")!.Dispose();
        await host.StopAsync();
        Assert.StartsWith("worker-", (await receiver.WaitForSpanAsync("work")).ServiceName);
    }

    [Theory]
    [InlineData("OTEL_ENABLED", "false")]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    public async Task Switched_off_nothing_is_built_and_nothing_listens(string setting, string value)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(receiver)) { [setting] = value });
        Assert.Null(host.App.Services.GetService<TracerProvider>());
        Assert.Null(host.App.Services.GetService<TelemetryExports>());
        Assert.False(host.Source.HasListeners());
        Assert.Empty(host.Get<TelemetryDestinations>());
    }

    [Fact]
    public async Task Without_a_destination_nothing_listens()
    {
        await using var host = await TestHost.StartAsync();
        Assert.False(host.Source.HasListeners());
        Assert.Empty(host.Get<TelemetryDestinations>());
    }

    [Theory]
    [InlineData("always_on", true, true)]
    [InlineData("always_on", false, true)]
    [InlineData("always_off", true, false)]
    [InlineData("parentbased_always_on", false, false)]
    [InlineData("parentbased_always_off", true, true)]
    [InlineData("parentbased_traceidratio", true, true)]
    public async Task The_sampler_decides_with_the_callers_flag(string sampler, bool callerSampled, bool recorded)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(receiver))
        {
            ["OTEL_TRACES_SAMPLER"] = sampler,
            ["OTEL_TRACES_SAMPLER_ARG"] = "0",
        });
        var flags = callerSampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None;
        var caller = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, isRemote: true);
        using var span = host.Source.StartActivity("sampled", ActivityKind.Server, caller);
        Assert.Equal(recorded, span is { Recorded: true });
        Assert.Equal(recorded, span is { IsAllDataRequested: true });
        if (span is not null)
            Assert.Equal(caller.TraceId, span.TraceId);
    }

    [Fact]
    public async Task Both_destinations_get_everything()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        await using var signoz = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(otlp))
        {
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-only=otlp",
            ["ConnectionStrings:signoz"] = $"Endpoint={signoz.HttpEndpoint};Protocol=http/protobuf;IngestionKey=key-1",
        });
        host.Emit("both");
        host.Get<ILogger<ExportTests>>().LogInformation("both log");
        foreach (var receiver in new[] { otlp, signoz })
        {
            await receiver.WaitForSpanAsync("both");
            await receiver.WaitForLogsAsync(l => l.Body == "both log");
            await receiver.WaitForMetricsAsync(m => m.Meter == "System.Runtime");
        }

        Assert.All(otlp.Requests, r => Assert.Equal(("otlp", false), (r.Headers["x-only"], r.Headers.ContainsKey("signoz-ingestion-key"))));
        Assert.All(signoz.Requests, r => Assert.Equal(("key-1", false), (r.Headers["signoz-ingestion-key"], r.Headers.ContainsKey("x-only"))));
    }

    [Fact]
    public async Task A_broken_setting_is_told_at_the_start()
    {
        var log = new RecordingLoggerProvider();
        await using var host = await TestHost.StartAsync(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "nonsense" }, builder => builder.Logging.AddProvider(log));
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT must be an address", log.Warnings[0]);
        Assert.Empty(host.Get<TelemetryDestinations>());
    }
}
