using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace Sos.ServiceDefaults.Telemetry;

/// <summary>
/// Bucket boundaries for histograms of seconds that bring no advice of their own: the SDK's default (5, 10, 25, …)
/// is made for milliseconds and would put everything into the first bucket. .NET's, Npgsql's and Microsoft.Extensions.AI's
/// instruments bring the boundaries of the semantic conventions and keep them.
/// </summary>
static class SecondsHistograms
{
    // HTTP's boundaries of the semantic conventions, continued to an hour, because a workflow may wait.
    static readonly double[] Boundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    public static MetricStreamConfiguration? Buckets(Instrument instrument) =>
        instrument is Histogram<double> { Unit: "s", Advice: null }
            ? new ExplicitBucketHistogramConfiguration { Boundaries = Boundaries }
            : null;
}
