using System.Net;
using System.Net.Sockets;
using Polly;
using Polly.Timeout;

namespace Sos.ServiceDefaults.Http;

/// <summary>Which outcomes may go away by themselves, and which requests may be sent again.</summary>
static class TransientFailures
{
    /// <summary>No answer, 408, 429, or 5xx.</summary>
    public static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        // A socket's comes where a connection is reset as soon as it stands.
        { Exception: HttpRequestException or SocketException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };

    /// <summary>
    /// True for a transient failure of a request that does no harm when it is carried out twice: an idempotent method
    /// (RFC 9110, 9.2.2), or one that carries an Idempotency-Key. Any other method is sent again only when it can't
    /// have reached the server. A body that can be read only once is never sent again, and neither is a request whose
    /// Retry-After lies beyond <paramref name="patience"/>.
    /// </summary>
    public static bool ShouldRetry(HttpRequestMessage? request, Outcome<HttpResponseMessage> outcome, TimeSpan patience, TimeProvider time) =>
        IsTransient(outcome)
        && request is not null
        && (IsIdempotent(request) || NeverArrived(outcome.Exception))
        && CanBeSentAgain(request.Content)
        && (RetryAfter(outcome.Result, time) ?? TimeSpan.Zero) <= patience;

    /// <summary>How long the server asks to wait, or null.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage? response, TimeProvider time) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    static bool IsIdempotent(HttpRequestMessage request) =>
        request.Method.Method is "GET" or "HEAD" or "OPTIONS" or "TRACE" or "PUT" or "DELETE" || request.Headers.Contains("Idempotency-Key");

    static bool NeverArrived(Exception? exception) =>
        exception is SocketException or HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError };

    static bool CanBeSentAgain(HttpContent? content) =>
        content is null or ByteArrayContent or ReadOnlyMemoryContent or System.Net.Http.Json.JsonContent;
}
