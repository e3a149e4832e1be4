using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>The three signals of OpenTelemetry.</summary>
enum TelemetrySignal { Traces, Metrics, Logs }

/// <summary>Where one signal goes.</summary>
/// <param name="Endpoint">For HTTP the full address with the signal's path; for gRPC the server's address.</param>
/// <param name="Protocol">gRPC or HTTP/protobuf.</param>
/// <param name="Headers">Sent with every request; secret.</param>
/// <param name="Timeout">For one export, with its retries.</param>
/// <param name="Compress">Whether requests are gzip-compressed.</param>
sealed record OtlpTarget(Uri Endpoint, OtlpExportProtocol Protocol, IReadOnlyDictionary<string, string> Headers, TimeSpan Timeout, bool Compress)
{
    // A record prints its members; this one holds secrets.
    public override string ToString() => $"{Address} ({ProtocolName})";

    /// <summary>Scheme, host and port: nothing of an address that might be secret.</summary>
    public string Address => Endpoint.GetLeftPart(UriPartial.Scheme) + Endpoint.Authority;

    /// <summary>The protocol as <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> spells it.</summary>
    public string ProtocolName => Protocol == OtlpExportProtocol.HttpProtobuf ? "http/protobuf" : "grpc";
}

/// <summary>A named backend and where in it each signal goes; a signal that isn't listed isn't sent.</summary>
/// <param name="Name"><c>otlp</c> or <c>signoz</c>.</param>
/// <param name="Web">The address of its web pages, where known.</param>
/// <param name="Targets">One entry per exported signal.</param>
sealed record OtlpDestination(string Name, Uri? Web, IReadOnlyDictionary<TelemetrySignal, OtlpTarget> Targets)
{
    /// <summary>Whether counters and histograms are sent as sums since the start or since the last export, where no setting says.</summary>
    public MetricReaderTemporalityPreference Temporality { get; init; } = MetricReaderTemporalityPreference.Cumulative;
}
