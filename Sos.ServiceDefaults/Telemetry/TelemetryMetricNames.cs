namespace Sos.ServiceDefaults.Telemetry;

/// <summary>Names of the metrics about telemetry itself.</summary>
public static class TelemetryMetricNames
{
    /// <summary>Spans, log records and metric points that did not reach a destination; {item}.</summary>
    public const string Dropped = "sos.telemetry.dropped";

    /// <summary>Which of them: <c>traces</c>, <c>logs</c> or <c>metrics</c>.</summary>
    public const string Signal = "signal";

    /// <summary>The destination's name: <c>otlp</c> or <c>signoz</c>.</summary>
    public const string Destination = "destination";
}
