using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Sos.Workflows.Json;

namespace Sos.Api.Problems;

/// <summary>Writes problems as <c>application/problem+json</c>.</summary>
internal static class ProblemWriter
{
    public const string ContentType = "application/problem+json";

    public static Task WriteAsync(HttpContext context, ProblemException problem)
    {
        if (problem.RetryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (problem.Header is { } header)
            context.Response.Headers[header.Name] = header.Value;
        return WriteAsync(context, problem.Status, problem.Code, problem.Message, problem.Errors);
    }

    public static async Task WriteAsync(HttpContext context, int status, string code, string detail, IReadOnlyList<JsonProblem>? errors = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        var problem = new Problem(ReasonPhrases.GetReasonPhrase(status), status, code, detail, TraceId(), errors is { Count: > 0 } ? errors : null);
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        JsonSerializer.Serialize(json, problem, ApiJson.Default.Problem);
    }

    private static string TraceId() => (Activity.Current?.TraceId ?? ActivityTraceId.CreateRandom()).ToHexString();
}
