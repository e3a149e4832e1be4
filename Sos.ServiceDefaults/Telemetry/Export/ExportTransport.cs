using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Carries one signal to one backend, one request at a time: its own connection, retries of what the OTLP
/// specification calls retryable until the export's timeout, and two switches for the shutdown. It remembers why the
/// last request failed.
/// </summary>
sealed class ExportTransport(TimeProvider time) : HttpMessageHandler
{
    /// <summary>A server that asks for a longer pause gets this one; no export lasts longer.</summary>
    public static readonly TimeSpan LongestAskedDelay = TimeSpan.FromMinutes(10);

    const int MaxAnswerBytes = 4 << 20;

    static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _cut = new();
    HttpMessageInvoker _connection = Connect();
    volatile string? _lastFailure;

    /// <summary>Why the last request failed, or null when it did not.</summary>
    public string? LastFailure => _lastFailure;

    /// <summary>
    /// From now on every request is tried once, and one that waits for its next attempt has it now: a dead backend must
    /// not hold up the shutdown, and one that has come back gets what was waiting.
    /// </summary>
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
            var isLast = _stopping.IsCancellationRequested;
            TimeSpan? asked;
            try
            {
                var response = await ExchangeAsync(request, linked.Token).ConfigureAwait(false);
                var grpc = GrpcAnswer.Of(response);
                _lastFailure = FailureOf(response, grpc);
                if (isLast || !IsRetryable(response, grpc))
                    return response;
                asked = grpc?.RetryDelay ?? RetryAfter(response);
                response.Dispose();
            }
            // .NET's handler lets the second one through where a connection is reset as soon as it stands.
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                _lastFailure = ReasonOf(e);
                if (isLast)
                    throw;
                asked = null;
            }
            catch (OperationCanceledException) when (!_cut.IsCancellationRequested)
            {
                _lastFailure = "no answer in time";
                Reconnect();
                throw;
            }

            await WaitAsync(asked > TimeSpan.Zero ? asked.Value : Backoff(attempt), linked.Token).ConfigureAwait(false);
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
            _connection.Dispose();
            _stopping.Dispose();
            _cut.Dispose();
        }

        base.Dispose(disposing);
    }

    static HttpMessageInvoker Connect() => new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        AllowAutoRedirect = false,
        UseCookies = false,
        // Telemetry must not report itself: its own requests have no span, no traceparent and no metrics.
        ActivityHeadersPropagator = null,
        MeterFactory = UnheardMeters.Instance,
    });

    /// <summary>Sends a request and reads the whole answer, so that one that breaks off is tried again, too.</summary>
    async Task<HttpResponseMessage> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await _connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A connection on which nobody answers may be dead without this side having noticed. HTTP/2 would send the next
    /// request over it, too, until TCP gives up after many minutes.
    /// </summary>
    void Reconnect() => Interlocked.Exchange(ref _connection, Connect()).Dispose();

    /// <summary>Waits before the next attempt, at most until the shutdown begins.</summary>
    async Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            await Task.Delay(delay, time, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The shutdown began: the last attempt is made at once.
        }
    }

    /// <summary>What the server asks for in its headers; null where it does not.</summary>
    TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } header || (header.Delta ?? header.Date - time.GetUtcNow()) is not { } delay)
            return null;
        return delay < LongestAskedDelay ? delay : LongestAskedDelay;
    }

    /// <summary>A delay that doubles, with jitter.</summary>
    static TimeSpan Backoff(int attempt)
    {
        var next = Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 10)), LongestDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(next * (0.5 + Random.Shared.NextDouble() / 2));
    }

    static string? FailureOf(HttpResponseMessage response, GrpcAnswer? grpc)
    {
        if (!response.IsSuccessStatusCode)
            return $"HTTP {(int)response.StatusCode}";
        return grpc is { Status: not "0" and var status } ? $"gRPC status {status}" : null;
    }

    // Of TLS, only the inner exception says what is wrong.
    static string ReasonOf(Exception e) =>
        e is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: { } inner } ? $"no TLS: {inner.Message}" : e.Message;

    // opentelemetry.io/docs/specs/otlp: "Failures".
    static bool IsRetryable(HttpResponseMessage response, GrpcAnswer? grpc) => response.StatusCode switch
    {
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
        HttpStatusCode.OK => grpc is { IsRetryable: true },
        _ => false,
    };

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
