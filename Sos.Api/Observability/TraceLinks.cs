using System.Text.Json.Serialization;
using Sos.Api.Executions;
using Sos.ServiceDefaults.Telemetry;

namespace Sos.Api.Observability;

/// <summary>The pages of a trace in the backends that it was sent to, where their addresses are known.</summary>
/// <param name="Signoz">In SigNoz.</param>
/// <param name="Aspire">In the Aspire dashboard.</param>
public sealed record BackendLinks(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Signoz,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Aspire);

/// <summary>
/// Makes links from rows to traces. <c>Sos:Links:SigNoz</c> and <c>Sos:Links:Aspire</c> name the backends' pages as a
/// person's browser reaches them; without them, what the telemetry settings know is used.
/// </summary>
internal sealed class TraceLinks
{
    private readonly Uri? signoz;
    private readonly Uri? aspire;
    private readonly TelemetryDestinations destinations;

    public TraceLinks(IConfiguration configuration, TelemetryDestinations destinations)
    {
        this.destinations = destinations;
        signoz = Read(configuration, "Sos:Links:SigNoz");
        aspire = Read(configuration, "Sos:Links:Aspire");
    }

    /// <summary>The pages of a trace.</summary>
    public BackendLinks Of(string traceId) => new(
        signoz is null ? destinations["signoz"]?.TraceUrl(traceId)?.ToString() : $"{signoz.ToString().TrimEnd('/')}/trace/{traceId}",
        aspire is null ? destinations["otlp"]?.TraceUrl(traceId)?.ToString() : $"{aspire.ToString().TrimEnd('/')}/traces/detail/{traceId}");

    /// <summary>The addresses of an execution.</summary>
    public ExecutionLinks Of(Guid executionId, string traceId)
    {
        var self = $"/api/v1/executions/{executionId}";
        var backends = Of(traceId);
        return new ExecutionLinks
        {
            Self = self,
            Steps = self + "/steps",
            Events = self + "/events",
            Trace = "/api/v1/traces/" + traceId,
            Signoz = backends.Signoz,
            Aspire = backends.Aspire,
        };
    }

    private static Uri? Read(IConfiguration configuration, string key) =>
        configuration[key] is not { Length: > 0 } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
        : throw new InvalidOperationException($"{key} must be an address such as http://localhost:8080, not '{text}'.");
}
