using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp.Http;

/// <summary>Which headers may be set for an MCP server: those that the protocol and HTTP leave free.</summary>
internal static class McpHeaders
{
    /// <summary>What is wrong with a header; null if nothing. The text does not repeat the value, which may be a secret.</summary>
    public static string? Problem(string name, string value)
    {
        if ((OutboundHeaders.NameProblem(name) ?? OutboundHeaders.ValueProblem(name, value)) is { } problem)
            return problem;
        var own = OutboundHeaders.IsAboutContent(name)
            || name.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Accept", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Last-Event-ID", StringComparison.OrdinalIgnoreCase);
        return own ? $"The header '{name}' is set by SOS itself; remove it." : null;
    }
}
