namespace Sos.Workflows.Telemetry;

/// <summary>Names of spans and span attributes about what starts executions by itself.</summary>
public static class TriggerSpans
{
    /// <summary>A schedule starts an execution; the root of the execution's trace.</summary>
    public const string ScheduleFire = "schedule.fire";

    /// <summary>The schedule.</summary>
    public const string ScheduleId = "schedule.id";

    /// <summary>The schedule's name.</summary>
    public const string ScheduleName = "schedule.name";

    /// <summary>The time that the schedule meant, RFC 3339 in UTC.</summary>
    public const string ScheduleDueAt = "schedule.due_at";

    /// <summary>How late it started, in milliseconds.</summary>
    public const string ScheduleDelayMs = "schedule.delay_ms";

    /// <summary>How many earlier times passed without an execution.</summary>
    public const string ScheduleMissed = "schedule.missed";

    /// <summary>The webhook that was called; on the request's server span.</summary>
    public const string WebhookId = "webhook.id";

    /// <summary>How the caller was recognized.</summary>
    public const string WebhookVerification = "webhook.verification";

    /// <summary>What became of the call: <c>accepted</c>, <c>repeated</c>, <c>refused</c> or <c>challenge</c>.</summary>
    public const string WebhookOutcome = "webhook.outcome";
}

/// <summary>Types of rows in <c>event_logs</c> about what starts executions by itself.</summary>
public static class TriggerEventTypes
{
    /// <summary>A schedule started an execution.</summary>
    public const string ScheduleFired = "schedule_fired";

    /// <summary>Times of a schedule passed without an execution, by its policy.</summary>
    public const string ScheduleSkipped = "schedule_skipped";

    /// <summary>A schedule can't run any more and was disabled.</summary>
    public const string ScheduleDisabled = "schedule_disabled";

    /// <summary>A webhook started an execution.</summary>
    public const string WebhookReceived = "webhook_received";

    /// <summary>A webhook was called by somebody who could not be recognized.</summary>
    public const string WebhookRefused = "webhook_refused";
}
