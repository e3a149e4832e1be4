using System.Text.Json;
using Sos.Api.Pages.Graph;
using Sos.Api.Pages.Workflows;
using Sos.Executors.Nodes;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Workflows;

public sealed class DefinitionTests
{
    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);

    [Fact]
    public void A_node_is_found_in_bodies_of_bodies_and_a_property_called_body_elsewhere_is_none()
    {
        var graph = JsonSerializer.Deserialize(
            """
            { "nodes": [
              { "id": "post", "type": "http", "config": { "body": { "nodes": [ { "id": "trap", "type": "transform" } ] } } },
              { "id": "outer", "type": "foreach", "config": { "items": [], "body": { "nodes": [
                { "id": "inner", "type": "foreach", "config": { "items": [], "body": { "nodes": [ { "id": "deep", "type": "transform", "name": "Deep" } ] } } } ] } } } ] }
            """, DefinitionJson.Default.GraphDefinition)!;
        Assert.Equal("Deep", DefinitionText.Find(graph, "deep", Catalog)!.Name);
        Assert.Equal("foreach", DefinitionText.Find(graph, "inner", Catalog)!.Type);
        Assert.Null(DefinitionText.Find(graph, "trap", Catalog));
        Assert.Null(DefinitionText.Find(graph, "nothing", Catalog));
    }

    [Fact]
    public void A_definition_is_written_with_a_line_for_each_property_and_its_characters_as_they_are() =>
        Assert.Equal("{\n  \"a\": \"<é>\",\n  \"b\": [\n    1\n  ]\n}", DefinitionText.Of(JsonElement.Parse("""{ "a": "<é>", "b": [1] }""")).ReplaceLineEndings("\n"));

    [Fact]
    public void What_is_compared_with_the_databases_order_is_written_in_it() =>
        Assert.Equal(
            """{"b":[{"i":1,"aa":2,"é":3}],"n":{},"ab":null,"aaa":1}""",
            string.Concat(DefinitionText.InStoredOrder(JsonElement.Parse("""{"aaa":1,"n":{},"ab":null,"b":[{"é":3,"aa":2,"i":1}]}""")).Where(c => !char.IsWhiteSpace(c))));

    [Theory]
    [InlineData("order-report", "order-report-v3.json")]
    [InlineData("../<img src=x>", "img-src-x-v3.json")]
    [InlineData("Übergabe 7", "Übergabe-7-v3.json")]
    [InlineData("…", "workflow-v3.json")]
    public void A_file_is_called_what_its_workflow_is_called(string name, string expected) => Assert.Equal(expected, DefinitionDownload.FileName(name, 3));

    [Fact]
    public void Nothing_is_painted_on_a_node_that_did_nothing() => Assert.Null(NodeFigures.Of(null));

    [Theory]
    [InlineData(100, 0, null, 1_500.0, "1.5 s", null)]
    [InlineData(100, 4, null, 20.0, "20 ms · 4.0 % ✕", null)]
    [InlineData(100, 5, 0.25, 20.0, "20 ms · 5.0 % ✕ · $0.25", "problem")]
    [InlineData(1, 1, null, null, "100 % ✕", "problem")]
    [InlineData(0, 0, null, null, null, null)]
    public void A_node_shows_its_time_its_failures_and_its_cost_and_is_marked_where_it_fails_often(int runs, int failed, double? cost, double? p95, string? caption, string? mark)
    {
        var state = NodeFigures.Of(new NodeRuns { NodeId = "a", Runs = runs, Failed = failed, Retries = 0, Tokens = 0, CostUsd = (decimal?)cost, P95Ms = p95 });
        Assert.Equal(new NodeState("", caption, 0, mark), state);
    }
}
