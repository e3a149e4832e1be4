using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Mcp;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Connectors;

/// <summary>Calls a provider that is an MCP server: its tools are the actions.</summary>
internal sealed class McpProvider(McpServers servers)
{
    /// <summary>Makes the call.</summary>
    /// <exception cref="ConnectorException">It failed.</exception>
    public async Task<ConnectorReply> CallAsync(ProviderCall call, string tool, JsonElement arguments, Credential? credential, NodeContext context, CancellationToken cancellationToken)
    {
        try
        {
            var result = await servers.CallAsync(Server(call.Provider!, credential, context), tool, arguments, cancellationToken, context.StartSpan);
            return result.IsError
                ? throw new ConnectorException(new NodeError("mcp_tool_failed", context.Secrets.Apply($"The tool '{tool}' of {call.Manifest.Title} ({call.ProviderId}) says that it failed: {Start(result.Content)}")) { Details = result.Content })
                : new ConnectorReply(result.Content);
        }
        catch (McpCallException e)
        {
            throw new ConnectorException(e.Error, e.IsServersFault || e.Error.Retryable ? FallThrough.Connection : null);
        }
    }

    private static McpServerReference Server(ConnectorProvider provider, Credential? credential, NodeContext context)
    {
        if (provider.Server is { } name)
            return McpServerReference.Named(context.Execution.WorkspaceId, name);
        if (credential is null)
            return McpServerReference.At(context.Execution.WorkspaceId, provider.Url!);
        var placed = HttpCredential.Of(credential);
        if (!placed.IsHeader)
            throw new ConnectorException("credential_wrong_type", $"The credential '{credential.Name}' goes into a query; an MCP server gets it in a header.");
        context.Secrets.AddHeader(placed.Value);
        return McpServerReference.At(context.Execution.WorkspaceId, provider.Url!, new Dictionary<string, string> { [placed.Name] = placed.Value });
    }

    private static string Start(JsonElement content)
    {
        var text = ScalarText.Of(content) ?? content.GetRawText();
        return text.Length <= 1_000 ? text : text[..1_000] + "…";
    }
}
