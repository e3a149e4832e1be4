namespace Sos.Workflows.Telemetry;

/// <summary>Names for calls of connectors.</summary>
public static class ConnectorNames
{
    /// <summary>The span of one call, pages and other providers included.</summary>
    public const string Execute = "connector.execute";

    /// <summary>The connector's id.</summary>
    public const string Id = "connector.id";

    /// <summary>The action's name.</summary>
    public const string Action = "connector.action";

    /// <summary>What the provider speaks that served the call (or failed last): <c>manifest</c>, <c>openapi</c> or <c>mcp</c>.</summary>
    public const string Provider = "connector.provider";

    /// <summary>Which of the connector's providers served the call (or failed last).</summary>
    public const string RoutingProvider = "connector.routing_provider";

    /// <summary>Why the call did not stay with the first provider: <c>connection</c>, <c>rateLimited</c>, <c>serverError</c> or <c>circuitOpen</c>.</summary>
    public const string RoutingReason = "connector.routing_reason";

    /// <summary>How many pages were fetched of a list.</summary>
    public const string Pages = "connector.pages";

    /// <summary>The event on the span when a call goes on to the next provider.</summary>
    public const string FellThrough = "connector.fell_through";

    /// <summary>The type of the row in <c>event_logs</c>.</summary>
    public const string Used = "connector_used";
}
