using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sos.ServiceDefaults.Telemetry.Spans;

/// <summary>
/// Completes the server span that ASP.NET Core starts for each request: .NET 10 gives it neither a useful name nor
/// attributes. Follows the stable HTTP conventions (opentelemetry.io/docs/specs/semconv/http/http-spans). The query
/// string is left out because it may hold secrets.
/// </summary>
static class ServerSpanAttributes
{
    const int MaxUserAgent = 256;

    static readonly FrozenSet<string> KnownMethods =
        FrozenSet.Create(StringComparer.Ordinal, "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT");

    /// <summary>Names a span and sets its attributes and status, when the request has been answered.</summary>
    /// <param name="span">The request's server span.</param>
    /// <param name="context">The request.</param>
    /// <param name="unhandled">What the application threw, unless it handled that itself.</param>
    public static void Complete(Activity span, HttpContext context, Exception? unhandled)
    {
        var request = context.Request;
        var handled = context.Features.Get<IExceptionHandlerFeature>();
        var known = KnownMethods.Contains(request.Method);
        var endpoint = handled?.Endpoint ?? context.GetEndpoint();
        var route = RouteOf(endpoint);
        var method = known ? request.Method : "HTTP";
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.request.method", known ? request.Method : "_OTHER");
        span.SetTag("http.method", known ? request.Method : "_OTHER");
        if (!known)
            span.SetTag("http.request.method_original", request.Method.Length <= 32 ? request.Method : request.Method[..32]);
        if (route is not null)
            span.SetTag("http.route", route);
        span.SetTag("url.scheme", request.Scheme);
        span.SetTag("url.path", endpoint?.Metadata.GetMetadata<PathHoldsSecret>() is not null ? route : handled?.Path ?? $"{request.PathBase}{request.Path}");
        span.SetTag("network.protocol.version", request.Protocol.StartsWith("HTTP/", StringComparison.Ordinal) ? VersionOf(request.Protocol) : null);
        AddAddresses(span, context);
        AddOutcome(span, context, unhandled, handled?.Error);
    }

    static void AddAddresses(Activity span, HttpContext context)
    {
        var host = context.Request.Host;
        if (host.HasValue)
        {
            span.SetTag("server.address", host.Host);
            if ((host.Port ?? DefaultPort(context.Request.Scheme)) is { } port)
                span.SetTag("server.port", port);
        }

        if (context.Connection.RemoteIpAddress is { } client)
            span.SetTag("client.address", client.IsIPv4MappedToIPv6 ? client.MapToIPv4().ToString() : client.ToString());
        if (context.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent)
            span.SetTag("user_agent.original", agent.Length <= MaxUserAgent ? agent : agent[..MaxUserAgent]);
    }

    static void AddOutcome(Activity span, HttpContext context, Exception? unhandled, Exception? handled)
    {
        if (unhandled is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            // The client went away: nobody's error, and no status was sent.
            span.SetTag("error.type", "client_closed_request");
            return;
        }

        // The server turns an exception that nobody handled into its status only after this middleware.
        var status = unhandled switch
        {
            null => context.Response.StatusCode,
            _ when context.Response.HasStarted => context.Response.StatusCode,
            BadHttpRequestException bad => bad.StatusCode,
            _ => (int)HttpStatusCode.InternalServerError,
        };
        span.SetTag("http.response.status_code", status);
        span.SetTag("http.status_code", status);
        var exception = unhandled ?? handled;
        var failed = status >= 500 || (unhandled is not null && context.Response.HasStarted);
        if (exception is not null && failed && !span.Events.Any(e => e.Name == "exception"))
            span.AddException(exception);
        if (!failed)
            return;
        span.SetTag("error.type", exception?.GetType().FullName ?? status.ToString(CultureInfo.InvariantCulture));
        if (span.Status == ActivityStatusCode.Unset)
            span.SetStatus(ActivityStatusCode.Error);
    }

    static string? RouteOf(Endpoint? endpoint) =>
        (endpoint as RouteEndpoint)?.RoutePattern.RawText is { } text ? text.StartsWith('/') ? text : "/" + text : null;

    // The conventions say "1.1", "2" and "3".
    static string VersionOf(string protocol) => protocol[5..] switch { "2.0" => "2", "3.0" => "3", var version => version };

    static int? DefaultPort(string scheme) => scheme switch { "https" => 443, "http" => 80, _ => null };
}
