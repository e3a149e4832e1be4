using System.Text.Json;
using Sos.Executors.Connectors;
using Sos.Executors.Mcp;
using Sos.Workflows.Connectors;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Nodes.Agent.Tools;

/// <summary>
/// An action of a connector as a tool that knows its own arguments: what the tool's <c>with</c> says is fixed, the model
/// gives the rest.
/// </summary>
internal static class ConnectorTools
{
    /// <summary>The node type whose tools these are.</summary>
    public const string NodeType = "connector";

    /// <summary>Where the config has the action's arguments.</summary>
    public const string Arguments = "with";

    /// <summary>What the model is told of an action; null where the config's expressions read the model's arguments themselves.</summary>
    /// <exception cref="ConnectorException">There is no such connector or action.</exception>
    public static async Task<ConnectorToolDescription?> DescribeAsync(
        Template template, JsonElement config, ConnectorCatalog catalog, McpServers servers, NodeContext context, CancellationToken cancellationToken)
    {
        if (template.References.Any(r => r.Reference.Root == Sos.Workflows.Nodes.NodeType.ToolArguments)
            || Text(config, "connector") is not { } id || Text(config, "action") is not { } action)
        {
            return null;
        }
        var connector = await catalog.FindAsync(context.Execution.WorkspaceId, id, cancellationToken);
        var plan = await catalog.PlanAsync(connector, action, cancellationToken);
        var fixedNames = config.TryGetProperty(Arguments, out var with) && with.ValueKind == JsonValueKind.Object
            ? with.EnumerateObject().Select(a => a.Name).ToHashSet(StringComparer.Ordinal)
            : [];
        if (plan is not null)
            return new($"{plan.Action.Title}. {plan.Action.Description}".Trim(), Without(plan.Schema, fixedNames));
        var server = connector.Manifest.Providers.First(p => p.Type == ProviderType.Mcp);
        var own = config.TryGetProperty("credentials", out var byProvider) && byProvider.ValueKind == JsonValueKind.Object ? Text(byProvider, server.Id) : null;
        var credential = server.Url is { } url && (own ?? Text(config, "credential")) is { } credentialName
            ? await context.UseCredentialAsync(credentialName, new Uri(url), cancellationToken)
            : null;
        var reference = McpProvider.Server(server, credential, context);
        var wanted = server.Actions.GetValueOrDefault(action)?.Action ?? action;
        return (await servers.ListToolsAsync(reference, cancellationToken)).FirstOrDefault(t => t.Name == wanted) is { } tool
            ? new(tool.Description ?? tool.Title ?? tool.Name, Without(tool.InputSchema, fixedNames))
            : throw new ConnectorException("connector_action_not_found", $"The MCP server of the connector '{id}' has no tool '{wanted}'.");
    }

    /// <summary>The config with the model's arguments, except where the config says something itself.</summary>
    public static JsonElement Merge(JsonElement config, JsonElement arguments)
    {
        var own = config.TryGetProperty(Arguments, out var with) && with.ValueKind == JsonValueKind.Object ? with : JsonElement.Parse("{}"u8);
        return ConnectorArguments.Write(writer =>
        {
            foreach (var property in config.EnumerateObject().Where(p => p.Name != Arguments))
                property.WriteTo(writer);
            writer.WriteStartObject(Arguments);
            foreach (var argument in own.EnumerateObject())
                argument.WriteTo(writer);
            foreach (var argument in arguments.EnumerateObject().Where(a => !own.TryGetProperty(a.Name, out _)))
                argument.WriteTo(writer);
            writer.WriteEndObject();
        });
    }

    /// <summary>A schema without the properties that are fixed.</summary>
    private static JsonElement Without(JsonElement schema, HashSet<string> names) => names.Count == 0 ? schema : ConnectorArguments.Write(writer =>
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            switch (keyword)
            {
                case { Name: "properties", Value.ValueKind: JsonValueKind.Object }:
                    writer.WriteStartObject(keyword.Name);
                    foreach (var property in keyword.Value.EnumerateObject().Where(p => !names.Contains(p.Name)))
                        property.WriteTo(writer);
                    writer.WriteEndObject();
                    break;
                case { Name: "required", Value.ValueKind: JsonValueKind.Array }:
                    writer.WriteStartArray(keyword.Name);
                    foreach (var name in keyword.Value.EnumerateArray().Where(n => !names.Contains(n.GetString() ?? "")))
                        name.WriteTo(writer);
                    writer.WriteEndArray();
                    break;
                default:
                    keyword.WriteTo(writer);
                    break;
            }
        }
    });

    private static string? Text(JsonElement config, string name) =>
        config.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && !ScalarText.IsTemplate(value) ? value.GetString() : null;
}

/// <summary>What a model is told of an action.</summary>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">The JSON schema of the arguments that the model gives.</param>
internal sealed record ConnectorToolDescription(string Description, JsonElement Parameters);
