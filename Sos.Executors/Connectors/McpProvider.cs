using System.Text.Json;
using Sos.Executors.Connectors.Health;
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
    public async Task<ConnectorReply> CallAsync(
        ProviderCall call, string tool, JsonElement arguments, Credential? credential, ProviderHealth health, NodeContext context, CancellationToken cancellationToken)
    {
        using var turn = await health.TurnAsync(call.ProviderId, call.Until, cancellationToken);
        try
        {
            var server = Server(call.Provider!, credential, context);
            var result = await health.CallAsync(call.ProviderId, token => AskAsync(call, server, tool, arguments, context, token), cancellationToken);
            return result.IsError
                ? throw new ConnectorException(new NodeError("mcp_tool_failed", $"The tool '{tool}' of {call.Manifest.Title} ({call.ProviderId}) says that it failed: {Start(result.Content, context)}") { Details = result.Content })
                : new ConnectorReply(result.Content);
        }
        catch (McpCallException e)
        {
            // A token that was refused is fetched anew, so another attempt may go better.
            var again = e.Error.Code == "mcp_unauthorized" && credential is not null && await context.TokenRefusedAsync(credential, cancellationToken);
            throw new ConnectorException(again ? e.Error with { Retryable = true } : e.Error);
        }
    }

    private async Task<McpToolResult> AskAsync(
        ProviderCall call, McpServerReference server, string tool, JsonElement arguments, NodeContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await servers.CallAsync(server, tool, arguments, cancellationToken, context.StartSpan);
        }
        catch (McpCallException e) when (e.IsServersFault || e.Error.Retryable)
        {
            throw new ConnectorException(e.Error, FallThrough.Connection);
        }
        catch (OperationCanceledException) when (call.Deadline.IsCancellationRequested)
        {
            throw call.TimedOut();
        }
    }

    /// <summary>The server that a provider is, with the credential as a header.</summary>
    /// <exception cref="ConnectorException">The credential goes into no header.</exception>
    public static McpServerReference Server(ConnectorProvider provider, Credential? credential, NodeContext context)
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

    private static string Start(JsonElement content, NodeContext context)
    {
        var text = ScalarText.Of(content) ?? content.GetRawText();
        return text.Length <= 1_000 ? context.Secrets.Apply(text) : context.Secrets.ApplyToStart(text[..1_000]) + "…";
    }
}
