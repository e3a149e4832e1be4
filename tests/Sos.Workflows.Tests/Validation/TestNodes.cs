using System.Text.Json;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Workflows.Tests.Validation;

/// <summary>A few node types with every trait that validation looks at.</summary>
internal static class TestNodes
{
    public static NodeCatalog Catalog { get; } = new(
    [
        Type("call", """
            {"type":"object","required":["url"],"additionalProperties":false,"properties":{
              "url":{"type":"string","format":"uri"},"method":{"enum":["GET","POST"]},"tries":{"type":"integer","minimum":1},
              "headers":{"type":"object","additionalProperties":{"type":"string"}}}}
            """) with { CheckConfig = RefuseForbiddenHost },
        Type("set", "true"),
        Type("if", """{"type":"object","required":["condition"]}""") with { Branches = ["true", "false"] },
        Type("switch", "true") with { Branches = null },
        Type("foreach", """
            {"type":"object","required":["items","body"],"additionalProperties":false,"properties":{"items":true,"body":{"type":"object"}}}
            """) with { BodyProperty = "body" },
    ]);

    public static WorkflowValidator Validator { get; } = new(Catalog);

    /// <summary>Everything that is wrong with a definition.</summary>
    public static IReadOnlyList<DefinitionProblem> Problems(string definition) => Validator.Validate(JsonElement.Parse(definition)).Problems;

    /// <summary>Everything that is wrong with a workflow of these nodes and edges.</summary>
    public static IReadOnlyList<DefinitionProblem> Problems(string nodes, string edges, string rest = "") =>
        Problems($$"""{"name":"test","nodes":[{{nodes}}],"edges":[{{edges}}]{{rest}}}""");

    /// <summary>A node that reads what an expression gives.</summary>
    public static string Set(string id, string expression = "1") =>
        $$$"""{"id":"{{{id}}}","type":"set","config":{"value":"{{ {{{expression}}} }}"} }""";

    /// <summary>A loop over the input with a body of these nodes and edges.</summary>
    public static string ForEach(string id, string nodes, string edges = "", string rest = "") =>
        $$$"""{"id":"{{{id}}}","type":"foreach","config":{"items":"{{ input }}","body":{"nodes":[{{{nodes}}}],"edges":[{{{edges}}}]{{{rest}}} } } }""";

    public static string Edge(string from, string to) => $$"""{"from":"{{from}}","to":"{{to}}"}""";

    private static NodeType Type(string name, string schema) => new()
    {
        Name = name, Title = name, Description = name, Category = "logic", ConfigSchema = JsonElement.Parse(schema),
    };

    private static IEnumerable<ConfigProblem> RefuseForbiddenHost(JsonElement config)
    {
        if (config.GetProperty("url").GetString()!.Contains("forbidden", StringComparison.Ordinal))
            yield return new ConfigProblem("/url", "forbidden_host", "This host can't be called.");
    }
}
