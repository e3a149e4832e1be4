using System.ComponentModel.DataAnnotations;

namespace Sos.Executors.Connectors;

/// <summary>When a provider of a connector is left alone: the configuration section <c>Sos:Connectors</c>.</summary>
internal sealed class ConnectorOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sos:Connectors";

    /// <summary>A provider is left alone when of at least so many calls …</summary>
    /// <value>5</value>
    [Range(2, 1_000)]
    public int BreakAfter { get; set; } = 5;

    /// <summary>… in so long, half or more got no answer or a 5xx.</summary>
    /// <value>30 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan BreakWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is left alone; then one call tries.</summary>
    /// <value>30 seconds</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(30);
}
