using System.Text.Json;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Validation;

/// <summary>
/// Finds everything that is wrong with a workflow definition before it is saved: its structure, its nodes, its graph
/// and its expressions. Safe to use from many threads.
/// </summary>
public sealed class WorkflowValidator
{
    private readonly NodeCatalog catalog;
    private readonly Dictionary<string, JsonSchema> configSchemas;

    /// <summary>Compiles the schemas of all node types.</summary>
    /// <exception cref="InvalidOperationException">A node type's schema can't be used.</exception>
    public WorkflowValidator(NodeCatalog catalog)
    {
        this.catalog = catalog;
        configSchemas = catalog.All.ToDictionary(t => t.Name, CompileConfigSchema, StringComparer.Ordinal);
    }

    /// <summary>Checks a definition as JSON text, which need not even be JSON.</summary>
    public CheckedDefinition Validate(ReadOnlySpan<byte> utf8) =>
        DefinitionReader.TryParse(utf8, out var definition, out var problems) ? ValidateStorable(definition) : new CheckedDefinition(null, problems);

    /// <summary>Checks a definition as parsed JSON.</summary>
    public CheckedDefinition Validate(JsonElement definition) =>
        DefinitionReader.IsStorable(definition, out var problems) ? ValidateStorable(definition) : new CheckedDefinition(null, problems);

    private CheckedDefinition ValidateStorable(JsonElement definition)
    {
        var problems = new ProblemList();
        if (new DraftReader(catalog, problems).Read(definition) is not { } workflow)
            return new CheckedDefinition(null, problems.InOrderOf(definition));
        var read = DefinitionReader.Read(definition, problems);
        if (definition.ValueKind == JsonValueKind.Object)
            CheckWorkflow(workflow, problems);
        return new CheckedDefinition(read, problems.InOrderOf(definition));
    }

    private void CheckWorkflow(GraphDraft workflow, ProblemList problems)
    {
        CheckInputSchema(workflow.Json, problems);
        NodeCheck.CheckTimeout(workflow.Json, workflow.Pointer, problems);
        var graphs = workflow.WithBodies().ToList();
        var nodesById = new Dictionary<string, NodeDraft>(StringComparer.Ordinal);
        foreach (var node in graphs.SelectMany(g => g.Nodes))
        {
            if (node.Id is { } id)
                nodesById.TryAdd(id, node);
        }
        var nodes = new NodeCheck(catalog, configSchemas, nodesById, problems);
        var edges = new EdgeCheck(nodesById, problems);
        var expressions = new ExpressionCheck(nodesById, problems);
        foreach (var graph in graphs)
        {
            graph.Nodes.ForEach(nodes.Check);
            edges.Check(graph);
        }
        // An expression in a body may look at any graph around it, so all must be in order first.
        graphs.ForEach(expressions.Check);
    }

    private static void CheckInputSchema(JsonElement definition, ProblemList problems)
    {
        if (definition.TryGetProperty("inputSchema", out var schema) && schema.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False)
        {
            JsonSchema.TryCompile(schema, out _, out var mistakes);
            problems.AddRange("/inputSchema", mistakes);
        }
    }

    private static JsonSchema CompileConfigSchema(NodeType type)
    {
        try
        {
            return JsonSchema.Compile(type.ConfigSchema);
        }
        catch (JsonSchemaException e)
        {
            throw new InvalidOperationException($"The config schema of node type '{type.Name}' can't be used. {e.Message}", e);
        }
    }
}
