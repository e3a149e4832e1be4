using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Definitions.Import;
using Sos.Workflows.Tests.Validation;

namespace Sos.Workflows.Tests.Definitions;

public sealed class ReactFlowImportTests
{
    [Fact]
    public void A_flow_becomes_a_definition_that_is_valid()
    {
        var imported = Import("""
            {"name":"triage","viewport":{"x":0,"y":0,"zoom":1},
             "nodes":[
               {"id":"fetch","type":"custom","position":{"x":10,"y":20.5},"selected":true,"data":{"type":"call","label":"Fetch it","config":{"url":"https://x.example/{{ input.id }}"},"timeout":"5s"}},
               {"id":"check","type":"custom","position":{"x":1,"y":2},"data":{"type":"if","config":{"condition":"{{ steps.fetch.ok }}"}}},
               {"id":"done","data":{"type":"set"}},{"id":"failed","data":{"type":"set"}}],
             "edges":[
               {"id":"e1","source":"fetch","target":"check","sourceHandle":"output","targetHandle":"input","animated":true},
               {"id":"e2","source":"check","target":"done","sourceHandle":"true"},
               {"id":"e3","source":"fetch","target":"failed","sourceHandle":"error"}]}
            """);

        Assert.Empty(imported.Warnings);
        Assert.Empty(TestNodes.Validator.Validate(imported.Definition).Problems);
        AssertJson("""
            {"name":"triage",
             "nodes":[
               {"id":"fetch","type":"call","name":"Fetch it","config":{"url":"https://x.example/{{ input.id }}"},"timeout":"5s","position":{"x":10,"y":20.5}},
               {"id":"check","type":"if","config":{"condition":"{{ steps.fetch.ok }}"},"position":{"x":1,"y":2}},
               {"id":"done","type":"set"},{"id":"failed","type":"set"}],
             "edges":[{"from":"fetch","to":"check"},{"from":"check","to":"done","when":"true"},{"from":"fetch","to":"failed","on":"error"}]}
            """, imported.Definition);
    }

    [Theory]
    [InlineData("null", """{"from":"a","to":"b"}""")]
    [InlineData("\"\"", """{"from":"a","to":"b"}""")]
    [InlineData("\"default\"", """{"from":"a","to":"b"}""")]
    [InlineData("\"Source\"", """{"from":"a","to":"b"}""")]
    [InlineData("\"output-1\"", """{"from":"a","to":"b"}""")]
    [InlineData("\"bottom\"", """{"from":"a","to":"b"}""")]
    [InlineData("\"error\"", """{"from":"a","to":"b","on":"error"}""")]
    [InlineData("\"onError\"", """{"from":"a","to":"b","on":"error"}""")]
    [InlineData("\"false\"", """{"from":"a","to":"b","when":"false"}""")]
    [InlineData("\"refund\"", """{"from":"a","to":"b","when":"refund"}""")]
    [InlineData("\"1\"", """{"from":"a","to":"b","when":"1"}""")]
    public void A_handle_says_when_an_edge_is_taken(string handle, string edge)
    {
        var imported = Import($$$"""{"nodes":[{"id":"a","data":{}},{"id":"b","data":{}}],"edges":[{"source":"a","target":"b","sourceHandle":{{{handle}}} }]}""");

        AssertJson(edge, imported.Definition.GetProperty("edges")[0]);
    }

    [Fact]
    public void Ids_that_can_not_stay_are_changed_together_with_their_edges()
    {
        var imported = Import("""
            {"nodes":[{"id":"1","data":{"type":"set"}},{"id":"get it!","data":{"type":"set"}},{"id":"get-it","data":{"type":"set"}},{"id":4,"data":{"type":"set"}},{"id":"ü","data":{"type":"set"}}],
             "edges":[{"source":"1","target":"get it!"},{"source":"get it!","target":"get-it"},{"source":4,"target":"ü"}]}
            """);

        Assert.Equal(["node-1", "get-it-2", "get-it", "node-4", "node"], imported.Definition.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("id").GetString()!));
        AssertJson("""[{"from":"node-1","to":"get-it-2"},{"from":"get-it-2","to":"get-it"},{"from":"node-4","to":"node"}]""", imported.Definition.GetProperty("edges"));
        Assert.Equal(["/nodes/0/id", "/nodes/1/id", "/nodes/3/id", "/nodes/4/id"], imported.Warnings.Select(w => w.Pointer));
        Assert.All(imported.Warnings, w => Assert.Equal("node_renamed", w.Code));
        Assert.Empty(TestNodes.Validator.Validate(imported.Definition).Problems);
    }

    [Fact]
    public void Two_nodes_with_the_same_id_stay_a_mistake_that_validation_finds()
    {
        var imported = Import("""{"nodes":[{"id":"a b","data":{"type":"set"}},{"id":"a b","data":{"type":"set"}}]}""");

        Assert.Equal("duplicate_node_id", Assert.Single(TestNodes.Validator.Validate(imported.Definition).Problems).Code);
    }

    [Fact]
    public void What_is_left_out_is_named()
    {
        var imported = Import("""
            {"nodes":[
              {"id":"a","type":"call","parentId":"g","data":{"config":{},"icon":"globe","onChange":null,"color":"red"}},
              {"id":"g","type":"group"},{"id":"s","type":"note"}]}
            """);

        Assert.Equal(
            [("/nodes/0/type", "type_from_drawing"), ("/nodes/0/data", "data_left_out"), ("/nodes/0", "group_left_out"), ("/nodes/1", "node_left_out"), ("/nodes/2", "node_left_out")],
            imported.Warnings.Select(w => (w.Pointer, w.Code)));
        Assert.Contains("icon, onChange and color", imported.Warnings[1].Message, StringComparison.Ordinal);
        AssertJson("""{"name":"Imported workflow","nodes":[{"id":"a","type":"call","config":{}}],"edges":[]}""", imported.Definition);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"name":"n"}""")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","config":{"data":{}}}],"edges":[{"from":"a","to":"b"}]}""")]
    public void A_definition_is_no_flow(string json)
    {
        Assert.False(ReactFlowImport.Recognises(JsonElement.Parse(json)));
        Assert.False(ReactFlowImport.TryImport(JsonElement.Parse(json), out _));
    }

    [Property(MaxTest = 300)]
    public Property No_flow_makes_the_import_throw() => Prop.ForAll(RandomDefinitions.Json().ToArbitrary(), RandomDefinitions.Json().ToArbitrary(), (data, id) =>
    {
        var flow = JsonElement.Parse($$"""{"nodes":[{"data":{} },{"id":{{id}},"type":{{id}},"data":{{data}},"position":{{data}} },{{data}}],"edges":[{{data}},{"source":{{id}},"target":{{data}},"sourceHandle":{{id}} }]}""");

        if (ReactFlowImport.TryImport(flow, out var imported))
            TestNodes.Validator.Validate(imported.Definition);
        else
            Assert.NotEmpty(Sos.Workflows.Json.StorableJson.Check(flow));
    });

    private static ImportedDefinition Import(string flow)
    {
        Assert.True(ReactFlowImport.TryImport(JsonElement.Parse(Encoding.UTF8.GetBytes(flow)), out var imported));
        return imported;
    }

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), actual.GetRawText());
}
