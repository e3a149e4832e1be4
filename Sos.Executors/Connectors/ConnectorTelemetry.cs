using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Connectors;

/// <summary>The span of one call of a connector, and its row in <c>event_logs</c>.</summary>
internal sealed class ConnectorTelemetry : IDisposable
{
    private readonly ConnectorCall call;
    private readonly NodeContext context;
    private readonly long started;
    private readonly Activity? span;
    private readonly List<PassedProvider> passed = [];
    private ProviderType? type;
    private string? provider;

    public ConnectorTelemetry(ConnectorCall call, NodeContext context)
    {
        (this.call, this.context, started) = (call, context, context.Time.GetTimestamp());
        span = context.StartSpan(ConnectorNames.Execute, ActivityKind.Client, [new(ConnectorNames.Id, call.Connector), new(ConnectorNames.Action, call.Action)]);
    }

    /// <summary>Notes who is asked now.</summary>
    public void Asks(ProviderType providerType, string providerId)
    {
        (type, provider) = (providerType, providerId);
        span?.SetTag(ConnectorNames.Provider, Name(providerType));
        span?.SetTag(ConnectorNames.RoutingProvider, providerId);
    }

    /// <summary>Notes that another provider is asked next, and why.</summary>
    public void FellThrough(string providerId, FallThrough reason, NodeError error)
    {
        var word = Name(reason);
        passed.Add(new PassedProvider(providerId, word, error.Code));
        span?.SetTag(ConnectorNames.RoutingReason, word);
        span?.AddEvent(new ActivityEvent(ConnectorNames.FellThrough, context.Time.GetUtcNow(), new ActivityTagsCollection
        {
            [ConnectorNames.RoutingProvider] = providerId,
            [ConnectorNames.RoutingReason] = word,
            [Attributes.ErrorType] = error.Code,
        }));
    }

    /// <summary>Notes what came.</summary>
    public void Completed(ConnectorReply reply)
    {
        if (reply.Pages > 1)
            span?.SetTag(ConnectorNames.Pages, reply.Pages);
        Log("completed", reply.Status, reply.Pages, errorCode: null);
    }

    /// <summary>Notes why nothing came.</summary>
    public void Failed(NodeError error)
    {
        // A span's events can't be cleaned later.
        span?.SetFailure(error.Code, context.Secrets.Apply(error.Message));
        Log("failed", status: null, pages: null, error.Code);
    }

    /// <inheritdoc/>
    public void Dispose() => span?.Dispose();

    private void Log(string outcome, int? status, int? pages, string? errorCode) => context.AddEvent(
        ConnectorNames.Used,
        outcome,
        JsonSerializer.SerializeToElement(
            new ConnectorUse(context.NodeId, call.Connector, call.Action, type is { } known ? Name(known) : null, provider, status, pages, errorCode, passed.Count == 0 ? null : passed),
            ConnectorUseJson.Default.ConnectorUse),
        context.Time.GetElapsedTime(started));

    private static string Name(ProviderType type) => type switch
    {
        ProviderType.OpenApi => "openapi",
        ProviderType.Mcp => "mcp",
        _ => "manifest",
    };

    private static string Name(FallThrough reason) => reason switch
    {
        FallThrough.Connection => "connection",
        FallThrough.RateLimited => "rateLimited",
        FallThrough.ServerError => "serverError",
        _ => "circuitOpen",
    };
}

/// <summary>What the log keeps of a call.</summary>
internal sealed record ConnectorUse(
    string NodeId, string Connector, string Action, string? Provider, string? RoutingProvider, int? Status, int? Pages, string? ErrorCode, IReadOnlyList<PassedProvider>? FellThrough);

/// <summary>A provider that did not serve a call.</summary>
/// <param name="Provider">Its id.</param>
/// <param name="Reason">Why the call went on.</param>
/// <param name="ErrorCode">What failed.</param>
internal sealed record PassedProvider(string Provider, string Reason, string ErrorCode);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConnectorUse))]
internal sealed partial class ConnectorUseJson : JsonSerializerContext;
