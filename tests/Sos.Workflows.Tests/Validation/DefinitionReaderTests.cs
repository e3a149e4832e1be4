using System.Text;
using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Json;
using Sos.Workflows.Validation;

namespace Sos.Workflows.Tests.Validation;

public sealed class DefinitionReaderTests
{
    private const string Whole = """
        {"$schema":"https://example.com/workflow.schema.json","name":"triage","description":null,"inputSchema":{"type":"object"},
         "nodes":[{"id":"a","type":"call","name":"Call","config":{"url":"https://example.com"},
                   "retry":{"maxAttempts":4,"backoff":"constant","delay":"500ms","maxDelay":"30s"},"timeout":"20s","join":"any","position":{"x":1.5,"y":-2}},
                  {"id":"b","type":"set"}],
         "edges":[{"from":"a","to":"b","on":"error"},{"from":"a","to":"b","when":"x"}],"output":{"a":["{{ steps.a }}"]},"timeout":"10m"}
        """;

    [Fact]
    public void A_definition_is_read_whole()
    {
        var read = DefinitionReader.Read(Encoding.UTF8.GetBytes(Whole));

        Assert.True(read.IsValid);
        var node = read.Definition.Nodes[0];
        Assert.Equal(new RetryPolicy { MaxAttempts = 4, Backoff = Backoff.Constant, Delay = TimeSpan.FromMilliseconds(500), MaxDelay = TimeSpan.FromSeconds(30) }, node.Retry);
        Assert.Equal((TimeSpan.FromSeconds(20), JoinMode.Any, new NodePosition(1.5, -2)), (node.Timeout, node.Join, node.Position));
        Assert.Equal([EdgeTrigger.Error, EdgeTrigger.Success], read.Definition.Edges.Select(e => e.On));
        Assert.Equal(TimeSpan.FromMinutes(10), read.Definition.Timeout);
    }

    [Fact]
    public void A_definition_that_is_written_can_be_read_again()
    {
        var definition = DefinitionReader.Read(Encoding.UTF8.GetBytes(Whole)).Definition!;

        var written = JsonSerializer.SerializeToUtf8Bytes(definition, DefinitionJson.Default.WorkflowDefinition);

        Assert.Empty(DefinitionReader.Read(written).Problems);
    }

    [Theory]
    [InlineData("""[]""", "", "wrong_type")]
    [InlineData("""{"nodes":[{"id":"a","type":"set"}]}""", "", "missing_property")]
    [InlineData("""{"name":"  ","nodes":[{"id":"a","type":"set"}]}""", "/name", "invalid_name")]
    [InlineData("""{"name":"n"}""", "", "missing_property")]
    [InlineData("""{"name":"n","nodes":null}""", "/nodes", "wrong_type")]
    [InlineData("""{"name":"n","nodes":[]}""", "/nodes", "no_nodes")]
    [InlineData("""{"name":"n","nodes":[3]}""", "/nodes/0", "wrong_type")]
    [InlineData("""{"name":"n","nodes":[{"type":"set"}]}""", "/nodes/0", "missing_property")]
    [InlineData("""{"name":"n","nodes":[{"id":"a"}]}""", "/nodes/0", "missing_property")]
    [InlineData("""{"name":"n","nodes":[{"id":"1a","type":"set"}]}""", "/nodes/0/id", "invalid_node_id")]
    [InlineData("""{"name":"n","nodes":[{"id":7,"type":"set"}]}""", "/nodes/0/id", "invalid_node_id")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","config":[]}]}""", "/nodes/0/config", "wrong_type")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","timeout":"20"}]}""", "/nodes/0/timeout", "invalid_duration")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","timeout":20}]}""", "/nodes/0/timeout", "invalid_duration")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set"}],"timeout":"9999d"}""", "/timeout", "invalid_duration")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","retry":{"maxAttempts":0}}]}""", "/nodes/0/retry/maxAttempts", "below_minimum")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","retry":{"maxAttempts":101}}]}""", "/nodes/0/retry/maxAttempts", "above_maximum")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","retry":{"maxAttempts":2.5}}]}""", "/nodes/0/retry/maxAttempts", "wrong_type")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","retry":{"maxAttempts":3.0}}]}""", "/nodes/0/retry/maxAttempts", "wrong_type")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","retry":{"backoff":"linear"}}]}""", "/nodes/0/retry/backoff", "value_not_allowed")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","retry":{"delay":"x"}}]}""", "/nodes/0/retry/delay", "invalid_duration")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","join":"some"}]}""", "/nodes/0/join", "value_not_allowed")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","position":{"x":1}}]}""", "/nodes/0/position", "missing_property")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set"}],"edges":{}}""", "/edges", "wrong_type")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set"}],"edges":[{"from":"a"}]}""", "/edges/0", "missing_property")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set"}],"edges":[{"from":"a","to":"b","on":"fail"}]}""", "/edges/0/on", "value_not_allowed")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set"}],"inputSchema":3}""", "/inputSchema", "wrong_type")]
    [InlineData("""{"name":"n","name":"m","nodes":[{"id":"a","type":"set"}]}""", "/name", "duplicate_property")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","config":{"x":{"y":1,"y":2}}}]}""", "/nodes/0/config/x/y", "duplicate_property")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","config":{"x":"\u0000"}}]}""", "/nodes/0/config/x", "null_character")]
    [InlineData("""{"name":"n","nodes":[{"id":"a","type":"set","config":{"x":1e999}}]}""", "/nodes/0/config/x", "number_out_of_range")]
    public void A_mistake_in_the_structure_is_reported_where_it_is(string definition, string pointer, string code)
    {
        var read = DefinitionReader.Read(Encoding.UTF8.GetBytes(definition));

        Assert.Equal((pointer, code), (Assert.Single(read.Problems).Pointer, read.Problems[0].Code));
        Assert.False(read.IsValid);
    }

    [Fact]
    public void A_misspelt_property_is_recognised()
    {
        var problem = Assert.Single(DefinitionReader.Read("""{"name":"n","nodes":[{"id":"a","type":"set","retrys":{}}]}"""u8).Problems);

        Assert.Equal(("/nodes/0/retrys", "unknown_property"), (problem.Pointer, problem.Code));
        Assert.Contains("Did you mean 'retry'?", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once_in_the_order_of_the_document()
    {
        var problems = DefinitionReader.Read("""
            {"timeout":"x","edges":[{"from":1}],"nodes":[{"id":"a","type":"set","timeout":"y","join":3},{"id":"?"}],"nmae":"n"}
            """u8).Problems;

        Assert.Equal(
            ["", "/timeout", "/edges/0", "/edges/0/from", "/nodes/0/timeout", "/nodes/0/join", "/nodes/1", "/nodes/1/id", "/nmae"],
            problems.Select(p => p.Pointer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"name":"n","nodes":[,]}""")]
    [InlineData("null null")]
    public void Text_that_is_not_json_is_a_problem_with_its_place(string text)
    {
        var problem = Assert.Single(DefinitionReader.Read(Encoding.UTF8.GetBytes(text)).Problems);

        Assert.Equal("invalid_json", problem.Code);
        Assert.Contains("line 1", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_and_nesting_are_limited()
    {
        var large = Encoding.UTF8.GetBytes($$"""{"name":"{{new string('a', DefinitionLimits.Bytes)}}"}""");
        var deep = Encoding.UTF8.GetBytes($$"""{"name":"n","nodes":[{"id":"a","type":"set","config":{"x":{{new string('[', 200)}}{{new string(']', 200)}} } }]}""");

        Assert.Equal("too_large", Assert.Single(DefinitionReader.Read(large).Problems).Code);
        var problem = Assert.Single(DefinitionReader.Read(deep).Problems);
        Assert.Equal("too_deep", problem.Code);
        Assert.StartsWith("/nodes/0/config/x/0/0", problem.Pointer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_for_editors_is_a_schema_and_keeps_to_the_limits()
    {
        var definitions = DefinitionReader.Schema.GetProperty("$defs");

        Assert.True(JsonSchema.TryCompile(DefinitionReader.Schema, out _, out _));
        Assert.Equal(DefinitionLimits.Nodes, definitions.GetProperty("nodes").GetProperty("allOf")[1].GetProperty("maxItems").GetInt32());
        Assert.Equal(DefinitionLimits.Edges, definitions.GetProperty("edges").GetProperty("allOf")[0].GetProperty("maxItems").GetInt32());
        Assert.Contains(Duration.Expected, definitions.GetProperty("duration").GetProperty("x-problem").GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
