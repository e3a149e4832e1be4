using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests;

/// <summary>
/// A real web host with the service defaults on a free port. Its application name is unique and is also the name of
/// <see cref="Source"/>, to which no other host of this process listens: sources that all share (ASP.NET Core's, for
/// example) reach every host, so tests on those look for their own trace id.
/// </summary>
sealed class TestHost : IAsyncDisposable
{
    TestHost(WebApplication app, ActivitySource source) => (App, Source) = (app, source);

    public WebApplication App { get; }

    public ActivitySource Source { get; }

    public string Name => Source.Name;

    /// <summary>A client that neither makes spans nor sends a traceparent of its own.</summary>
    public HttpClient Client { get; private set; } = null!;

    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    public static async Task<TestHost> StartAsync(
        Dictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, string? serviceName = null)
    {
        var name = $"Test.{Guid.NewGuid():N}";
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = name, EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults(serviceName);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        var host = new TestHost(app, new ActivitySource(name));
        await app.StartAsync();
        host.Client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(app.Urls.First()) };
        return host;
    }

    /// <summary>Settings for a receiver, with delays short enough for a test.</summary>
    public static Dictionary<string, string?> SettingsFor(OtlpReceiver receiver, string protocol = "grpc") => Fast(new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
    });

    public static Dictionary<string, string?> Fast(Dictionary<string, string?> settings)
    {
        settings.TryAdd("OTEL_BSP_SCHEDULE_DELAY", "20");
        settings.TryAdd("OTEL_BLRP_SCHEDULE_DELAY", "20");
        settings.TryAdd("OTEL_METRIC_EXPORT_INTERVAL", "100");
        return settings;
    }

    /// <summary>Sends a request in a new trace; returns its answer and the trace's and the parent span's ids.</summary>
    public async Task<(HttpResponseMessage Response, string TraceId, string ParentId)> SendAsync(
        HttpMethod method, string path, bool sampled = true, Action<HttpRequestMessage>? change = null)
    {
        var (traceId, parentId) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("traceparent", $"00-{traceId}-{parentId}-{(sampled ? "01" : "00")}");
        change?.Invoke(request);
        return (await Client.SendAsync(request), traceId, parentId);
    }

    /// <summary>Records a span that is the root of its own trace.</summary>
    public void Emit(string name)
    {
        using var span = Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext));
        Assert.NotNull(span);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        Source.Dispose();
    }
}
