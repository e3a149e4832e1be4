using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;
using Npgsql;
using Sos.ServiceDefaults.Telemetry;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Api.Problems;

/// <summary>
/// Turns everything that ends a request without an answer into a problem: refusals of the endpoints and of ASP.NET
/// Core, a database that is away, and mistakes of our own, of which the client learns nothing but the trace id.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
                await WriteForStatusAsync(context);
        }
#pragma warning disable CA1031 // the last place that can answer
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException or SocketException)
                return; // nobody is there to read an answer
            if (context.Response.HasStarted)
            {
                LogBroken(logger, e, context.Request.Method, PathOf(context));
                context.Abort();
                return;
            }
            context.Response.Clear();
            await ProblemWriter.WriteAsync(context, Explain(e, context));
        }
    }

    private ProblemException Explain(Exception e, HttpContext context)
    {
        switch (e)
        {
            case ProblemException problem:
                return problem;
            case SecretException secret:
                return ProblemCatalog.Conflict(secret.Code, secret.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                context.Response.Headers.Connection = "close";
                return TooLarge(context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize);
            case BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad when BindingFailure().Match(bad.Message) is { Success: true } failure:
                return ProblemCatalog.InvalidParameter(failure.Groups["name"].Value, Expectation(failure.Groups["type"].Value));
            case BadHttpRequestException bad:
                return new ProblemException(bad.StatusCode, "bad_request", bad.Message);
            case PostgresException { SqlState: PostgresErrorCodes.QueryCanceled }:
            case NpgsqlException { InnerException: TimeoutException }:
                return new ProblemException(StatusCodes.Status504GatewayTimeout, "database_timeout", "The database did not answer in time. Ask for less, such as a shorter period, or try again.");
            case not null when DatabaseRetry.IsTransient(e):
                LogDatabaseAway(logger, e.Message, context.Request.Method, PathOf(context));
                return new ProblemException(StatusCodes.Status503ServiceUnavailable, "database_unavailable", "The database can't be reached at the moment. Nothing is lost; try again.") { RetryAfterSeconds = 1 };
            case PostgresException { SqlState: var state } when state.StartsWith("22", StringComparison.Ordinal):
                LogUnhandled(logger, e, context.Request.Method, PathOf(context));
                return new ProblemException(StatusCodes.Status400BadRequest, "value_not_storable", "A value of the request can't be stored, such as a text with a NUL character.");
            default:
                LogUnhandled(logger, e!, context.Request.Method, PathOf(context));
                return new ProblemException(StatusCodes.Status500InternalServerError, "internal_error", "Something went wrong on our side. The trace id leads to what it was.");
        }
    }

    public static ProblemException TooLarge(long? limit) => new(
        StatusCodes.Status413PayloadTooLarge, "body_too_large",
        limit is { } bytes ? $"The body is larger than the {bytes:N0} bytes that this address accepts." : "The body is too large.");

    private static Task WriteForStatusAsync(HttpContext context)
    {
        var (code, detail) = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ("not_found", $"There is nothing at {context.Request.Path}. /openapi/v1.json lists every address."),
            StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", $"{context.Request.Path} does not accept {context.Request.Method}, only {context.Response.Headers.Allow}."),
            StatusCodes.Status415UnsupportedMediaType => ("unsupported_media_type", "The body must be JSON: send the header 'Content-Type: application/json'."),
            StatusCodes.Status413PayloadTooLarge => ("body_too_large", "The body is too large."),
            StatusCodes.Status504GatewayTimeout => ("timeout", "The request took too long and was given up. Ask for less, or try again."),
            var status => ("http_" + status, "The request was refused."),
        };
        return ProblemWriter.WriteAsync(context, context.Response.StatusCode, code, detail);
    }

    /// <summary>The path for logs.</summary>
    private static string PathOf(HttpContext context) =>
        context.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<PathHoldsSecret>() is not null
            ? endpoint.RoutePattern.RawText ?? ""
            : context.Request.Path.ToString();

    private static string Expectation(string type) => type switch
    {
        "Guid" => "an id such as 0199c7a2-6f0a-7cc1-9d5e-1f2a3b4c5d6e",
        "int" or "long" or "int?" or "long?" or "Nullable<int>" or "Nullable<long>" => "a whole number",
        "bool" or "bool?" => "true or false",
        _ => "a valid value",
    };

    // ASP.NET Core says which parameter it was only in its message.
    [GeneratedRegex("""^(?:Failed to bind parameter|Required parameter) "(?<type>[^ "]+) (?<name>[^"]+)" """, RegexOptions.CultureInvariant)]
    private static partial Regex BindingFailure();

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnhandled(ILogger logger, Exception e, string method, string path);

    [LoggerMessage(2, LogLevel.Warning, "{Method} {Path}: the database can't be reached ({Reason})")]
    private static partial void LogDatabaseAway(ILogger logger, string reason, string method, string path);

    [LoggerMessage(3, LogLevel.Error, "{Method} {Path} failed after its answer had begun")]
    private static partial void LogBroken(ILogger logger, Exception e, string method, string path);
}
