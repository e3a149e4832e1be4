using System.Text.Json;
using Sos.Executors.Mcp;

namespace Sos.Executors.Nodes.Agent.Tools;

/// <summary>A tool of an MCP server.</summary>
internal sealed record McpAgentTool(string Name, string Description, JsonElement Parameters, McpServers Servers, McpServerReference Server, string ServerTool)
    : LocalTool(Name, Description, Parameters, "mcp")
{
    /// <inheritdoc/>
    public override string Type => "extension";

    /// <inheritdoc/>
    public override async Task<ToolResult> InvokeAsync(ToolCall call, NodeContext context, Func<CancellationToken, Task> save, CancellationToken cancellationToken)
    {
        try
        {
            var result = await Servers.CallAsync(Server, ServerTool, call.Arguments, cancellationToken, context.StartSpan);
            return new ToolResult(result.Content, result.IsError ? "mcp_tool_failed" : null);
        }
        catch (McpCallException e)
        {
            return ToolResult.Failed(e.Error);
        }
    }
}
