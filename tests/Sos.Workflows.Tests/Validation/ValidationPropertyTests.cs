using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Validation;

namespace Sos.Workflows.Tests.Validation;

public sealed class ValidationPropertyTests
{
    [Property(MaxTest = 500)]
    public Property No_json_makes_validation_throw() => Prop.ForAll(RandomDefinitions.Json(6).ToArbitrary(), CheckPromises);

    [Property(MaxTest = 500)]
    public Property No_broken_definition_makes_validation_throw() => Prop.ForAll(RandomDefinitions.Broken().ToArbitrary(), CheckPromises);

    [Property(MaxTest = 300)]
    public Property No_json_makes_a_schema_throw() => Prop.ForAll(
        RandomDefinitions.Json().ToArbitrary(), RandomDefinitions.Json().ToArbitrary(), (schema, value) =>
        {
            if (JsonSchema.TryCompile(JsonElement.Parse(schema), out var compiled, out var problems))
                compiled.Evaluate(JsonElement.Parse(value));
            else
                Assert.NotEmpty(problems);
        });

    [Property(MaxTest = 300)]
    public void No_bytes_make_validation_throw(byte[] bytes) => Assert.NotEmpty(TestNodes.Validator.Validate(bytes).Problems);

    [Property(MaxTest = 200)]
    public Property A_valid_definition_has_no_problems() => Prop.ForAll(RandomDefinitions.Valid().ToArbitrary(), definition =>
    {
        var result = Validate(definition);

        Assert.Empty(result.Problems);
        Assert.Equal(definition["nodes"]!.AsArray().Count, result.Definition!.Nodes.Count);
    });

    [Property(MaxTest = 200)]
    public Property Taking_an_edge_away_breaks_the_node_that_read_along_it() => Prop.ForAll(
        RandomDefinitions.Valid().Where(d => d["edges"]!.AsArray().Count > 0).ToArbitrary(), definition =>
        {
            var edges = definition["edges"]!.AsArray();
            var (from, to) = ((string)edges[0]!["from"]!, (string)edges[0]!["to"]!);
            edges.RemoveAt(0);
            var isStillBefore = Ways(edges, from).Contains(to);

            var pointers = Validate(definition).Problems.Where(p => p.Code == "unreachable_reference").Select(p => p.Pointer).ToList();

            if (isStillBefore)
                Assert.Empty(pointers);
            else
                Assert.Contains(pointers, p => p.StartsWith($"/nodes/{IndexOf(definition, to)}/config/", StringComparison.Ordinal));
        });

    [Property(MaxTest = 200)]
    public Property Renaming_a_node_breaks_the_edges_and_expressions_that_name_it() => Prop.ForAll(RandomDefinitions.Valid().ToArbitrary(), definition =>
    {
        definition["nodes"]![IndexOf(definition, "n0")]!["id"] = "renamed";

        var problems = Validate(definition).Problems;

        var edges = definition["edges"]!.AsArray();
        var expected = edges.Select((e, i) => (Edge: e!, Pointer: $"/edges/{i}/from")).Where(e => (string)e.Edge["from"]! == "n0").Select(e => e.Pointer);
        Assert.Equal(expected, problems.Where(p => p.Code == "dangling_edge").Select(p => p.Pointer));
        Assert.Contains(problems, p => p is { Pointer: "/output", Code: "unknown_step" });
    });

    private static void CheckPromises(string json)
    {
        var result = TestNodes.Validator.Validate(Encoding.UTF8.GetBytes(json));
        var parsed = JsonElement.Parse(json);

        Assert.Equal(result.Problems, TestNodes.Validator.Validate(parsed).Problems);
        Assert.Equal(result.Problems.Count == 0, result.IsValid);
        Assert.All(result.Problems, p =>
        {
            Assert.True(p.Pointer.Length == 0 || p.Pointer[0] == '/', p.Pointer);
            Assert.Matches("^[a-z][a-z0-9_]+$", p.Code);
            Assert.NotEqual("", p.Message);
        });
        if (result.IsValid)
            Assert.Empty(DefinitionReader.Read(JsonSerializer.SerializeToUtf8Bytes(result.Definition, DefinitionJson.Default.WorkflowDefinition)).Problems);
    }

    private static CheckedDefinition Validate(JsonObject definition) => TestNodes.Validator.Validate(Encoding.UTF8.GetBytes(definition.ToJsonString()));

    private static int IndexOf(JsonObject definition, string id) =>
        definition["nodes"]!.AsArray().Select((n, i) => (Id: (string)n!["id"]!, Index: i)).First(n => n.Id == id).Index;

    private static HashSet<string> Ways(JsonArray edges, string start)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>([start]);
        while (open.TryPop(out var id))
        {
            foreach (var edge in edges.Where(e => (string)e!["from"]! == id))
            {
                if (found.Add((string)edge!["to"]!))
                    open.Push((string)edge["to"]!);
            }
        }
        return found;
    }
}
