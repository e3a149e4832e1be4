using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace Sos.Testing.Otlp;

/// <summary>Flattens OTLP messages into the records that tests read.</summary>
static class OtlpDecoding
{
    public static List<OtlpSpan> Flatten(this ExportTraceServiceRequest request) =>
    [
        .. from resource in request.ResourceSpans
           let attributes = Attributes(resource.Resource?.Attributes)
           from scope in resource.ScopeSpans
           from span in scope.Spans
           select ToSpan(attributes, scope.Scope?.Name ?? "", span)
    ];

    public static List<OtlpMetricPoint> Flatten(this ExportMetricsServiceRequest request) =>
    [
        .. from resource in request.ResourceMetrics
           let attributes = Attributes(resource.Resource?.Attributes)
           from scope in resource.ScopeMetrics
           from metric in scope.Metrics
           from point in Points(attributes, scope.Scope?.Name ?? "", metric)
           select point
    ];

    public static List<OtlpLog> Flatten(this ExportLogsServiceRequest request) =>
    [
        .. from resource in request.ResourceLogs
           let attributes = Attributes(resource.Resource?.Attributes)
           from scope in resource.ScopeLogs
           from log in scope.LogRecords
           select new OtlpLog(attributes, scope.Scope?.Name ?? "", log.SeverityText, Value(log.Body)?.ToString(),
               Id(log.TraceId), Id(log.SpanId), Attributes(log.Attributes))
    ];

    static OtlpSpan ToSpan(IReadOnlyDictionary<string, object?> resource, string scope, Span span) => new(
        resource, scope, span.Name, (OtlpSpanKind)span.Kind,
        Id(span.TraceId) ?? "", Id(span.SpanId) ?? "", Id(span.ParentSpanId), span.TraceState,
        Time(span.StartTimeUnixNano), Time(span.EndTimeUnixNano),
        Attributes(span.Attributes),
        [.. span.Events.Select(e => new OtlpEvent(e.Name, Time(e.TimeUnixNano), Attributes(e.Attributes)))],
        [.. span.Links.Select(l => new OtlpLink(Id(l.TraceId) ?? "", Id(l.SpanId) ?? "", Attributes(l.Attributes)))],
        (OtlpStatus)(span.Status?.Code ?? 0), span.Status?.Message ?? "");

    static IEnumerable<OtlpMetricPoint> Points(IReadOnlyDictionary<string, object?> resource, string meter, Metric metric)
    {
        IEnumerable<NumberDataPoint> numbers = metric.DataCase switch
        {
            Metric.DataOneofCase.Gauge => metric.Gauge.DataPoints,
            Metric.DataOneofCase.Sum => metric.Sum.DataPoints,
            _ => [],
        };
        foreach (var point in numbers)
        {
            var value = point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble;
            yield return new OtlpMetricPoint(resource, meter, metric.Name, metric.Unit, Attributes(point.Attributes), value, null, Exemplars(point.Exemplars));
        }

        foreach (var point in metric.Histogram?.DataPoints ?? [])
        {
            var histogram = new OtlpHistogram(point.Count, point.Sum, [.. point.ExplicitBounds], [.. point.BucketCounts]);
            yield return new OtlpMetricPoint(resource, meter, metric.Name, metric.Unit, Attributes(point.Attributes), 0, histogram, Exemplars(point.Exemplars));
        }
    }

    static List<OtlpExemplar> Exemplars(RepeatedField<Exemplar> exemplars) =>
    [
        .. exemplars.Select(e => new OtlpExemplar(Id(e.TraceId) ?? "", Id(e.SpanId) ?? "",
            e.ValueCase == Exemplar.ValueOneofCase.AsInt ? e.AsInt : e.AsDouble))
    ];

    static Dictionary<string, object?> Attributes(RepeatedField<KeyValue>? attributes)
    {
        var result = new Dictionary<string, object?>(StringComparer.Ordinal);
        // OTLP forbids two attributes of one name; adding instead of overwriting makes a test fail on it.
        foreach (var attribute in attributes ?? [])
            if (!result.TryAdd(attribute.Key, Value(attribute.Value)))
                result["duplicate:" + attribute.Key] = Value(attribute.Value);
        return result;
    }

    static object? Value(AnyValue? value) => value?.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue,
        AnyValue.ValueOneofCase.IntValue => value.IntValue,
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue,
        AnyValue.ValueOneofCase.ArrayValue => value.ArrayValue.Values.Select(Value).ToArray(),
        AnyValue.ValueOneofCase.KvlistValue => Attributes(value.KvlistValue.Values),
        AnyValue.ValueOneofCase.BytesValue => value.BytesValue.ToByteArray(),
        _ => null,
    };

    static string? Id(ByteString bytes) => bytes.IsEmpty ? null : Convert.ToHexStringLower(bytes.Span);

    static DateTimeOffset Time(ulong unixNanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(unixNanoseconds / 100));
}
