using System.Diagnostics;

namespace Sos.Workflows.Telemetry;

/// <summary>How every span of SOS says that it failed.</summary>
public static class SpanFailure
{
    /// <summary>Sets status Error and <c>error.type</c>, and adds an <c>exception</c> event.</summary>
    /// <param name="span">The span.</param>
    /// <param name="code">The error's stable code.</param>
    /// <param name="message">What happened; never a secret.</param>
    /// <param name="exceptionType">What was thrown; null for the code.</param>
    public static void SetFailure(this Activity span, string code, string? message, string? exceptionType = null)
    {
        span.SetTag(Attributes.ErrorType, code);
        span.SetStatus(ActivityStatusCode.Error, message);
        span.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection
        {
            ["exception.type"] = exceptionType ?? code,
            ["exception.message"] = message,
        }));
    }
}
