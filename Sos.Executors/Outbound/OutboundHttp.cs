using System.Net;

namespace Sos.Executors.Outbound;

/// <summary>
/// The HTTP client of nodes: pooled, guarded by <see cref="OutboundGuard"/>, without cookies and retries of its own
/// (retries are the engine's; a proxy is the guard's). Redirects are followed here, so that each is checked.
/// </summary>
internal sealed class OutboundHttp : IDisposable
{
    /// <summary>The most that a response's headers may take, in KiB.</summary>
    public const int MaxHeadersKiB = 64;

    // An invoker rather than a client: no timeout and no buffering beside the caller's own.
    private readonly HttpMessageInvoker invoker;

    /// <summary>A client that reaches what the guard allows.</summary>
    public OutboundHttp(OutboundGuard guard)
        : this(CreateHandler(guard))
    {
    }

    /// <summary>A client whose requests go to a handler.</summary>
    internal OutboundHttp(HttpMessageHandler handler) => invoker = new HttpMessageInvoker(handler);

    /// <summary>A handler for a client of its own, such as a vendor's SDK takes.</summary>
    public static SocketsHttpHandler CreateHandler(OutboundGuard guard) => new()
    {
        ConnectCallback = guard.ConnectAsync,
        ConnectTimeout = OutboundGuard.ConnectTimeout,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxConnectionsPerServer = 256,
        MaxResponseHeadersLength = MaxHeadersKiB,
        // A body that is not wanted to its end costs the connection rather than the traffic.
        MaxResponseDrainSize = 64 * 1024,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
    };

    /// <summary>Sends a request, follows its redirects and returns when the last answer's headers are there.</summary>
    /// <returns>The answer, whose <see cref="HttpResponseMessage.RequestMessage"/> has the final URL; for the caller to dispose.</returns>
    /// <exception cref="OutboundRedirectException">More redirects came than are followed.</exception>
    /// <exception cref="HttpRequestException">No answer came; <see cref="OutboundFailure"/> says why.</exception>
    public async Task<HttpResponseMessage> SendAsync(OutboundRequest request, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            var response = await invoker.SendAsync(request.ToMessage(), cancellationToken);
            if (request.MaxRedirects == 0 || RedirectTarget(request.Url, response) is not { } target || !request.MayFollow(response.StatusCode, target))
                return response;
            response.Dispose();
            if (redirects == request.MaxRedirects)
                throw new OutboundRedirectException(request.MaxRedirects);
            request = request.Redirected(response.StatusCode, target);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => invoker.Dispose();

    // A redirect that SOS does not follow (no usable target, or from https down to http) is the answer itself.
    private static Uri? RedirectTarget(Uri from, HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            || response.Headers.Location is not { } location)
        {
            return null;
        }
        if (!Uri.TryCreate(from, location, out var target) || OutboundUrl.Problem(target) is not null)
            return null;
        return from.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp ? null : target;
    }
}

/// <summary>A request was redirected more often than it follows.</summary>
internal sealed class OutboundRedirectException(int limit) : Exception($"More than {limit} redirects came; the address may redirect in a circle.");
