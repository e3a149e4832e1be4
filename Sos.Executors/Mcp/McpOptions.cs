using System.ComponentModel.DataAnnotations;

namespace Sos.Executors.Mcp;

/// <summary>The MCP servers that workflows may use: the configuration section <c>Sos:Mcp</c>.</summary>
/// <remarks>
/// Only what stands here is ever started as a process: this is the allow-list. A workflow may name these servers,
/// or a server's URL, which the rules of <c>Sos:Outbound</c> must allow.
/// </remarks>
internal sealed class McpOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sos:Mcp";

    /// <summary>The servers by name: letters, digits, hyphens and underscores, in any case.</summary>
    public IDictionary<string, McpServerOptions> Servers { get; init; } = new Dictionary<string, McpServerOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>A server that nobody called for this long is stopped.</summary>
    /// <value>5 minutes</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a list of tools is believed, unless the server says that it changed or asks for less.</summary>
    /// <value>5 minutes</value>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ToolListTtl { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many tools of one server are offered; the rest is left out with a warning.</summary>
    /// <value>256</value>
    [Range(1, 10_000)]
    public int MaxTools { get; set; } = 256;

    /// <summary>How large a tool's input schema may be, in bytes; a tool with a larger one is left out with a warning.</summary>
    /// <value>65,536</value>
    [Range(1_024, 1_048_576)]
    public int MaxSchemaBytes { get; set; } = 64 * 1024;

    /// <summary>How large a tool's result may be, in bytes of UTF-8.</summary>
    /// <value>1,048,576</value>
    [Range(1_024, 4_194_304)]
    public int MaxResultBytes { get; set; } = 1024 * 1024;

    /// <summary>How many servers named by URL may be connected at once; the one that rested longest makes room.</summary>
    /// <value>64</value>
    [Range(1, 10_000)]
    public int MaxUrlServers { get; set; } = 64;
}

/// <summary>One MCP server: a program that SOS starts (<see cref="Command"/>), or an address (<see cref="Url"/>).</summary>
internal sealed class McpServerOptions
{
    /// <summary>A program that speaks MCP on its standard input and output: a path, or a name that is on PATH.</summary>
    public string? Command { get; set; }

    /// <summary>The program's arguments, passed as they are: no shell reads them.</summary>
    public IList<string> Args { get; init; } = [];

    /// <summary>What the program finds in its environment beside PATH, HOME and LANG; may hold secrets.</summary>
    public IDictionary<string, string> Env { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The program's working directory; by default a private folder that goes when SOS stops.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>The address of a server that speaks MCP over streamable HTTP.</summary>
    public string? Url { get; set; }

    /// <summary>Headers for every request to <see cref="Url"/>; may hold secrets.</summary>
    public IDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>A bearer token for <see cref="Url"/>.</summary>
    public string? Token { get; set; }

    /// <summary>The ids of the workspaces that may use the server; none means all of them.</summary>
    public IList<Guid> Workspaces { get; init; } = [];

    /// <summary>How long starting and introducing itself may take.</summary>
    /// <value>30 seconds</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to one request may take.</summary>
    /// <value>2 minutes</value>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How many calls it gets at once; more wait for their turn.</summary>
    /// <value>16</value>
    public int MaxConcurrentCalls { get; set; } = 16;

    /// <summary>Whether a workspace may use the server.</summary>
    public bool IsFor(Guid workspaceId) => Workspaces.Count == 0 || Workspaces.Contains(workspaceId);
}
