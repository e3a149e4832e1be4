using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sos.Workflows.Telemetry;

/// <summary>The one activity source and the one meter of SOS, both named <c>Sos</c>.</summary>
public static class SosTelemetry
{
    /// <summary>The name of the source and the meter.</summary>
    public const string Name = "Sos";

    private static readonly string? Version = typeof(SosTelemetry).Assembly.GetName().Version?.ToString(3);

    /// <summary>Where every SOS span comes from.</summary>
    public static ActivitySource Source { get; } = new(Name, Version);

    /// <summary>Where every SOS metric comes from.</summary>
    public static Meter Meter { get; } = new(Name, Version);
}
