using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Editor;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests.Pages.Editor;

public sealed class EditorModelTests
{
    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);

    private static readonly string Text = """
        {
          "name": "triage", "x-team": { "n": 1.50, "big": 123456789012345678901234567890 },
          "nodes": [
            { "id": "fetch", "type": "http", "config": { "url": "https://example.com/{{ input.id }}" }, "position": { "x": 0, "y": 0 }, "x-note": "keep" },
            { "id": "route", "type": "switch", "config": { "value": "{{ steps.fetch.body.kind }}", "cases": ["refund"] } },
            { "id": "each", "type": "foreach", "config": { "items": "{{ steps.fetch.body.items }}", "body": {
                "nodes": [ { "id": "inner", "type": "transform", "config": { "value": "{{ steps[\"fetch\"].status }} {{ item }}" } } ], "edges": [] } } }
          ],
          "edges": [ { "from": "fetch", "to": "route" }, { "from": "route", "to": "each", "when": "refund" } ],
          "output": "{{ steps.each.results }}"
        }
        """;

    private static EditorDocument Document => EditorDocument.Parse(Text, Catalog, out _)!;

    [Fact]
    public void What_is_read_is_written_again_with_all_that_nobody_knows()
    {
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Text), JsonNode.Parse(Document.Text)));
        Assert.Contains("123456789012345678901234567890", Document.Text, StringComparison.Ordinal);
        Assert.Contains("1.50", Document.Text, StringComparison.Ordinal);
        Assert.Contains("x-note", Document.Move(GraphScope.Workflow, new Dictionary<string, Point> { ["fetch"] = new(5, 5) }).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_text_has_its_line_and_column()
    {
        Assert.Null(EditorDocument.Parse("{\n  \"näme\": tru\n}", Catalog, out var mistake));
        Assert.Equal((2, 14), (mistake!.Line, mistake.Column));
        Assert.Null(EditorDocument.Parse("[]", Catalog, out mistake));
        Assert.StartsWith("A definition is a JSON object", mistake!.Message, StringComparison.Ordinal);
        Assert.Null(EditorDocument.Parse("""{"name": "a", "name": "b"}""", Catalog, out mistake));
        Assert.Contains("uplicate", mistake!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_shows_its_ports_bodies_and_edges()
    {
        var graph = Document.Graph(GraphScope.Workflow);
        Assert.Equal(["fetch", "route", "each"], graph.Nodes.Select(n => n.Id));
        Assert.Equal(["refund", "default", "on error"], graph.Find("route")!.Ports.Select(p => p.Label));
        Assert.Equal(1, graph.Find("each")!.BodySize);
        Assert.Equal("/nodes/2/config/body/nodes/0", Document.Graph(GraphScope.Workflow.Into("each")).Nodes[0].Pointer);
        Assert.Equal(["fetch", "route"], graph.Before("each"));
        Assert.Equal(GraphScope.Workflow.Into("each"), Document.ScopeOf("inner"));
    }

    [Fact]
    public void Nodes_are_added_under_free_ids_and_connected_once()
    {
        var (document, id) = Document.Add(GraphScope.Workflow, "http", new Point(10.4, 20.6));
        var (again, second) = document.Add(GraphScope.Workflow.Into("each"), "http", default);
        Assert.Equal(("http", "http-2"), (id, second));
        Assert.Equal(new Point(10, 21), document.Graph(GraphScope.Workflow).Find("http")!.Position);
        Assert.Equal(2, again.Graph(GraphScope.Workflow.Into("each")).Nodes.Count);

        var connected = document.Connect(GraphScope.Workflow, "fetch", Port.Error, "http");
        Assert.Equal(Port.Error, connected.Graph(GraphScope.Workflow).Edges[^1].Port);
        Assert.Same(connected, connected.Connect(GraphScope.Workflow, "fetch", Port.Error, "http"));
        Assert.Same(connected, connected.Connect(GraphScope.Workflow, "http", Port.Next, "http"));
        Assert.Equal("""{"from":"route","to":"each","when":"default"}""", connected.SetPort(GraphScope.Workflow, 1, new Port("default", false)).Root["edges"]![1]!.ToJsonString());
    }

    [Fact]
    public void With_a_node_go_its_edges()
    {
        var document = Document.Delete(GraphScope.Workflow, new HashSet<string> { "route" }, new HashSet<int>());
        Assert.Empty(document.Graph(GraphScope.Workflow).Edges);
        Assert.Equal(2, document.Graph(GraphScope.Workflow).Nodes.Count);
        Assert.Single(Document.Delete(GraphScope.Workflow, new HashSet<string>(), new HashSet<int> { 0 }).Graph(GraphScope.Workflow).Edges);
        Assert.Same(Document.Catalog, document.Catalog);
    }

    [Fact]
    public void A_renamed_node_is_renamed_wherever_it_is_named()
    {
        var document = Document.Rename("fetch", "get-ticket");
        Assert.Equal("""{{ steps["get-ticket"].body.kind }}""", document.Find("route")!["config"]!["value"]!.GetValue<string>());
        Assert.Equal("""{{ steps["get-ticket"].status }} {{ item }}""", document.Find("inner")!["config"]!["value"]!.GetValue<string>());
        Assert.Equal("get-ticket", document.Root["edges"]![0]!["from"]!.GetValue<string>());
        Assert.Equal("{{ steps.all.results }}", Document.Rename("each", "all").Root["output"]!.GetValue<string>());
        var same = Document;
        Assert.Same(same, same.Rename("fetch", "inner"));
    }

    [Theory]
    [InlineData("{{ steps.a + steps.ab.x }}", "{{ steps.b + steps.ab.x }}")]
    [InlineData("{{ steps.?a.orValue(1) }} steps.a", "{{ steps.?b.orValue(1) }} steps.a")]
    [InlineData("{{ has(steps.a.x) && steps.a.y[steps.a.i] }}", "{{ has(steps.b.x) && steps.b.y[steps.b.i] }}")]
    [InlineData("{{ 'steps.a' + steps['a'].x }}", "{{ 'steps.a' + steps[\"b\"].x }}")]
    [InlineData("{{ [1].map(steps, steps.a) }}", "{{ [1].map(steps, steps.a) }}")]
    [InlineData("\\{{ steps.a }}", "\\{{ steps.a }}")]
    [InlineData("{{ steps.a + }}", "{{ steps.a + }}")]
    public void Only_references_are_renamed_in_a_text(string text, string expected) =>
        Assert.Equal(expected, StepReferences.Rename(text, new Dictionary<string, string> { ["a"] = "b" }));

    [Fact]
    public void Copies_get_ids_of_their_own_and_keep_what_they_say_about_each_other()
    {
        var text = EditorClipboard.Copy(Document, GraphScope.Workflow, new HashSet<string> { "fetch", "route", "each" });
        var (document, ids) = EditorClipboard.Paste(Document, GraphScope.Workflow, text, new Point(40, 40));
        Assert.Equal(["fetch-2", "route-2", "each-2"], ids);
        var graph = document.Graph(GraphScope.Workflow);
        Assert.Equal(4, graph.Edges.Count);
        Assert.Equal(new Point(40, 40), graph.Find("fetch-2")!.Position);
        Assert.Equal("""{{ steps["fetch-2"].body.kind }}""", document.Find("route-2")!["config"]!["value"]!.GetValue<string>());
        Assert.NotNull(document.Find("inner-2"));
        var one = EditorClipboard.Copy(Document, GraphScope.Workflow, new HashSet<string> { "route" });
        Assert.Equal("{{ steps.fetch.body.kind }}", EditorClipboard.Paste(Document, GraphScope.Workflow, one, default).Document.Find("route-2")!["config"]!["value"]!.GetValue<string>());
        Assert.Empty(EditorClipboard.Paste(Document, GraphScope.Workflow, "Some text", default).Ids);
    }

    [Fact]
    public void Values_are_set_and_taken_away_by_pointer()
    {
        var document = Document.Set("fetch", "/config/auth/type", "bearer").Set("fetch", "/config/expectedStatus", new JsonArray(200)).Set("fetch", "/config/expectedStatus/-", 404);
        Assert.Equal("""{"url":"https://example.com/{{ input.id }}","auth":{"type":"bearer"},"expectedStatus":[200,404]}""", document.Find("fetch")!["config"]!.ToJsonString());
        Assert.Equal("[404]", document.Unset("fetch", "/config/expectedStatus/0").Find("fetch")!["config"]!["expectedStatus"]!.ToJsonString());
        Assert.Same(document, document.Unset("fetch", "/config/none"));
        Assert.Null(Document.SetGraph(GraphScope.Workflow, "output", null).Root["output"]);
    }
}
