using System.Security.Cryptography;
using System.Text;
using Sos.Executors.Mcp.Http;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp;

/// <summary>Which MCP server a workflow means: one that the operator configured, by name, or one on the network, by URL.</summary>
internal sealed class McpServerReference
{
    private const int MaxHeaders = 32;

    private McpServerReference(Guid workspaceId, string? name, Uri? url, IReadOnlyDictionary<string, string> headers) =>
        (WorkspaceId, Name, Url, Headers) = (workspaceId, name, url, headers);

    /// <summary>The workspace that asks.</summary>
    public Guid WorkspaceId { get; }

    /// <summary>The configured server's name; null with a URL.</summary>
    public string? Name { get; }

    /// <summary>The server's address; null with a name.</summary>
    public Uri? Url { get; }

    /// <summary>Headers for every request to <see cref="Url"/>; to be treated as secret.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>A server from <see cref="McpOptions.Servers"/>.</summary>
    public static McpServerReference Named(Guid workspaceId, string name) => new(workspaceId, name, null, new Dictionary<string, string>());

    /// <summary>A server that the workflow names itself.</summary>
    /// <exception cref="McpCallException">The URL or a header can't be sent (<c>invalid_url</c>, <c>invalid_header</c>).</exception>
    public static McpServerReference At(Guid workspaceId, string url, IReadOnlyDictionary<string, string>? headers = null)
    {
        if (!OutboundUrl.TryParse(url, out var parsed, out var problem))
            throw new McpCallException(new NodeError("invalid_url", problem));
        var own = new Dictionary<string, string>(headers ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        if (own.Count > MaxHeaders)
            throw new McpCallException(new NodeError("invalid_header", $"An MCP server is sent at most {MaxHeaders} headers of your own; these are {own.Count}."));
        foreach (var (name, value) in own)
        {
            if (McpHeaders.Problem(name, value) is { } wrong)
                throw new McpCallException(new NodeError("invalid_header", wrong));
        }
        return new(workspaceId, null, parsed, own);
    }

    /// <summary>What tells one connection from another: workspaces never share one that they named by URL.</summary>
    internal string Key
    {
        get
        {
            if (Url is null)
                return $"name:{Name!.ToUpperInvariant()}";
            var identity = new StringBuilder($"{WorkspaceId:N}\n{Url.AbsoluteUri}\n");
            foreach (var (name, value) in Headers.OrderBy(h => h.Key, StringComparer.OrdinalIgnoreCase))
                identity.Append(name.ToUpperInvariant()).Append(':').Append(value).Append('\n');
            return $"url:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(identity.ToString())))}";
        }
    }

    /// <summary>The server in sentences; never a header.</summary>
    public override string ToString() => Url is null ? $"'{Name}'" : OutboundUrl.Short(Url);
}
