using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Workflows.Definitions;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Graph;

/// <summary>A workflow version made ready to run: graph numbered, templates compiled. Immutable and shared by all its executions.</summary>
public sealed class WorkflowPlan
{
    private WorkflowPlan(WorkflowDefinition definition, GraphPlan root)
    {
        Definition = definition;
        Root = root;
        NodeCount = Count(root);
        InputSchema = definition.InputSchema is { } schema && JsonSchema.TryCompile(schema, out var compiled, out _) ? compiled : null;
    }

    /// <summary>The plan of a workflow without nodes, for executions whose own can't be made.</summary>
    public static WorkflowPlan Empty { get; } = new(new WorkflowDefinition { Name = "" }, GraphPlan.Compile(new GraphDefinition(), new NodeCatalog([])));

    /// <summary>The definition it was made from.</summary>
    public WorkflowDefinition Definition { get; }

    /// <summary>The workflow's own graph.</summary>
    public GraphPlan Root { get; }

    /// <summary>What an execution's input must satisfy; null for anything.</summary>
    public JsonSchema? InputSchema { get; }

    /// <summary>How many nodes there are, bodies included.</summary>
    public int NodeCount { get; }

    /// <summary>Makes a plan.</summary>
    /// <param name="definition">The definition as JSON.</param>
    /// <param name="catalog">The node types that this process can run.</param>
    /// <exception cref="InvalidDefinitionException">It can't be run here, for instance because a node type is unknown to this version of SOS.</exception>
    public static WorkflowPlan Compile(JsonElement definition, NodeCatalog catalog)
    {
        try
        {
            var parsed = definition.Deserialize(DefinitionJson.Default.WorkflowDefinition)
                ?? throw new InvalidDefinitionException("The definition is null.");
            return new WorkflowPlan(parsed, GraphPlan.Compile(parsed.Graph, catalog));
        }
        catch (Exception e) when (e is JsonException or TemplateException or ArgumentException)
        {
            throw new InvalidDefinitionException($"The definition can't be run: {e.Message}", e);
        }
    }

    private static int Count(GraphPlan graph) => graph.Nodes.Sum(n => 1 + (n.Body is null ? 0 : Count(n.Body)));
}

/// <summary>A graph made ready to run: a workflow's own or the body of a node.</summary>
public sealed class GraphPlan
{
    private GraphPlan(GraphDefinition definition, IReadOnlyList<NodePlan> nodes)
    {
        Nodes = nodes;
        Shape = new GraphShape(definition.Nodes, definition.Edges);
        Output = definition.Output is { } output ? Template.Compile(output) : null;
        Last = [.. Enumerable.Range(0, nodes.Count).Where(i => Shape.Outgoing[i].Length == 0)];
    }

    /// <summary>The nodes, by number.</summary>
    public IReadOnlyList<NodePlan> Nodes { get; }

    /// <summary>How they hang together.</summary>
    public GraphShape Shape { get; }

    /// <summary>The template of the graph's output; null to take the last nodes' outputs.</summary>
    public Template? Output { get; }

    /// <summary>The nodes that no edge leaves.</summary>
    public IReadOnlyList<int> Last { get; }

    internal static GraphPlan Compile(GraphDefinition definition, NodeCatalog catalog) =>
        new(definition, [.. definition.Nodes.Select((node, i) => NodePlan.Compile(i, node, catalog))]);
}

/// <summary>A node made ready to run.</summary>
public sealed class NodePlan
{
    private NodePlan(int index, NodeDefinition definition, NodeType type, Template config, GraphPlan? body, JsonElement? tools)
    {
        Index = index;
        Definition = definition;
        Type = type;
        Config = config;
        Body = body;
        Tools = tools;
    }

    /// <summary>Its number in its graph.</summary>
    public int Index { get; }

    /// <summary>Its definition.</summary>
    public NodeDefinition Definition { get; }

    /// <summary>Its id.</summary>
    public string Id => Definition.Id;

    /// <summary>Its type.</summary>
    public NodeType Type { get; }

    /// <summary>Its config without a body and without tools.</summary>
    public Template Config { get; }

    /// <summary>The graph it runs for each item; null for most types.</summary>
    public GraphPlan? Body { get; }

    /// <summary>The tools it offers to a model, as they are written; null for most types.</summary>
    public JsonElement? Tools { get; }

    internal static NodePlan Compile(int index, NodeDefinition definition, NodeCatalog catalog)
    {
        if (!catalog.TryGet(definition.Type, out var type))
            throw new InvalidDefinitionException($"Node '{definition.Id}' is of type '{definition.Type}', which this executor does not know. Is it older than the API?");
        var config = definition.Config.ValueKind == JsonValueKind.Undefined ? JsonElement.Parse("{}") : definition.Config;
        if (type.CheckWritten?.Invoke(config) is { } problem)
            throw new InvalidDefinitionException($"Node '{definition.Id}', {problem.Pointer}: {problem.Message}");
        GraphPlan? body = null;
        if (type.BodyProperty is { } bodyProperty && Take(ref config, bodyProperty) is { } graph)
            body = GraphPlan.Compile(graph.Deserialize(DefinitionJson.Default.GraphDefinition) ?? new GraphDefinition(), catalog);
        var tools = type.ToolsProperty is { } toolsProperty ? Take(ref config, toolsProperty) : null;
        return new NodePlan(index, definition, type, Template.Compile(config), body, tools);
    }

    /// <summary>Takes a property out of a config.</summary>
    private static JsonElement? Take(ref JsonElement config, string property)
    {
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty(property, out var value))
            return null;
        var rest = JsonObject.Create(config)!;
        rest.Remove(property);
        config = JsonElement.Parse(rest.ToJsonString());
        return value;
    }
}

/// <summary>A stored definition can't be run by this version of SOS.</summary>
public sealed class InvalidDefinitionException : Exception
{
    /// <summary>Says why.</summary>
    public InvalidDefinitionException(string message, Exception? inner = null) : base(message, inner) { }
}
