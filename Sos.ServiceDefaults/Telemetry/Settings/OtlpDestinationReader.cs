using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// Reads the destination <c>otlp</c> from the standard <c>OTEL_EXPORTER_OTLP_*</c> settings. A setting with a
/// signal in its name (<c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) goes before the one without
/// (opentelemetry.io/docs/specs/otel/protocol/exporter).
/// </summary>
sealed class OtlpDestinationReader(IConfiguration configuration, List<string> problems)
{
    const string Prefix = "OTEL_EXPORTER_OTLP_";

    public OtlpDestination? Read()
    {
        var targets = new Dictionary<TelemetrySignal, OtlpTarget>();
        foreach (var signal in Enum.GetValues<TelemetrySignal>())
            if (ReadTarget(signal) is { } target)
                targets.Add(signal, target);
        return targets.Count == 0 ? null : new OtlpDestination("otlp", ReadWeb(), targets);
    }

    /// <summary>Parses an absolute http(s) address; null and a noted problem when it is not one.</summary>
    public static Uri? ParseAddress(string text, string setting, List<string> problems)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0)
            return address;
        problems.Add($"{setting} must be an address like http://localhost:4317; it is ignored.");
        return null;
    }

    /// <summary>Parses <c>grpc</c> or <c>http/protobuf</c>; null and a noted problem for anything else.</summary>
    public static OtlpExportProtocol? ParseProtocol(string text, string setting, List<string> problems)
    {
        switch (text.Trim().ToLowerInvariant())
        {
            case "grpc":
                return OtlpExportProtocol.Grpc;
            case "http/protobuf":
                return OtlpExportProtocol.HttpProtobuf;
            default:
                problems.Add($"{setting} must be grpc or http/protobuf; it is ignored and the protocol follows from the port.");
                return null;
        }
    }

    /// <summary>
    /// Without a setting, HTTP/protobuf on the port that OTLP registers for it (4318) or for an address with a
    /// signal's path, and gRPC otherwise.
    /// </summary>
    public static OtlpExportProtocol ProtocolOf(Uri endpoint) =>
        endpoint.Port == 4318 || endpoint.AbsolutePath.Contains("/v1/", StringComparison.Ordinal) ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

    /// <summary>Adds a signal's path to an HTTP base address; a gRPC address stays as it is.</summary>
    public static Uri WithSignalPath(Uri endpoint, OtlpExportProtocol protocol, TelemetrySignal signal) =>
        protocol == OtlpExportProtocol.Grpc
            ? endpoint
            : new UriBuilder(endpoint) { Path = $"{endpoint.AbsolutePath.TrimEnd('/')}/v1/{Name(signal).ToLowerInvariant()}" }.Uri;

    OtlpTarget? ReadTarget(TelemetrySignal signal)
    {
        var own = $"{Prefix}{Name(signal)}_ENDPOINT";
        var (setting, isOwn) = IsSet(own) ? (own, true) : ($"{Prefix}ENDPOINT", false);
        if (!IsSet(setting) || ParseAddress(configuration[setting]!, setting, problems) is not { } endpoint)
            return null;
        var protocol = Lookup(signal, "PROTOCOL") is (var name, { } text)
            ? ParseProtocol(text, name, problems) ?? ProtocolOf(endpoint)
            : ProtocolOf(endpoint);
        if (ReadHeaders(signal) is not { } headers)
            return null;
        var address = isOwn ? endpoint : WithSignalPath(endpoint, protocol, signal);
        return new OtlpTarget(address, protocol, headers, ReadTimeout(signal), Lookup(signal, "COMPRESSION").Value?.Trim() is "gzip");
    }

    IReadOnlyDictionary<string, string>? ReadHeaders(TelemetrySignal signal)
    {
        var (name, text) = Lookup(signal, "HEADERS");
        var headers = OtlpHeaders.Parse(text, out var problem);
        if (problem is not null)
            problems.Add($"{name} {problem}; {Name(signal).ToLowerInvariant()} are not exported to this destination.");
        return headers;
    }

    TimeSpan ReadTimeout(TelemetrySignal signal)
    {
        var (name, text) = Lookup(signal, "TIMEOUT");
        if (text is null)
            return TimeSpan.FromSeconds(10);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is > 0 and <= 600_000)
            return TimeSpan.FromMilliseconds(milliseconds);
        problems.Add($"{name} must be a number of milliseconds from 1 to 600000; 10000 is used.");
        return TimeSpan.FromSeconds(10);
    }

    Uri? ReadWeb() => IsSet("SOS_ASPIRE_URL") ? ParseAddress(configuration["SOS_ASPIRE_URL"]!, "SOS_ASPIRE_URL", problems) : null;

    (string Setting, string? Value) Lookup(TelemetrySignal signal, string name)
    {
        var own = $"{Prefix}{Name(signal)}_{name}";
        return IsSet(own) ? (own, configuration[own]) : (Prefix + name, IsSet(Prefix + name) ? configuration[Prefix + name] : null);
    }

    // The standard treats an empty variable like an absent one.
    bool IsSet(string setting) => !string.IsNullOrWhiteSpace(configuration[setting]);

    static string Name(TelemetrySignal signal) => signal.ToString().ToUpperInvariant();
}
