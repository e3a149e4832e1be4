using Sos.Testing.Npm;

namespace Sos.Testing.Mcp;

/// <summary>MCP servers that others wrote, as npm packages: what SOS must get along with.</summary>
public static class NpmMcpServers
{
    private const string Version = "2026.8.31";

    private static readonly Lazy<Task<string>> Installation = new(InstallAsync);

    /// <summary>Node.js's program; null where it is not on PATH.</summary>
    public static string? Node => NpmPackages.Node;

    /// <summary>npm's program; null where it is not on PATH.</summary>
    public static string? Npm => NpmPackages.Npm;

    /// <summary>The script of <c>@modelcontextprotocol/server-everything</c>, which exercises every part of the protocol.</summary>
    public static async Task<string> EverythingAsync() => Path.Combine(await Installation.Value, "server-everything", "dist", "index.js");

    /// <summary>The script of <c>@modelcontextprotocol/server-filesystem</c>, which serves the folders it is given.</summary>
    public static async Task<string> FilesystemAsync() => Path.Combine(await Installation.Value, "server-filesystem", "dist", "index.js");

    private static async Task<string> InstallAsync() => Path.Combine(
        await NpmPackages.InstallAsync($"mcp-servers-{Version}", $"@modelcontextprotocol/server-everything@{Version}", $"@modelcontextprotocol/server-filesystem@{Version}"),
        "@modelcontextprotocol");
}
