using System.Text.Json;
using Sos.Executors.Connectors;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Connector;

/// <summary>Calls an action of a connector.</summary>
internal sealed class ConnectorExecutor(ConnectorCalls calls) : NodeExecutor<ConnectorConfig>(Describe, ConnectorNodeJson.Default.ConnectorConfig), IDescribesNode
{
    private const int MaxItems = 100_000;
    private const int MaxBytes = 10 * 1024 * 1024;
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "connector",
        CanBeTool = true,
        ToolResult = output => output.GetProperty("data"),
        Title = "Connector",
        Description = "Calls an action of a service such as GitHub, Slack or Stripe, of an imported OpenAPI document, or of an MCP server.",
        Category = "tools",
        ConfigSchema = NodeSchema.Load("connector"),
        CheckConfig = ConnectorConfigCheck.Check,
    };

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(ConnectorConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (config.Timeout <= TimeSpan.Zero || config.Timeout > MaxTimeout)
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': timeout must be more than 0 and at most 1h.");
        if (config.MaxItems is < 1 or > MaxItems || config.MaxResponseBytes is < 1 or > MaxBytes)
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': maxItems is from 1 to {MaxItems}, maxResponseBytes from 1 to {MaxBytes}.");
        try
        {
            var reply = await calls.CallAsync(
                new ConnectorCall
                {
                    Connector = config.Connector,
                    Action = config.Action,
                    With = config.With,
                    Credential = config.Credential,
                    Credentials = config.Credentials ?? new Dictionary<string, string>(),
                    Settings = Settings(config, context),
                    MaxItems = config.MaxItems,
                    MaxResponseBytes = config.MaxResponseBytes,
                    Timeout = config.Timeout,
                },
                context,
                cancellationToken);
            return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(
                new ConnectorOutput { Data = reply.Data, Status = reply.Status, Provider = reply.Provider, Pages = reply.Pages, Truncated = reply.Truncated },
                ConnectorNodeJson.Default.ConnectorOutput));
        }
        catch (ConnectorException e)
        {
            return new NodeOutcome.Failed(e.Error);
        }
    }

    private static Dictionary<string, string> Settings(ConnectorConfig config, NodeContext context)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in config.Settings ?? new Dictionary<string, JsonElement>())
        {
            if (value.ValueKind != JsonValueKind.Null)
                settings[name] = ScalarText.Of(value) ?? throw new ConnectorException("invalid_settings", $"Node '{context.NodeId}': the setting '{name}' is {ScalarText.KindOf(value)}; it must be text.");
        }
        return settings;
    }
}
