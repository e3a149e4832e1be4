using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace Sos.Testing.Otlp;

/// <summary>How the receiver answers an export.</summary>
public enum OtlpAnswer
{
    /// <summary>Take the items and answer success.</summary>
    Accept,

    /// <summary>Take nothing; answer 503 or <c>UNAVAILABLE</c>, which a client may retry.</summary>
    Unavailable,

    /// <summary>Take nothing; answer 400 or <c>INVALID_ARGUMENT</c>, which a client must not retry.</summary>
    Reject,

    /// <summary>Take nothing; answer 429 or <c>RESOURCE_EXHAUSTED</c>, with <see cref="OtlpReceiver.RetryAfter"/> where that is set.</summary>
    Exhausted,

    /// <summary>Take nothing; begin an answer and break it off.</summary>
    Break,
}

/// <summary>
/// A real OTLP receiver on free local ports: gRPC (h2c) and HTTP/protobuf for traces, metrics and logs. It keeps
/// what it received, lets a test wait for it, and can be unavailable, rejecting or slow.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    readonly Lock _lock = new();
    readonly List<OtlpSpan> _spans = [];
    readonly List<OtlpMetricPoint> _metrics = [];
    readonly List<OtlpLog> _logs = [];
    readonly List<OtlpRequest> _requests = [];
    readonly WebApplication _app;
    TaskCompletionSource _arrival = NewSignal();
    TaskCompletionSource? _hold;
    int _waiting;

    OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            // Without TLS a port speaks either HTTP/1.1 or HTTP/2, so the protocols need one each.
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = 256 << 20;
        });
        builder.Services.AddRouting();
        builder.Services.AddRequestDecompression();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 256 << 20);
        builder.Services.AddSingleton(this);
        // The server makes its spans with this source. Under the usual name, a host in the same process would export a
        // span for each export, without end.
        builder.Services.AddSingleton(_ => new ActivitySource("OtlpReceiver"));
        _app = builder.Build();
        _app.UseRequestDecompression();
        _app.UseRouting();
        _app.MapOtlp(this);
    }

    /// <summary>Starts a receiver.</summary>
    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken = default)
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync(cancellationToken);
        var addresses = receiver._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.ToArray();
        receiver.GrpcEndpoint = addresses[0];
        receiver.HttpEndpoint = addresses[1];
        return receiver;
    }

    /// <summary>Where gRPC is spoken, as in <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> with protocol <c>grpc</c>.</summary>
    public string GrpcEndpoint { get; private set; } = "";

    /// <summary>Where HTTP/protobuf is spoken, as in <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> with protocol <c>http/protobuf</c>.</summary>
    public string HttpEndpoint { get; private set; } = "";

    /// <summary>How exports are answered from now on.</summary>
    public OtlpAnswer Answer { get; set; }

    /// <summary>When a client that is told to come later shall come: <c>Retry-After</c>, or gRPC's <c>RetryInfo</c>. Whole seconds.</summary>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>How many exports are being held by <see cref="Hold"/>.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The spans received so far, in order of arrival.</summary>
    public IReadOnlyList<OtlpSpan> Spans => Copy(_spans);

    /// <summary>The metric data points received so far.</summary>
    public IReadOnlyList<OtlpMetricPoint> Metrics => Copy(_metrics);

    /// <summary>The log records received so far.</summary>
    public IReadOnlyList<OtlpLog> Logs => Copy(_logs);

    /// <summary>The accepted export requests so far.</summary>
    public IReadOnlyList<OtlpRequest> Requests => Copy(_requests);

    /// <summary>Makes every export wait, unanswered, until the returned object is disposed: a slow or hanging backend.</summary>
    public IDisposable Hold()
    {
        lock (_lock)
            _hold ??= NewSignal();
        return new Release(this);
    }

    /// <summary>Waits until at least <paramref name="count"/> spans match, and returns all that do.</summary>
    /// <exception cref="TimeoutException">Not so many arrived in time (60 s unless given); the message lists what did.</exception>
    public Task<IReadOnlyList<OtlpSpan>> WaitForSpansAsync(Func<OtlpSpan, bool> predicate, int count = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        WaitAsync(_spans, predicate, count, timeout, cancellationToken);

    /// <summary>Waits for one span of this name and returns the first.</summary>
    public async Task<OtlpSpan> WaitForSpanAsync(string name, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await WaitForSpansAsync(span => span.Name == name, 1, timeout, cancellationToken))[0];

    /// <summary>Waits until at least <paramref name="count"/> metric points match, and returns all that do.</summary>
    public Task<IReadOnlyList<OtlpMetricPoint>> WaitForMetricsAsync(Func<OtlpMetricPoint, bool> predicate, int count = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        WaitAsync(_metrics, predicate, count, timeout, cancellationToken);

    /// <summary>Waits until at least <paramref name="count"/> log records match, and returns all that do.</summary>
    public Task<IReadOnlyList<OtlpLog>> WaitForLogsAsync(Func<OtlpLog, bool> predicate, int count = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        WaitAsync(_logs, predicate, count, timeout, cancellationToken);

    /// <summary>Waits until a condition over everything received holds; it is looked at after every arrival.</summary>
    public async Task WaitUntilAsync(Func<OtlpReceiver, bool> condition, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout ?? DefaultTimeout);
        while (true)
        {
            Task arrival;
            lock (_lock)
                arrival = _arrival.Task;
            if (condition(this))
                return;
            try
            {
                await arrival.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(Describe());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        ReleaseHold();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(stop.Token);
        await _app.DisposeAsync();
    }

    internal async Task<OtlpAnswer> EnterAsync(CancellationToken cancellationToken)
    {
        Task hold;
        lock (_lock)
            hold = _hold?.Task ?? Task.CompletedTask;
        if (!hold.IsCompleted)
        {
            Interlocked.Increment(ref _waiting);
            Signal();
            try
            {
                await hold.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        return Answer;
    }

    internal void Add(ExportTraceServiceRequest request, HttpContext context) => Add(_spans, request.Flatten(), "traces", context);

    internal void Add(ExportMetricsServiceRequest request, HttpContext context) => Add(_metrics, request.Flatten(), "metrics", context);

    internal void Add(ExportLogsServiceRequest request, HttpContext context) => Add(_logs, request.Flatten(), "logs", context);

    void Add<T>(List<T> list, List<T> items, string signal, HttpContext context)
    {
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var protocol = HttpProtocol.IsHttp2(context.Request.Protocol) ? "grpc" : "http/protobuf";
        lock (_lock)
        {
            list.AddRange(items);
            _requests.Add(new OtlpRequest(signal, protocol, context.Request.Path, headers, items.Count));
        }

        Signal();
    }

    void Signal()
    {
        TaskCompletionSource arrival;
        lock (_lock)
            (arrival, _arrival) = (_arrival, NewSignal());
        arrival.SetResult();
    }

    async Task<IReadOnlyList<T>> WaitAsync<T>(List<T> list, Func<T, bool> predicate, int count, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        List<T> found = [];
        await WaitUntilAsync(_ => (found = [.. Copy(list).Where(predicate)]).Count >= count, timeout, cancellationToken);
        return found;
    }

    T[] Copy<T>(List<T> list)
    {
        lock (_lock)
            return [.. list];
    }

    string Describe()
    {
        var text = new StringBuilder("The expected telemetry did not arrive in time. Received:");
        void Section<T>(string title, IReadOnlyList<T> items)
        {
            text.AppendLine().Append(title).Append(": ").Append(items.Count);
            foreach (var item in items.Take(40))
                text.AppendLine().Append("  ").Append(item);
        }

        Section("spans", Spans);
        Section("metric points", Metrics);
        Section("logs", Logs);
        return text.ToString();
    }

    void ReleaseHold()
    {
        TaskCompletionSource? hold;
        lock (_lock)
            (hold, _hold) = (_hold, null);
        hold?.TrySetResult();
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed class Release(OtlpReceiver receiver) : IDisposable
    {
        public void Dispose() => receiver.ReleaseHold();
    }
}
