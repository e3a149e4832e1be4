using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Editor;
using Sos.Api.Workflows;
using Sos.Executors.Nodes;
using Sos.Workflows.Definitions.Import;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Api.Tests.Pages.Editor;

public sealed class NodeTestTests
{
    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);

    [Fact]
    public void A_tested_node_finds_the_data_of_the_steps_that_it_reads()
    {
        var node = (JsonObject)JsonNode.Parse("""{"id": "sum", "type": "transform", "config": {"value": "{{ steps.a.x + steps.?b.orValue(1) }}"}, "position": {"x": 1, "y": 2}}""")!;
        var definition = NodeTest.Define(node, (JsonObject)JsonNode.Parse("""{"a": {"x": "C:\\{{ not }}"}}""")!, null);
        Assert.Equal(["a", "b", "sum"], definition["nodes"]!.AsArray().Select(n => n!["id"]!.GetValue<string>()));
        Assert.Equal("""C:\\\{{ not }}""", definition["nodes"]![0]!["config"]!["value"]!["x"]!.GetValue<string>());
        var stored = Sos.Workflows.Expressions.Template.Compile(JsonSerializer.SerializeToElement(definition["nodes"]![0]!["config"]!["value"]!));
        Assert.Equal("""C:\{{ not }}""", stored.Render(Sos.Workflows.Expressions.CelVariables.Empty, Sos.Workflows.Expressions.CelContext.Default).GetProperty("x").GetString());
        Assert.Empty(new WorkflowValidator(Catalog).Validate(JsonSerializer.SerializeToElement(definition)).Problems);
    }

    [Fact]
    public void A_node_of_a_body_is_tested_with_one_item()
    {
        var node = (JsonObject)JsonNode.Parse("""{"id": "one", "type": "transform", "config": {"value": "{{ item.n + index }}"}}""")!;
        var definition = NodeTest.Define(node, [], JsonNode.Parse("""{"n": 3}"""));
        Assert.Empty(new WorkflowValidator(Catalog).Validate(JsonSerializer.SerializeToElement(definition)).Problems);
        Assert.Equal("foreach", definition["nodes"]![0]!["type"]!.GetValue<string>());
    }

    [Fact]
    public void What_is_exported_for_React_Flow_is_imported_as_it_was()
    {
        var document = EditorDocument.Parse("""
            {
              "name": "w", "description": "d", "output": "{{ steps.a }}",
              "nodes": [
                { "id": "a", "type": "if", "name": "Decide", "config": { "condition": true }, "position": { "x": 3, "y": 4 } },
                { "id": "b", "type": "transform", "config": { "value": 1 }, "timeout": "5s", "join": "any", "position": { "x": 300, "y": 4 } },
                { "id": "c", "type": "fail", "config": { "message": "no" }, "retry": { "maxAttempts": 2 }, "position": { "x": 300, "y": 90 } }
              ],
              "edges": [ { "from": "a", "to": "b", "when": "true" }, { "from": "a", "to": "c", "on": "error" } ]
            }
            """, Catalog, out _)!;
        Assert.True(ReactFlowImport.TryImport(JsonElement.Parse(ReactFlowExport.Write(document)), out var imported));
        Assert.Empty(imported.Warnings);
        var back = EditorDocument.Of(imported.Definition, Catalog);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(document.Text), JsonElement.Parse(back.Text)), back.Text);
    }

    [Fact]
    public void A_pointer_leads_to_its_node_in_whatever_graph_it_is()
    {
        var state = new EditorState(Catalog, new DefinitionInput(new WorkflowValidator(Catalog)));
        state.Open(EditorDocument.Parse("""
            { "name": "w", "nodes": [
              { "id": "a", "type": "transform", "config": { "value": 1 } },
              { "id": "each", "type": "foreach", "config": { "items": [], "body": { "nodes": [ { "id": "in", "type": "http", "config": { "url": "" } } ] } } } ],
              "edges": [ { "from": "a", "to": "each" } ] }
            """, Catalog, out _)!, true);
        state.Validate();
        var problem = Assert.Single(state.Problems);
        Assert.Equal("field/url", state.Show(problem.Pointer));
        Assert.Equal((GraphScope.Workflow.Into("each"), "in"), (state.Scope, state.Node!.Id));
        Assert.Equal("field/items", state.Show("/nodes/1/config/items"));
        Assert.Equal((GraphScope.Workflow, "each"), (state.Scope, state.Node!.Id));
        Assert.Equal("edge-port", state.Show("/edges/0"));
        Assert.Equal(0, state.SelectedEdge);
        Assert.Equal(["a"], state.KnownFor(state.Graph.Find("each")!).Steps);
        Assert.Equal("node-attempts", state.Show("/nodes/0/retry/maxAttempts"));
        Assert.Equal("node:a", state.Show("/nodes/0/type"));
        Assert.Equal("wf-output", state.Show("/output/total"));
        state.Show(problem.Pointer);
        Assert.Equal(["a"], state.KnownFor(state.Node!).Steps);
        state.Rename("each", "all");
        Assert.Equal(GraphScope.Workflow.Into("all"), state.Scope);
        Assert.True(state.IsDirty);
        state.Undo();
        Assert.False(state.IsDirty);
    }
}
