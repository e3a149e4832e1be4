using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// Everything that configuration says about telemetry, read once. A setting that makes no sense becomes one of the
/// <see cref="Problems"/> and is ignored: telemetry never keeps a service from starting.
/// </summary>
sealed record TelemetrySettings
{
    public required IReadOnlyDictionary<string, string> Resource { get; init; }

    public required IReadOnlyList<OtlpDestination> Destinations { get; init; }

    public required Sampler Sampler { get; init; }

    public required BatchSettings Spans { get; init; }

    public required BatchSettings Logs { get; init; }

    /// <summary>How often metrics are exported.</summary>
    public required TimeSpan MetricInterval { get; init; }

    /// <summary>For all destinations; null leaves it to each.</summary>
    public required MetricReaderTemporalityPreference? MetricTemporality { get; init; }

    public required ExemplarFilterType Exemplars { get; init; }

    /// <summary>What is wrong with the configuration, one sentence each, free of secrets.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>False when <c>OTEL_ENABLED=false</c> or <c>OTEL_SDK_DISABLED=true</c>.</summary>
    public static bool IsEnabled(IConfiguration configuration) =>
        !Is(configuration["OTEL_ENABLED"], "false", "0") && !Is(configuration["OTEL_SDK_DISABLED"], "true", "1");

    public static TelemetrySettings Read(IConfiguration configuration, IHostEnvironment environment, string? serviceName)
    {
        var problems = new List<string>();
        OtlpDestination?[] destinations =
        [
            new OtlpDestinationReader(configuration, problems).Read(),
            SigNozConnectionString.Read(configuration["ConnectionStrings:signoz"], problems),
        ];
        return new TelemetrySettings
        {
            Resource = ServiceResource.Read(configuration, environment, serviceName, problems),
            Destinations = [.. destinations.OfType<OtlpDestination>()],
            Sampler = SamplerSetting.Read(configuration, problems),
            Spans = BatchSettings.Read(configuration, "OTEL_BSP", problems),
            Logs = BatchSettings.Read(configuration, "OTEL_BLRP", problems),
            MetricInterval = TimeSpan.FromMilliseconds(BatchSettings.WholeNumber(configuration, "OTEL_METRIC_EXPORT_INTERVAL", 60_000, 86_400_000, problems)),
            MetricTemporality = configuration["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] switch
            {
                null or "" => null,
                var preference when Is(preference, "delta", "lowmemory") => MetricReaderTemporalityPreference.Delta,
                _ => MetricReaderTemporalityPreference.Cumulative,
            },
            Exemplars = ReadExemplars(configuration["OTEL_METRICS_EXEMPLAR_FILTER"], problems),
            Problems = problems,
        };
    }

    static ExemplarFilterType ReadExemplars(string? text, List<string> problems)
    {
        switch (text?.Trim().ToLowerInvariant())
        {
            case null or "" or "trace_based":
                return ExemplarFilterType.TraceBased;
            case "always_on":
                return ExemplarFilterType.AlwaysOn;
            case "always_off":
                return ExemplarFilterType.AlwaysOff;
            default:
                problems.Add("OTEL_METRICS_EXEMPLAR_FILTER must be trace_based, always_on or always_off; trace_based is used.");
                return ExemplarFilterType.TraceBased;
        }
    }

    static bool Is(string? text, string value, string alternative) =>
        string.Equals(text?.Trim(), value, StringComparison.OrdinalIgnoreCase) || text?.Trim() == alternative;
}
