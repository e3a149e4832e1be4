using Sos.Testing.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary>A test that needs Node.js and npm; it is skipped where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute()
    {
        if (NpmMcpServers.Node is null || NpmMcpServers.Npm is null)
            Skip = "Node.js and npm are not on PATH; they run the MCP servers of this test.";
    }
}
