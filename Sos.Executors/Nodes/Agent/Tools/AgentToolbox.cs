using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Sos.Executors.Connectors;
using Sos.Executors.Mcp;
using Sos.Executors.Outbound;
using Sos.Workflows.Expressions;
using Sos.Workflows.Store;

namespace Sos.Executors.Nodes.Agent.Tools;

/// <summary>The tools of one run of an agent, by the names that the model uses.</summary>
internal sealed partial class AgentToolbox
{
    /// <summary>The most tools that a model is offered.</summary>
    public const int MaxTools = 128;

    private readonly Dictionary<string, AgentTool> tools;

    private AgentToolbox(Dictionary<string, AgentTool> tools)
    {
        this.tools = tools;
        Declarations = [.. tools.Values.Select(t => AIFunctionFactory.CreateDeclaration(t.Name, t.Description, t.Parameters))];
    }

    /// <summary>No tools.</summary>
    public static AgentToolbox Empty { get; } = new([]);

    /// <summary>The tools' names.</summary>
    public IReadOnlyCollection<string> Names => tools.Keys;

    /// <summary>The tools.</summary>
    public IReadOnlyCollection<AgentTool> Tools => tools.Values;

    /// <summary>The tools as a provider is told of them.</summary>
    public IList<AITool> Declarations { get; }

    /// <summary>Finds a tool by its exact name.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out AgentTool? tool) => tools.TryGetValue(name, out tool);

    /// <summary>Makes the tools of a node: asks MCP servers for theirs, looks workflows up.</summary>
    /// <exception cref="AgentException">A tool can't be offered, or there are too many.</exception>
    public static async Task<AgentToolbox> OpenAsync(NodeContext context, AgentServices services, CancellationToken cancellationToken)
    {
        var tools = new Dictionary<string, AgentTool>(StringComparer.Ordinal);
        var index = 0;
        foreach (var entry in context.Tools is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default)
        {
            foreach (var tool in await ReadAsync(entry, $"/tools/{index}", context, services, cancellationToken))
            {
                if (!tools.TryAdd(tool.Name, tool))
                    throw new AgentException("invalid_tool", $"Two tools are called '{tool.Name}'. Give the one at /tools/{index} another name.");
                if (tools.Count > MaxTools)
                    throw new AgentException("too_many_tools", $"The agent has more than {MaxTools} tools. Choose some of an MCP server's with 'tools'.");
            }
            index++;
        }
        return new AgentToolbox(tools);
    }

    private static async Task<IReadOnlyList<AgentTool>> ReadAsync(JsonElement entry, string pointer, NodeContext context, AgentServices services, CancellationToken cancellationToken)
    {
        var written = Read(entry, pointer, context);
        var sources = services.Sources;
        switch (written.Type)
        {
            case "workflow":
                return [await services.Retry.ExecuteAsync(async token => await WorkflowAsync(written, pointer, context, sources.Versions, token), cancellationToken)];
            case "mcp":
                return await ServerAsync(written, pointer, context, sources.Servers, cancellationToken);
            default:
                if (!sources.Nodes.Value.TryGet(written.Type, out var executor) || !executor.Type.CanBeTool || written.Config is not { } config)
                    throw new AgentException("invalid_tool", $"The tool at {pointer} is of type '{written.Type}', which can't be a tool here.");
                if (executor.Type.CheckWritten?.Invoke(config) is { } problem)
                    throw new AgentException("invalid_tool", $"The tool at {pointer}, config{problem.Pointer}: {problem.Message}");
                // A config is a template of its own, evaluated when the tool is called.
                var template = Template.Compile(config);
                if (written is { Type: ConnectorTools.NodeType, Parameters: null } && await DescribeAsync(template, config, pointer, context, sources, cancellationToken) is { } action)
                {
                    return [new NodeTool(Named(written.Name, pointer), written.Description ?? action.Description, action.Parameters, executor, template, context.Variables) { Complete = ConnectorTools.Merge }];
                }
                return [new NodeTool(
                    Named(written.Name, pointer), written.Description ?? executor.Type.Description, written.Parameters ?? NodeTool.DeriveParameters(template), executor, template, context.Variables)];
        }
    }

    private static async Task<ConnectorToolDescription?> DescribeAsync(
        Template template, JsonElement config, string pointer, NodeContext context, ToolSources sources, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectorTools.DescribeAsync(template, config, sources.Connectors, sources.Servers, context, cancellationToken);
        }
        catch (ConnectorException e)
        {
            throw new AgentException(e.Error with { Message = $"The tool at {pointer}: {e.Error.Message}" });
        }
        catch (McpCallException e)
        {
            throw new AgentException(e.Error with { Message = $"The tool at {pointer}: {e.Error.Message}" });
        }
    }

    /// <summary>Reads an entry. Expressions beside its config are evaluated now, those in its config when the tool is called.</summary>
    private static AgentToolConfig Read(JsonElement entry, string pointer, NodeContext context)
    {
        try
        {
            var rest = JsonObject.Create(entry) ?? throw new JsonException("it must be an object.");
            rest.Remove("config");
            var rendered = Template.Compile(JsonElement.Parse(rest.ToJsonString())).Render(context.Variables, new CelContext { TimeProvider = context.Time });
            var written = rendered.Deserialize(AgentJson.Default.AgentToolConfig)!;
            return written with { Config = entry.TryGetProperty("config", out var config) ? config : null };
        }
        catch (Exception e) when (e is TemplateException or JsonException or InvalidOperationException)
        {
            throw new AgentException("invalid_tool", $"The tool at {pointer}: {e.Message}");
        }
    }

    private static async Task<AgentTool> WorkflowAsync(AgentToolConfig written, string pointer, NodeContext context, WorkflowVersions versions, CancellationToken cancellationToken)
    {
        var workflow = written.Workflow ?? "";
        var found = await versions.FindAsync(context.Execution.WorkspaceId, workflow, written.Version, cancellationToken)
            ?? throw new AgentException("workflow_not_found", $"The tool at {pointer}: there is no workflow '{workflow}'{(written.Version is { } number ? $" in version {number}" : "")} in this workspace.");
        var definition = (await versions.ReadAsync([found.VersionId], cancellationToken))[found.VersionId];
        var parameters = written.Parameters ?? (definition.TryGetProperty("inputSchema", out var schema) && schema.ValueKind == JsonValueKind.Object ? schema : AnyObject);
        var description = written.Description ?? (definition.TryGetProperty("description", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : $"Runs the workflow '{found.Name}'.");
        return new WorkflowTool(written.Name ?? Sanitize(found.Name), description, parameters, found.WorkflowId.ToString(), found.Version);
    }

    private static async Task<IReadOnlyList<AgentTool>> ServerAsync(AgentToolConfig written, string pointer, NodeContext context, McpServers servers, CancellationToken cancellationToken)
    {
        try
        {
            var server = written.Server is { } name
                ? McpServerReference.Named(context.Execution.WorkspaceId, name)
                : McpServerReference.At(context.Execution.WorkspaceId, written.Url ?? "", written.Headers);
            foreach (var (_, value) in server.Headers.Where(h => SensitiveNames.Contains(h.Key)))
                context.Secrets.AddHeader(value);
            var offered = await servers.ListToolsAsync(server, cancellationToken);
            if (written.Tools?.FirstOrDefault(t => !offered.Any(o => o.Name == t)) is { } missing)
                throw new AgentException("mcp_tool_not_found", $"The tool at {pointer}: the MCP server {server} has no tool '{missing}', only {string.Join(", ", offered.Select(o => o.Name))}.");
            return [.. offered
                .Where(o => written.Tools is null || written.Tools.Contains(o.Name, StringComparer.Ordinal))
                .Select(o => new McpAgentTool(Sanitize(written.Name is { } prefix ? $"{prefix}_{o.Name}" : o.Name), o.Description ?? o.Title ?? o.Name, o.InputSchema, servers, server, o.Name))];
        }
        catch (McpCallException e)
        {
            throw new AgentException(e.Error with { Message = $"The tool at {pointer}: {e.Error.Message}" });
        }
    }

    private static string Named(string? name, string pointer) =>
        name is not null && ToolName().IsMatch(name) ? name : throw new AgentException("invalid_tool", $"The tool at {pointer} needs a name of letters, digits, _ and -, at most 64 long.");

    /// <summary>A name that every provider takes.</summary>
    private static string Sanitize(string name)
    {
        var clean = NotInNames().Replace(name, "_");
        return clean.Length <= 64 ? clean : clean[..64];
    }

    private static readonly JsonElement AnyObject = JsonElement.Parse("""{"type":"object"}""");

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex ToolName();

    [GeneratedRegex("[^a-zA-Z0-9_-]+")]
    private static partial Regex NotInNames();
}

/// <summary>Where tools come from.</summary>
/// <param name="Nodes">The node types of this process; lazy, since an agent is one of them.</param>
/// <param name="Versions">Workflows.</param>
/// <param name="Servers">MCP servers.</param>
/// <param name="Connectors">Connectors.</param>
internal sealed record ToolSources(Lazy<NodeExecutors> Nodes, WorkflowVersions Versions, McpServers Servers, ConnectorCatalog Connectors);
