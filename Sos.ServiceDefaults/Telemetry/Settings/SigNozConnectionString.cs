using System.Data.Common;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// Reads <c>ConnectionStrings:signoz</c>: a bare address, or
/// <c>Endpoint=…;Protocol=grpc|http/protobuf;IngestionKey=…;Web=…</c> of which only Endpoint is needed. The key goes
/// out as the header <c>signoz-ingestion-key</c>, which SigNoz Cloud asks for.
/// </summary>
static class SigNozConnectionString
{
    const string Setting = "ConnectionStrings:signoz";

    public static OtlpDestination? Read(string? text, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (Split(text, problems) is not { } parts)
            return null;
        if (parts.GetValueOrDefault("endpoint") is not { Length: > 0 } address)
        {
            problems.Add($"{Setting} names no Endpoint; nothing is exported to SigNoz. Write Endpoint=http://localhost:4317 or just the address.");
            return null;
        }

        if (OtlpDestinationReader.ParseAddress(address, $"Endpoint in {Setting}", problems) is not { } endpoint)
            return null;
        if (ReadHeaders(parts.GetValueOrDefault("ingestionkey"), problems) is not { } headers)
            return null;
        var protocol = parts.GetValueOrDefault("protocol") is { Length: > 0 } name
            ? OtlpDestinationReader.ParseProtocol(name, $"Protocol in {Setting}", problems) ?? OtlpDestinationReader.ProtocolOf(endpoint)
            : OtlpDestinationReader.ProtocolOf(endpoint);
        var web = parts.GetValueOrDefault("web") is { Length: > 0 } page
            ? OtlpDestinationReader.ParseAddress(page, $"Web in {Setting}", problems)
            : null;
        // Of a sum since the start SigNoz shows only what comes after its first value, so the one run of a workflow in
        // the life of a process would never be seen.
        return new OtlpDestination("signoz", web, Targets(endpoint, protocol, headers)) { Temporality = MetricReaderTemporalityPreference.Delta };
    }

    static Dictionary<TelemetrySignal, OtlpTarget> Targets(Uri endpoint, OtlpExportProtocol protocol, IReadOnlyDictionary<string, string> headers) =>
        Enum.GetValues<TelemetrySignal>().ToDictionary(
            signal => signal,
            signal => new OtlpTarget(OtlpDestinationReader.WithSignalPath(endpoint, protocol, signal), protocol, headers, TimeSpan.FromSeconds(10), Compress: false));

    static IReadOnlyDictionary<string, string>? ReadHeaders(string? key, List<string> problems)
    {
        if (string.IsNullOrEmpty(key))
            return OtlpHeaders.None;
        if (key.All(c => c is > ' ' and <= '~'))
            return new Dictionary<string, string> { ["signoz-ingestion-key"] = key };
        problems.Add($"IngestionKey in {Setting} holds a character that a header can't carry; nothing is exported to SigNoz.");
        return null;
    }

    static Dictionary<string, string?>? Split(string text, List<string> problems)
    {
        if (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return new Dictionary<string, string?> { ["endpoint"] = text.Trim().TrimEnd(';') };
        try
        {
            var builder = new DbConnectionStringBuilder { ConnectionString = text };
            return builder.Keys.Cast<string>().ToDictionary(key => key.ToLowerInvariant(), key => builder[key].ToString());
        }
        catch (ArgumentException)
        {
            // The exception's message may quote the key, so it is not passed on.
            problems.Add($"{Setting} can't be read; write Endpoint=http://localhost:4317;IngestionKey=… or just the address. Nothing is exported to SigNoz.");
            return null;
        }
    }
}
