namespace Sos.Workflows.Telemetry;

/// <summary>
/// Names for calls of MCP servers, after OpenTelemetry's conventions for MCP
/// (github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md; in development).
/// </summary>
public static class McpNames
{
    /// <summary>The method that calls a tool, and the prefix of its span: <c>tools/call {tool}</c>.</summary>
    public const string ToolsCall = "tools/call";

    /// <summary>One request to an MCP server as its client sees it; s.</summary>
    public const string ClientOperationDuration = "mcp.client.operation.duration";

    /// <summary>The bucket boundaries that the conventions give for MCP durations, in seconds.</summary>
    public static IReadOnlyList<double> DurationBoundaries { get; } = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

#pragma warning disable CS1591 // each is explained once, in docs/mcp.md
    public const string MethodName = "mcp.method.name";
    public const string SessionId = "mcp.session.id";
    public const string ProtocolVersion = "mcp.protocol.version";
    public const string ServerName = "mcp.server.name";
    public const string JsonRpcRequestId = "jsonrpc.request.id";
    public const string ResponseStatusCode = "rpc.response.status_code";
    public const string NetworkTransport = "network.transport";
    public const string NetworkProtocolName = "network.protocol.name";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string OperationName = "gen_ai.operation.name";
    public const string ToolName = "gen_ai.tool.name";
#pragma warning restore CS1591
}
