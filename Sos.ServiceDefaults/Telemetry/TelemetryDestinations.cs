using System.Collections;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Telemetry;

/// <summary>
/// Where this process sends its telemetry, for a start-up banner and for links to a trace; free of secrets. Empty
/// when no destination is configured or telemetry is switched off. A singleton in the service collection.
/// </summary>
public sealed class TelemetryDestinations : IReadOnlyList<TelemetryDestination>
{
    readonly TelemetryDestination[] _items;

    internal TelemetryDestinations(IEnumerable<OtlpDestination> destinations) => _items = [.. destinations.Select(TelemetryDestination.From)];

    /// <summary>The number of destinations.</summary>
    public int Count => _items.Length;

    /// <summary>The destination at a position.</summary>
    public TelemetryDestination this[int index] => _items[index];

    /// <summary>The destination of this name (<c>otlp</c> or <c>signoz</c>), or null.</summary>
    public TelemetryDestination? this[string name] => Array.Find(_items, item => item.Name == name);

    /// <inheritdoc/>
    public IEnumerator<TelemetryDestination> GetEnumerator() => ((IEnumerable<TelemetryDestination>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>For example <c>signoz http://localhost:4317 (grpc)</c>; <c>none</c> when there is no destination.</summary>
    public override string ToString() => _items.Length == 0 ? "none" : string.Join(", ", _items.Select(item => item.ToString()));
}

/// <summary>One backend that receives telemetry.</summary>
/// <param name="Name"><c>otlp</c> for what <c>OTEL_EXPORTER_OTLP_*</c> names, <c>signoz</c> for <c>ConnectionStrings:signoz</c>.</param>
/// <param name="Endpoint">Scheme, host and port that traces (or, without them, another signal) go to.</param>
/// <param name="Protocol"><c>grpc</c> or <c>http/protobuf</c>.</param>
/// <param name="Web">The address of the backend's pages, or null when it was not configured.</param>
public sealed record TelemetryDestination(string Name, string Endpoint, string Protocol, Uri? Web)
{
    /// <summary>
    /// The page of a trace, optionally at one of its spans, or null when <see cref="Web"/> is unknown. SigNoz:
    /// <c>/trace/{id}?spanId={id}</c>; Aspire dashboard: <c>/traces/detail/{id}?spanId={id}</c>.
    /// </summary>
    public Uri? TraceUrl(string traceId, string? spanId = null)
    {
        if (Web is null)
            return null;
        var path = Name == "signoz" ? "trace" : "traces/detail";
        var query = spanId is null ? "" : $"?spanId={Uri.EscapeDataString(spanId)}";
        return new Uri($"{Web.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}/{Uri.EscapeDataString(traceId)}{query}");
    }

    /// <summary>For example <c>signoz http://localhost:4317 (grpc)</c>.</summary>
    public override string ToString() => $"{Name} {Endpoint} ({Protocol})";

    internal static TelemetryDestination From(OtlpDestination destination)
    {
        var target = destination.Targets.OrderBy(t => t.Key).First().Value;
        return new TelemetryDestination(destination.Name, target.Address, target.ProtocolName, destination.Web);
    }
}
