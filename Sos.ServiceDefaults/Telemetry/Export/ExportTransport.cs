using System.Diagnostics.Metrics;
using System.Net;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Carries one signal to one backend: its own connection, retries of what the OTLP specification calls retryable
/// until the export's timeout, and two switches for the shutdown. It remembers why the last request failed.
/// </summary>
sealed class ExportTransport : DelegatingHandler
{
    static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    readonly TimeProvider _time;
    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _cut = new();
    volatile string? _lastFailure;

    public ExportTransport(TimeProvider time) : base(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        AllowAutoRedirect = false,
        UseCookies = false,
        // Telemetry must not report itself: its own requests have no span, no traceparent and no metrics.
        ActivityHeadersPropagator = null,
        MeterFactory = UnheardMeters.Instance,
    }) => _time = time;

    /// <summary>Why the last request failed, or null when it did not.</summary>
    public string? LastFailure => _lastFailure;

    /// <summary>From now on every request is tried once: a dead backend must not hold up the shutdown.</summary>
    public void StopRetrying() => _stopping.Cancel();

    /// <summary>Ends every request, now and from now on.</summary>
    public void Cut()
    {
        _stopping.Cancel();
        _cut.Cancel();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cut.Token);
        for (var attempt = 0; ; attempt++)
        {
            HttpResponseMessage? response = null;
            try
            {
                response = await base.SendAsync(request, linked.Token).ConfigureAwait(false);
                _lastFailure = FailureOf(response);
                if (_lastFailure is null || !IsRetryable(response) || _stopping.IsCancellationRequested)
                    return response;
            }
            catch (HttpRequestException e)
            {
                _lastFailure = e.Message;
                if (_stopping.IsCancellationRequested)
                    throw;
            }
            catch (OperationCanceledException) when (!_cut.IsCancellationRequested)
            {
                _lastFailure = "no answer in time";
                throw;
            }

            var delay = DelayAfter(attempt, response);
            if (await WaitAsync(delay, linked.Token).ConfigureAwait(false))
                response?.Dispose();
            else
                return response ?? throw new HttpRequestException(_lastFailure);
        }
    }

    // The SDK exports over HTTP synchronously, on the batch's own thread: blocking it is what it is there for.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Cut();
            _stopping.Dispose();
            _cut.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Waits before the next attempt; false when the shutdown began meanwhile.</summary>
    async Task<bool> WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            await Task.Delay(delay, _time, linked.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>What the server asks for, or a delay that doubles, with jitter.</summary>
    TimeSpan DelayAfter(int attempt, HttpResponseMessage? response)
    {
        var asked = response?.Headers.RetryAfter is { } retryAfter ? retryAfter.Delta ?? retryAfter.Date - _time.GetUtcNow() : null;
        if (asked is { } delay && delay > TimeSpan.Zero)
            return delay;
        var next = Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 10)), LongestDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(next * (0.5 + Random.Shared.NextDouble() / 2));
    }

    static string? FailureOf(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
            return $"HTTP {(int)response.StatusCode}";
        return GrpcStatus(response) is { } status and not "0" ? $"gRPC status {status}" : null;
    }

    // opentelemetry.io/docs/specs/otlp: "Failures", for HTTP and for gRPC (cancelled, deadline exceeded, aborted, out
    // of range, unavailable, data loss). A gRPC server that refuses answers without a body, so its status is a header.
    static bool IsRetryable(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
        HttpStatusCode.OK => GrpcStatus(response) is "1" or "4" or "10" or "11" or "14" or "15",
        _ => false,
    };

    static string? GrpcStatus(HttpResponseMessage response) =>
        response.Headers.TryGetValues("grpc-status", out var values) ? values.FirstOrDefault() : null;

    /// <summary>Makes meters under a name that nothing listens to.</summary>
    sealed class UnheardMeters : IMeterFactory
    {
        public static readonly UnheardMeters Instance = new();

        readonly Meter _meter = new("otlp.export");

        public Meter Create(MeterOptions options) => _meter;

        public void Dispose()
        {
        }
    }
}
