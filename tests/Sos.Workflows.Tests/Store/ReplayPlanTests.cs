using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Nodes;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class ReplayPlanTests
{
    private static readonly NodeCatalog Catalog = new(
    [
        new NodeType { Name = "x", Title = "x", Description = "x", Category = "logic", ConfigSchema = JsonElement.Parse("{}") },
        new NodeType { Name = "each", Title = "each", Description = "each", Category = "flow", ConfigSchema = JsonElement.Parse("{}"), BodyProperty = "body" },
    ]);

    //   a → b → d
    //   a → c → d,  c → e(each: e1 → e2) → f
    private static readonly WorkflowDefinition Definition = JsonSerializer.Deserialize("""
        {"name": "w",
         "nodes": [{"id": "a", "type": "x"}, {"id": "b", "type": "x"}, {"id": "c", "type": "x"}, {"id": "d", "type": "x"},
                   {"id": "e", "type": "each", "config": {"body": {"nodes": [{"id": "e1", "type": "x"}, {"id": "e2", "type": "x"}], "edges": [{"from": "e1", "to": "e2"}]}}},
                   {"id": "f", "type": "x"}],
         "edges": [{"from": "a", "to": "b"}, {"from": "a", "to": "c"}, {"from": "b", "to": "d"}, {"from": "c", "to": "d"}, {"from": "c", "to": "e"}, {"from": "e", "to": "f"}]}
        """, DefinitionJson.Default.WorkflowDefinition)!;

    [Theory]
    [InlineData("a:completed b:completed c:failed", "a b")]
    [InlineData("a:completed b:failed c:completed d:skipped e:completed f:completed", "a c e e1 e2 f")] // a skip after a failure is settled anew
    [InlineData("a:completed b:completed c:completed d:completed e:failed", "a b c d")] // a body goes with its foreach
    [InlineData("a:completed b:skipped c:completed d:completed e:completed f:cancelled", "a b c d e e1 e2")]
    [InlineData("a:running", "")]
    [InlineData("", "")]
    public void A_retry_keeps_what_completed_before_the_failure(string steps, string kept)
    {
        Assert.Equal(kept.Split(' ', StringSplitOptions.RemoveEmptyEntries), ReplayPlan.ForRetry(Definition, Catalog, Statuses(steps)).Order());
    }

    private static Dictionary<string, StepStatus> Statuses(string steps) =>
        steps.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split(':')).ToDictionary(s => s[0], s => StatusNames.ToStepStatus(s[1]));

    [Theory]
    [InlineData("a", "")]
    [InlineData("b", "a c e e1 e2 f")]
    [InlineData("c", "a b")]
    [InlineData("e", "a b c d")]
    [InlineData("f", "a b c d e e1 e2")]
    public void A_rerun_keeps_all_but_the_node_and_what_follows(string from, string kept) =>
        Assert.Equal(kept.Split(' ', StringSplitOptions.RemoveEmptyEntries), ReplayPlan.ForRerun(Definition, Definition, Catalog, Statuses(""), from).Order());

    [Theory]
    [InlineData("a:completed b:failed c:completed e:cancelled", "a c")] // cut off when b failed
    [InlineData("a:completed b:failed c:failed", "a")] // two failed at once
    [InlineData("a:completed b:failed c:completed d:skipped e:completed f:completed", "a c e e1 e2 f")]
    public void A_rerun_runs_what_the_failure_cut_off_again(string steps, string kept) =>
        Assert.Equal(kept.Split(' '), ReplayPlan.ForRerun(Definition, Definition, Catalog, Statuses(steps), "b").Order());

    [Fact]
    public void A_rerun_keeps_a_failure_that_an_edge_took_up()
    {
        var handled = Definition with { Edges = [.. Definition.Edges, new EdgeDefinition { From = "e", To = "f", On = EdgeTrigger.Error }] };
        Assert.Equal("a c e e1 e2 f", string.Join(' ', ReplayPlan.ForRerun(handled, handled, Catalog, Statuses("a:completed b:failed c:completed e:failed f:completed"), "b").Order()));
    }

    [Fact]
    public void A_rerun_with_another_version_keeps_nothing_that_the_version_does_otherwise()
    {
        var c = Definition.Nodes.Single(n => n.Id == "c");
        WorkflowDefinition With(NodeDefinition changed) => Definition with { Nodes = [.. Definition.Nodes.Select(n => n.Id == changed.Id ? changed : n)] };

        // A label and a place are no difference; a config is.
        Assert.Equal("a b c e e1 e2 f", Kept(With(c with { Name = "C", Position = new NodePosition(1, 2) }), "d"));
        Assert.Equal("a b", Kept(With(c with { Config = JsonElement.Parse("{}") }), "d"));
        // So are another way to a node, one less, and a node that is new.
        Assert.Equal("a b c d", Kept(Definition with { Edges = [.. Definition.Edges, new EdgeDefinition { From = "b", To = "e" }] }, "f"));
        Assert.Equal("a b c", Kept(Definition with { Edges = [.. Definition.Edges.Where(e => e.To != "e")] }, "d"));
        Assert.Equal("a b c d e e1 e2", Kept(Definition with { Nodes = [.. Definition.Nodes, new NodeDefinition { Id = "g", Type = "x" }] }, "f"));

        static string Kept(WorkflowDefinition version, string from) => string.Join(' ', ReplayPlan.ForRerun(Definition, version, Catalog, Statuses(""), from).Order());
    }
}
