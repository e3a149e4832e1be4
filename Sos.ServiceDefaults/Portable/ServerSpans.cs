using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry;
using Sos.ServiceDefaults.Health;
using Sos.ServiceDefaults.Telemetry;
using Sos.ServiceDefaults.Telemetry.Spans;

namespace Sos.ServiceDefaults.Portable;

/// <summary>
/// Finds the server span of each request and has it completed. A probe gets no span at all, and neither does what it
/// calls.
/// </summary>
sealed class ServerSpans(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) => HealthPaths.Contains(context.Request.Path) ? ProbeAsync(context) : RequestAsync(context);

    async Task ProbeAsync(HttpContext context)
    {
        if (SpanOf(context) is { } span)
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        using (SuppressInstrumentationScope.Begin())
            await next(context);
    }

    async Task RequestAsync(HttpContext context)
    {
        var span = SpanOf(context);
        if (span is not { IsAllDataRequested: true })
        {
            await next(context);
            return;
        }

        Exception? failure = null;
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            ServerSpanAttributes.Complete(span, context, failure);
        }
    }

    // An activity without our listener (telemetry off) has another source and is left alone.
    static Activity? SpanOf(HttpContext context) =>
        context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity && activity.Source.Name == TelemetrySources.AspNetCore ? activity : null;
}
