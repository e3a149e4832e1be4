using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Mcp;

/// <summary>Starts a span as a child of the current one; an engine's adds what every span of an execution carries.</summary>
internal delegate Activity? SpanStarter(string name, ActivityKind kind, IEnumerable<KeyValuePair<string, object?>>? tags = null);

/// <summary>The span and the duration of one tool call, after OpenTelemetry's conventions for MCP clients.</summary>
internal sealed class McpTelemetry : IDisposable
{
    private const string ExecuteTool = "execute_tool";
    private const int MaxShownLength = 128;

    private static readonly Histogram<double> Duration = SosTelemetry.Meter.CreateHistogram(
        McpNames.ClientOperationDuration,
        "s",
        "How long requests to MCP servers take",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = McpNames.DurationBoundaries });

    private readonly TimeProvider time;
    private readonly long started;
    private readonly Activity? span;
    private readonly bool isConfigured;
    private TagList metric;

    public McpTelemetry(McpServerReference server, McpServerOptions settings, string tool, SpanStarter? startSpan, TimeProvider time)
    {
        this.time = time;
        isConfigured = server.Url is null;
        started = time.GetTimestamp();
        // The agent's span for the tool stands for the same execution: a second one of that operation would count it twice.
        var isCounted = Activity.Current?.OperationName.StartsWith(ExecuteTool, StringComparison.Ordinal) == true;
        var shown = tool.Length <= MaxShownLength ? tool : tool[..MaxShownLength] + "…";
        var name = $"{McpNames.ToolsCall} {shown}";
        KeyValuePair<string, object?>[] tags = [new(McpNames.MethodName, McpNames.ToolsCall), new(McpNames.ToolName, shown)];
        span = startSpan is null ? SosTelemetry.Source.StartActivity(ActivityKind.Client, tags: tags, name: name) : startSpan(name, ActivityKind.Client, tags);
        metric = new TagList { { McpNames.MethodName, McpNames.ToolsCall } };

        var url = server.Url ?? (settings.Url is null ? null : new Uri(settings.Url));
        Add(McpNames.NetworkTransport, url is null ? "pipe" : "tcp");
        if (url is not null)
        {
            Add(McpNames.NetworkProtocolName, "http");
            if (isConfigured)
            {
                Add(McpNames.ServerAddress, url.Host);
                Add(McpNames.ServerPort, url.Port);
            }
            else
            {
                // Workflows name whatever they like: on the span, but not as a new series of the metric each.
                span?.SetTag(McpNames.ServerAddress, url.Host);
                span?.SetTag(McpNames.ServerPort, url.Port);
            }
        }
        if (span is not { IsAllDataRequested: true })
            return;
        if (!isCounted)
            span.SetTag(McpNames.OperationName, ExecuteTool);
        if (server.Name is { } configured)
            span.SetTag(McpNames.ServerName, configured);
    }

    /// <summary>Notes over which session the call goes, of a tool that the server has: only such names become a metric's attribute.</summary>
    /// <returns>The trace context for the request's <c>_meta</c> (SEP-414); null when there is none.</returns>
    public (string TraceParent, string? TraceState)? Sending(McpConnection connection, string tool, long requestId)
    {
        if (isConfigured)
            Add(McpNames.ToolName, tool);
        if (connection.ProtocolVersion is { } version)
            Add(McpNames.ProtocolVersion, version);
        span?.SetTag(McpNames.SessionId, connection.SessionId);
        span?.SetTag(McpNames.JsonRpcRequestId, requestId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var current = span ?? Activity.Current;
        return current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? (id, current.TraceStateString) : null;
    }

    /// <summary>Notes that the tool itself says it failed.</summary>
    public void ToolFailed() => Fail("tool_error", "The tool reports an error.");

    /// <summary>Notes that there is no result.</summary>
    public void Failed(Exception exception)
    {
        if (exception is not McpCallException failure)
        {
            Fail(exception is OperationCanceledException ? "cancelled" : exception.GetType().FullName!, exception.Message);
            return;
        }
        var rpcCode = failure.RpcCode?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (rpcCode is not null)
            Add(McpNames.ResponseStatusCode, rpcCode);
        Fail(rpcCode ?? failure.Error.Code, failure.Message);
    }

    public void Dispose()
    {
        Duration.Record(time.GetElapsedTime(started).TotalSeconds, metric);
        span?.Dispose();
    }

    private void Fail(string errorType, string description)
    {
        Add(Attributes.ErrorType, errorType);
        span?.SetStatus(ActivityStatusCode.Error, description);
    }

    private void Add(string name, object value)
    {
        metric.Add(name, value);
        if (span is { IsAllDataRequested: true })
            span.SetTag(name, value);
    }
}
