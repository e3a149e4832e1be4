using System.Net.Sockets;
using System.Security.Authentication;

namespace Sos.Executors.Outbound;

/// <summary>Why no usable answer came, in the words of the error codes.</summary>
/// <param name="Code">The error code.</param>
/// <param name="Message">A sentence for the author of the workflow.</param>
/// <param name="Retryable">Whether another attempt may go better.</param>
internal sealed record OutboundFailure(string Code, string Message, bool Retryable)
{
    /// <summary>Reads what sending or receiving threw; null for what is not a failure of the network or the other side.</summary>
    /// <param name="exception">What was thrown; not the caller's own cancellation.</param>
    /// <param name="url">Where the request went.</param>
    public static OutboundFailure? From(Exception exception, Uri url)
    {
        var target = $"{url.Host}:{url.Port}";
        if (Find<OutboundRefusedException>(exception) is { } refused)
            return new("address_not_allowed", refused.Message, Retryable: false);
        if (Find<OutboundProxyException>(exception) is { } proxy)
            return new("http_proxy_failed", proxy.Message, proxy.IsRetryable);
        switch (exception)
        {
            case OutboundRedirectException redirect:
                return new("too_many_redirects", redirect.Message, Retryable: false);
            case OutboundTooLargeException tooLarge:
                return new("response_too_large", tooLarge.Message, Retryable: false);
            case OperationCanceledException:
                return new("http_timeout", $"Connecting to {target} took longer than {OutboundGuard.ConnectTimeout.TotalSeconds:0} s.", Retryable: true);
            case InvalidDataException:
                return new("invalid_response", $"The answer of {target} can't be decompressed: its Content-Encoding does not fit its body.", Retryable: false);
            case HttpRequestException or IOException or SocketException:
                break;
            default:
                return null;
        }
        if (Find<InvalidDataException>(exception) is not null)
            return new("invalid_response", $"The answer of {target} can't be decompressed: its Content-Encoding does not fit its body.", Retryable: false);
        if (Find<AuthenticationException>(exception) is { } tls)
            return new("http_tls_failed", $"The TLS handshake with {target} failed: {(tls.InnerException ?? tls).Message}", Retryable: false);
        if (Find<SocketException>(exception) is { } socket)
            return FromSocket(socket, url.Host, target);
        return ErrorOf(exception) switch
        {
            HttpRequestError.ConfigurationLimitExceeded =>
                new("response_too_large", $"The answer of {target} has more than {OutboundHttp.MaxHeadersKiB} KiB of headers.", Retryable: false),
            HttpRequestError.InvalidResponse =>
                new("invalid_response", $"{target} did not answer in HTTP.", Retryable: false),
            _ => new("http_connection_failed", $"The connection to {target} was closed before the answer was complete.", Retryable: true),
        };
    }

    private static OutboundFailure FromSocket(SocketException socket, string host, string target) => socket.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData =>
            new("http_dns_failed", $"There is no host '{host}': its name can't be resolved.", Retryable: false),
        SocketError.TryAgain or SocketError.NoRecovery =>
            new("http_dns_failed", $"The name '{host}' can't be resolved at the moment.", Retryable: true),
        SocketError.TimedOut =>
            new("http_timeout", $"{target} did not accept the connection in time.", Retryable: true),
        SocketError.ConnectionRefused =>
            new("http_connection_failed", $"{target} refused the connection: nothing listens there.", Retryable: true),
        SocketError.ConnectionReset or SocketError.NotConnected =>
            new("http_connection_failed", $"{target} reset the connection.", Retryable: true),
        _ => new("http_connection_failed", $"The connection to {target} failed: {socket.Message}.", Retryable: true),
    };

    private static HttpRequestError ErrorOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } request:
                    return request.HttpRequestError;
                case HttpIOException io:
                    return io.HttpRequestError;
            }
        }
        return HttpRequestError.Unknown;
    }

    private static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
                return found;
        }
        return null;
    }
}
