using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using Sos.ServiceDefaults.Telemetry;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>
/// A telemetry backend that takes OTLP over HTTP and only counts, so that it costs next to nothing: bytes, and spans
/// by the source they come from. Spans are stepped over, not decoded. Of the few metrics it keeps what the product says
/// about its own losses and its heap.
/// </summary>
internal sealed class TelemetrySink : IAsyncDisposable
{
    // Field numbers of opentelemetry/proto/trace/v1/trace.proto, as tags of length-delimited fields.
    private const int ResourceSpans = 1, ScopeSpans = 2, Scope = 1, ScopeName = 1, Spans = 2;

    private const string HeapSize = "dotnet.gc.last_collection.heap.size";

    private readonly WebApplication app;
    private readonly TimeSpan answerAfter;
    private readonly ConcurrentDictionary<string, long> spans = new();
    private readonly ConcurrentDictionary<string, long> dropped = new();
    private long bytes;
    private long largestHeap;
    private int underWay;
    private int mostUnderWay;

    private TelemetrySink(WebApplication app, TimeSpan answerAfter) => (this.app, this.answerAfter) = (app, answerAfter);

    public Uri Address { get; private set; } = null!;

    /// <summary>Bytes of all requests' bodies.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Spans received so far from all sources.</summary>
    public long AllSpans => spans.Values.Sum();

    /// <summary>The product's managed heap after a garbage collection: the largest it told of, in bytes.</summary>
    public long LargestHeap => Interlocked.Read(ref largestHeap);

    /// <summary>How many trace exports were waiting for their answer at the same time, at most.</summary>
    public int MostUnderWay => Volatile.Read(ref mostUnderWay);

    /// <summary>Starts one.</summary>
    /// <param name="answerAfter">How long an export waits for its answer; only those that get it count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TelemetrySink> StartAsync(TimeSpan answerAfter, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = 64 << 20);
        var sink = new TelemetrySink(builder.Build(), answerAfter);
        sink.app.Run(sink.ReceiveAsync);
        await sink.app.StartAsync(cancellationToken);
        sink.Address = new Uri(sink.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return sink;
    }

    /// <summary>Spans received so far from the sources with this name.</summary>
    public long SpansOf(string source) => spans.GetValueOrDefault(source);

    /// <summary>Spans that the product says it has dropped at a destination.</summary>
    public long DroppedAt(string destination) => dropped.GetValueOrDefault(destination);

    /// <summary>Waits until nothing has come for some time.</summary>
    public async Task QuietAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        for (var before = -1L; before != Bytes;)
        {
            before = Bytes;
            await Task.Delay(pause, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        var length = (int)(context.Request.ContentLength ?? throw new InvalidOperationException("An export came without a length."));
        var body = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await context.Request.Body.ReadExactlyAsync(body.AsMemory(0, length), context.RequestAborted);
            Interlocked.Add(ref bytes, length);
            var path = context.Request.Path.Value!;
            if (path.EndsWith("/traces", StringComparison.Ordinal))
            {
                await AnswerLaterAsync(context.RequestAborted);
                Count(body.AsSpan(0, length));
            }
            else if (path.EndsWith("/metrics", StringComparison.Ordinal))
                Read(ExportMetricsServiceRequest.Parser.ParseFrom(body, 0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
        context.Response.ContentType = "application/x-protobuf";
    }

    private async Task AnswerLaterAsync(CancellationToken cancellationToken)
    {
        if (answerAfter == TimeSpan.Zero)
            return;
        var now = Interlocked.Increment(ref underWay);
        for (var most = mostUnderWay; now > most; most = mostUnderWay)
            Interlocked.CompareExchange(ref mostUnderWay, now, most);
        try
        {
            await Task.Delay(answerAfter, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    private void Read(ExportMetricsServiceRequest request)
    {
        foreach (var metric in request.ResourceMetrics.SelectMany(r => r.ScopeMetrics).SelectMany(s => s.Metrics))
        {
            if (metric.Name == HeapSize)
            {
                var heap = (metric.Sum ?? throw new InvalidOperationException($"{HeapSize} is no sum.")).DataPoints.Sum(p => p.AsInt);
                Interlocked.Exchange(ref largestHeap, Math.Max(heap, LargestHeap));
            }
            else if (metric.Name == TelemetryMetricNames.Dropped)
            {
                foreach (var point in metric.Sum.DataPoints)
                {
                    var tags = point.Attributes.ToDictionary(a => a.Key, a => a.Value.StringValue);
                    if (tags[TelemetryMetricNames.Signal] == "traces")
                        dropped[tags[TelemetryMetricNames.Destination]] = point.AsInt;
                }
            }
        }
    }

    private void Count(ReadOnlySpan<byte> request)
    {
        foreach (var resource in new ProtobufFields(request))
        {
            if (resource.Number != ResourceSpans)
                continue;
            foreach (var scope in new ProtobufFields(resource.Value))
            {
                if (scope.Number == ScopeSpans)
                    CountScope(scope.Value);
            }
        }
    }

    private void CountScope(ReadOnlySpan<byte> scopeSpans)
    {
        var source = "";
        var count = 0;
        foreach (var field in new ProtobufFields(scopeSpans))
        {
            if (field.Number == Spans)
                count++;
            if (field.Number != Scope)
                continue;
            foreach (var part in new ProtobufFields(field.Value))
            {
                if (part.Number == ScopeName)
                    source = Encoding.UTF8.GetString(part.Value);
            }
        }
        spans.AddOrUpdate(source, count, (_, sum) => sum + count);
    }
}
