using System.Text.Json;
using Sos.Api.Pages.Graph;
using Sos.Api.Pages.Workflows;
using Sos.Executors.Nodes;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests.Pages.Workflows;

public sealed class VersionDifferenceTests
{
    private const string Before = """
        { "name": "w", "nodes": [
            { "id": "a", "type": "transform", "config": { "value": 1 } },
            { "id": "each", "type": "foreach", "config": { "items": [1], "body": { "nodes": [
                { "id": "one", "type": "transform", "config": { "value": 1 } }, { "id": "two", "type": "transform", "config": { "value": 2 } } ], "edges": [ { "from": "one", "to": "two" } ] } } },
            { "id": "gone", "type": "transform", "config": { "value": 3 } } ],
          "edges": [ { "from": "a", "to": "each" }, { "from": "each", "to": "gone" } ] }
        """;

    private const string After = """
        { "name": "w", "nodes": [
            { "id": "new", "type": "transform", "config": { "value": 0 } },
            { "id": "each", "type": "foreach", "config": { "items": [1], "body": { "nodes": [
                { "id": "one", "type": "transform", "config": { "value": "one" } }, { "id": "three", "type": "transform", "config": { "value": 3 } } ], "edges": [ { "from": "one", "to": "three" } ] } } },
            { "id": "a", "type": "transform", "config": { "value": 1 }, "position": { "x": 4, "y": 5 } } ],
          "edges": [ { "from": "a", "to": "each" }, { "from": "new", "to": "a", "when": "x" } ] }
        """;

    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);

    [Fact]
    public void One_graph_holds_the_nodes_and_edges_of_both_each_with_its_mark()
    {
        var difference = VersionDifference.Between(Graph(Before), Graph(After), Catalog);
        Assert.Equal(
            [("a", null), ("each", null), ("gone", "removed"), ("new", "added"), ("one", "changed"), ("three", "added"), ("two", "removed")],
            difference.Graph.Nodes.SelectMany(n => n.WithBody(Catalog)).OrderBy(n => n.Id, StringComparer.Ordinal).Select(n => (n.Id, difference.Of(n.Id)?.Mark)));
        Assert.Equal("config changed", difference.Of("one")!.Caption);
        var body = GraphModel.Body(difference.Graph.Nodes.Single(n => n.Id == "each"), Catalog)!;
        Assert.Equal(
            [("a>each", null), ("each>gone", "removed"), ("new>a", "added"), ("one>three", "added"), ("one>two", "removed")],
            difference.Graph.Edges.Concat(body.Edges).Select(e => ($"{e.From}>{e.To}", difference.Of(e))).Order());
        Assert.Equal(["2 nodes added", "2 nodes removed", "1 node changed", "2 edges added", "2 edges removed"], difference.Summary.Select(s => s.Words));
    }

    [Fact]
    public void A_node_that_moved_into_a_body_is_there_once_and_changed()
    {
        const string moved = """
            { "name": "w", "nodes": [ { "id": "each", "type": "foreach", "config": { "items": [1], "body": { "nodes": [
                { "id": "one", "type": "transform", "config": { "value": 1 } }, { "id": "two", "type": "transform", "config": { "value": 2 } }, { "id": "a", "type": "transform", "config": { "value": 1 } } ], "edges": [ { "from": "one", "to": "two" } ] } } },
                { "id": "gone", "type": "transform", "config": { "value": 3 } } ] }
            """;
        var difference = VersionDifference.Between(Graph(Before), Graph(moved), Catalog);
        Assert.Single(difference.Graph.Nodes.SelectMany(n => n.WithBody(Catalog)), n => n.Id == "a");
        Assert.Equal("place changed", difference.Of("a")!.Caption);
        Assert.Null(difference.Of("two"));
    }

    [Fact]
    public void Places_that_differ_are_found_by_ids_and_not_by_order()
    {
        var changes = DocumentChange.Between(JsonElement.Parse(Before), JsonElement.Parse(After), 100);
        Assert.Equal(
            [
                ("/edges/1", null, "each>gone", null), ("/edges/1", null, null, "new>a"),
                ("/nodes/0", "new", null, "new"), ("/nodes/1/config/body/edges/0", "each", "one>two", null), ("/nodes/1/config/body/edges/0", "each", null, "one>three"),
                ("/nodes/1/config/body/nodes/0/config/value", "one", "1", "one"), ("/nodes/1/config/body/nodes/1", "two", "two", null), ("/nodes/1/config/body/nodes/1", "three", null, "three"),
                ("/nodes/2", "gone", "gone", null), ("/nodes/2/position", "a", null, "position"),
            ],
            changes.Select(c => (c.Pointer, c.Node, Word(c.Before), Word(c.After))).OrderBy(c => c.Pointer, StringComparer.Ordinal).ThenBy(c => c.Item4, StringComparer.Ordinal));
        Assert.Empty(DocumentChange.Between(JsonElement.Parse(After), JsonElement.Parse(After), 100));
        Assert.Equal(3, DocumentChange.Between(JsonElement.Parse(Before), JsonElement.Parse(After), 3).Count);
    }

    private static string? Word(JsonElement? value) => value is not { } given ? null
        : given.ValueKind != JsonValueKind.Object ? given.ToString()
        : given.TryGetProperty("id", out var id) ? id.GetString()
        : given.TryGetProperty("from", out var from) ? $"{from}>{given.GetProperty("to")}"
        : "position";

    private static GraphDefinition Graph(string definition) => JsonSerializer.Deserialize(definition, DefinitionJson.Default.WorkflowDefinition)!.Graph;
}
