using Sos.Executors.Nodes;

namespace Sos.Executors.Mcp;

/// <summary>An MCP server did not do what it was asked; <see cref="Error"/> says why, for the author of the workflow.</summary>
/// <remarks>A tool that ran and reports a failure is no exception: see <see cref="McpToolResult.IsError"/>.</remarks>
internal sealed class McpCallException(NodeError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>The failure with its code, and whether another attempt may go better.</summary>
    public NodeError Error { get; } = error;

    /// <summary>The request certainly did not reach the server, so it can be sent once more without doing anything twice.</summary>
    public bool NothingSent { get; init; }

    /// <summary>Whether the failure counts against the server's health, unlike a wrong address or token.</summary>
    public bool IsServersFault { get; init; }

    /// <summary>The JSON-RPC error code that the server answered with; null for other failures.</summary>
    public int? RpcCode { get; init; }
}
