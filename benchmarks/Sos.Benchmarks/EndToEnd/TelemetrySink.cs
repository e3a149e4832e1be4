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

namespace Sos.Benchmarks.EndToEnd;

/// <summary>
/// A telemetry backend that takes OTLP over HTTP and only counts, so that it costs next to nothing: bytes, and spans
/// by the source they come from. Spans are stepped over, not decoded.
/// </summary>
internal sealed class TelemetrySink : IAsyncDisposable
{
    // Field numbers of opentelemetry/proto/trace/v1/trace.proto, as tags of length-delimited fields.
    private const int ResourceSpans = 1, ScopeSpans = 2, Scope = 1, ScopeName = 1, Spans = 2;

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, long> spans = new();
    private long bytes;

    private TelemetrySink(WebApplication app) => this.app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Bytes of all requests' bodies.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public static async Task<TelemetrySink> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = 64 << 20);
        var sink = new TelemetrySink(builder.Build());
        sink.app.Run(sink.ReceiveAsync);
        await sink.app.StartAsync(cancellationToken);
        sink.Address = new Uri(sink.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return sink;
    }

    /// <summary>Spans received so far from the sources with this name.</summary>
    public long SpansOf(string source) => spans.GetValueOrDefault(source);

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
            if (context.Request.Path.Value!.EndsWith("/traces", StringComparison.Ordinal))
                Count(body.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
        context.Response.ContentType = "application/x-protobuf";
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
