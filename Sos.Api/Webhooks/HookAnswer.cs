using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Sos.Api.Problems;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Webhooks;

/// <summary>
/// Turns the end of an execution into the answer to the call that started it: its output as JSON, or, where the output
/// is <c>{"webhookResponse": {"status", "headers", "body"}}</c>, what that says. Callers learn nothing of failures but
/// that there was one.
/// </summary>
internal static class HookAnswer
{
    private const string Marker = "webhookResponse";
    private const int MaxHeaders = 20;

    /// <summary>The headers that a workflow may set, beside those that begin with <c>X-</c>.</summary>
    private static readonly HashSet<string> Allowed = new(StringComparer.OrdinalIgnoreCase)
    {
        "Cache-Control", "Content-Disposition", "Content-Language", "Content-Type", "ETag", "Last-Modified", "Link", "Location", "Retry-After", "Vary",
    };

    /// <summary>
    /// How those begin that it may not: proxies take them for orders, such as to serve a file of theirs or to ask
    /// another address, or for what they themselves say of a request.
    /// </summary>
    private static readonly string[] Reserved =
    [
        "X-Content-Type-Options", "X-Frame-Options", "X-Accel-", "X-Sendfile", "X-Lighttpd-", "X-Reproxy-", "X-Forwarded-", "X-Original-", "X-Rewrite-",
    ];

    /// <summary>Writes the answer of an execution that has ended.</summary>
    public static async Task WriteAsync(HttpContext context, Execution execution)
    {
        if (execution.Status != ExecutionStatus.Completed)
            throw new ProblemException(StatusCodes.Status500InternalServerError, "execution_failed", "The workflow did not complete.");
        var output = execution.Output ?? JsonElement.Parse("null"u8);
        if (output.ValueKind != JsonValueKind.Object || output.GetPropertyCount() != 1 || !output.TryGetProperty(Marker, out var answer))
        {
            await WriteJsonAsync(context, output);
            return;
        }
        if (!TryApply(context, answer, out var problem))
        {
            context.Response.Clear();
            throw new ProblemException(StatusCodes.Status500InternalServerError, "invalid_webhook_response", $"The workflow's answer is not valid: {problem}");
        }
        if (!answer.TryGetProperty("body", out var body) || context.Response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
            return; // HTTP has no body for these, and the server throws where one is written
        if (body.ValueKind != JsonValueKind.String)
        {
            await WriteJsonAsync(context, body);
            return;
        }
        context.Response.ContentType ??= "text/plain; charset=utf-8";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.GetString()!), context.RequestAborted);
    }

    private static async Task WriteJsonAsync(HttpContext context, JsonElement value)
    {
        context.Response.ContentType ??= "application/json";
        await using var json = new Utf8JsonWriter(context.Response.Body);
        value.WriteTo(json);
    }

    private static bool TryApply(HttpContext context, JsonElement answer, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (answer.ValueKind != JsonValueKind.Object)
            problem = $"'{Marker}' is an object with status, headers and body.";
        else if (answer.TryGetProperty("status", out var status) && !(status.ValueKind == JsonValueKind.Number && status.TryGetInt32(out var code) && code is >= 200 and <= 599))
            problem = "'status' is a number from 200 to 599.";
        else if (answer.TryGetProperty("headers", out var headers))
            problem = ApplyHeaders(context, headers);
        if (problem is not null)
            return false;
        context.Response.StatusCode = answer.TryGetProperty("status", out var given) ? given.GetInt32() : StatusCodes.Status200OK;
        return true;
    }

    private static string? ApplyHeaders(HttpContext context, JsonElement headers)
    {
        if (headers.ValueKind != JsonValueKind.Object || headers.GetPropertyCount() > MaxHeaders)
            return $"'headers' is an object with {MaxHeaders} texts at most.";
        foreach (var header in headers.EnumerateObject())
        {
            if (!Allowed.Contains(header.Name) && !IsOwn(header.Name))
                return $"The header '{header.Name}' can't be set: only {string.Join(", ", Allowed.Order(StringComparer.Ordinal))} and names that begin with X-, but for those that mean something to browsers or proxies.";
            if (header.Value.ValueKind != JsonValueKind.String || header.Value.GetString() is not { Length: <= 2_000 } value || !value.All(c => c is >= ' ' and <= '~'))
                return $"The header '{header.Name}' is a text of 2,000 visible ASCII characters at most.";
            context.Response.Headers[header.Name] = value;
        }
        return null;
    }

    private static bool IsOwn(string header) =>
        header.StartsWith("X-", StringComparison.OrdinalIgnoreCase)
        && !Array.Exists(Reserved, r => header.StartsWith(r, StringComparison.OrdinalIgnoreCase))
        && header.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
