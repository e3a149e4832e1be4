using System.Globalization;

namespace Sos.Testing.Otlp;

/// <summary>The kind of a span, with the protocol's numbers.</summary>
public enum OtlpSpanKind { Unspecified, Internal, Server, Client, Producer, Consumer }

/// <summary>The status of a span, with the protocol's numbers.</summary>
public enum OtlpStatus { Unset, Ok, Error }

/// <summary>One received span. Ids are lower-case hex; <see cref="ParentSpanId"/> is null for a root.</summary>
public sealed record OtlpSpan(
    IReadOnlyDictionary<string, object?> Resource,
    string Scope,
    string Name,
    OtlpSpanKind Kind,
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string TraceState,
    DateTimeOffset Start,
    DateTimeOffset End,
    IReadOnlyDictionary<string, object?> Attributes,
    IReadOnlyList<OtlpEvent> Events,
    IReadOnlyList<OtlpLink> Links,
    OtlpStatus Status,
    string StatusMessage)
{
    /// <summary>The resource's <c>service.name</c>.</summary>
    public string? ServiceName => Resource.Text("service.name");

    /// <summary>An attribute as text, or null when the span has none of that name.</summary>
    public string? this[string attribute] => Attributes.Text(attribute);

    public override string ToString() => $"{Name} ({Kind}, {Scope}, trace {TraceId}, span {SpanId}, parent {ParentSpanId ?? "none"})";
}

/// <summary>An event of a span.</summary>
public sealed record OtlpEvent(string Name, DateTimeOffset Time, IReadOnlyDictionary<string, object?> Attributes);

/// <summary>A link of a span to another span.</summary>
public sealed record OtlpLink(string TraceId, string SpanId, IReadOnlyDictionary<string, object?> Attributes);

/// <summary>One received metric data point; <see cref="Histogram"/> is set for histograms, <see cref="Value"/> otherwise.</summary>
public sealed record OtlpMetricPoint(
    IReadOnlyDictionary<string, object?> Resource,
    string Meter,
    string Name,
    string Unit,
    IReadOnlyDictionary<string, object?> Attributes,
    double Value,
    OtlpHistogram? Histogram,
    IReadOnlyList<OtlpExemplar> Exemplars)
{
    /// <summary>An attribute as text, or null when the point has none of that name.</summary>
    public string? this[string attribute] => Attributes.Text(attribute);

    public override string ToString() => $"{Name} {{{string.Join(", ", Attributes.Select(a => $"{a.Key}={a.Value}"))}}} = {Histogram?.Sum ?? Value}";
}

/// <summary>A histogram's content; <see cref="BucketCounts"/> has one more entry than <see cref="Bounds"/>.</summary>
public sealed record OtlpHistogram(ulong Count, double Sum, IReadOnlyList<double> Bounds, IReadOnlyList<ulong> BucketCounts);

/// <summary>A measurement that was kept as an example, with the span it was taken in.</summary>
public sealed record OtlpExemplar(string TraceId, string SpanId, double Value);

/// <summary>One received log record; the ids are null when it was written outside a span.</summary>
public sealed record OtlpLog(
    IReadOnlyDictionary<string, object?> Resource,
    string Category,
    string Severity,
    string? Body,
    string? TraceId,
    string? SpanId,
    IReadOnlyDictionary<string, object?> Attributes)
{
    public override string ToString() => $"[{Severity}] {Category}: {Body} (trace {TraceId ?? "none"})";
}

/// <summary>One export request as it arrived.</summary>
/// <param name="Signal"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
/// <param name="Protocol"><c>grpc</c> or <c>http/protobuf</c>.</param>
/// <param name="Path">The request's path.</param>
/// <param name="Headers">The request's headers; names compare without case.</param>
/// <param name="Items">How many spans, data points or log records it held.</param>
public sealed record OtlpRequest(string Signal, string Protocol, string Path, IReadOnlyDictionary<string, string> Headers, int Items);

static class OtlpAttributes
{
    public static string? Text(this IReadOnlyDictionary<string, object?> attributes, string name) =>
        attributes.TryGetValue(name, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
}
