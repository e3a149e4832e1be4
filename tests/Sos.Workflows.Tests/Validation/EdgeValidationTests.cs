using Sos.Workflows.Validation;
using static Sos.Workflows.Tests.Validation.TestNodes;

namespace Sos.Workflows.Tests.Validation;

public sealed class EdgeValidationTests
{
    private static readonly string Nodes = $$"""{{Set("fetch")}},{{Set("parse")}},{"id":"check","type":"if","config":{"condition":true} },{"id":"route","type":"switch"}""";

    [Theory]
    [InlineData("""{"from":"fetch","to":"prase"}""", "/edges/0/to", "dangling_edge", "There is no node 'prase'. Did you mean 'parse'?")]
    [InlineData("""{"from":"nobody","to":"parse"}""", "/edges/0/from", "dangling_edge", "There is no node 'nobody'.")]
    [InlineData("""{"from":"fetch","to":"fetch"}""", "/edges/0", "self_edge", "The edge leads from 'fetch' to itself. To repeat a step use a foreach, or retry.")]
    [InlineData("""{"from":"fetch","to":"parse"},{"from":"fetch","to":"parse"}""", "/edges/1", "duplicate_edge", "The same edge from 'fetch' to 'parse' is at /edges/0. Remove one of them.")]
    [InlineData("""{"from":"check","to":"parse","when":"yes"}""", "/edges/0/when", "unknown_branch", "Nodes of type 'if' have no branch 'yes', only 'true' and 'false'.")]
    [InlineData("""{"from":"check","to":"parse","when":"ture"}""", "/edges/0/when", "unknown_branch", "Nodes of type 'if' have no branch 'ture', only 'true' and 'false'. Did you mean 'true'?")]
    [InlineData("""{"from":"fetch","to":"parse","when":"true"}""", "/edges/0/when", "unknown_branch", "Nodes of type 'set' have no branches: remove 'when'.")]
    [InlineData("""{"from":"check","to":"parse","when":"true","on":"error"}""", "/edges/0/when", "when_on_error_edge", "An edge that is taken on an error has no branch: remove 'when', or 'on'.")]
    public void A_mistake_in_an_edge_is_reported_where_it_is(string edges, string pointer, string code, string message) =>
        Assert.Equal(new DefinitionProblem(pointer, code, message), Assert.Single(Problems(Nodes, edges)));

    [Theory]
    [InlineData("""{"from":"check","to":"parse","when":"true"},{"from":"check","to":"parse","when":"false"},{"from":"check","to":"parse","on":"error"},{"from":"check","to":"parse"}""")]
    [InlineData("""{"from":"route","to":"parse","when":"any label at all"}""")]
    [InlineData("""{"from":"fetch","to":"parse","when":null}""")]
    public void Edges_may_differ_by_branch_and_trigger(string edges) => Assert.Empty(Problems(Nodes, edges));

    [Fact]
    public void An_edge_stays_inside_its_graph()
    {
        var problems = Problems($"{Set("a")},{ForEach("each", Set("b"), Edge("a", "b"))}", Edge("a", "b"));

        Assert.Equal(["/nodes/1/config/body/edges/0/from", "/edges/0/to"], problems.Select(p => p.Pointer));
        Assert.Equal("The node 'a' is not in this graph but in the workflow around it; edges stay inside a graph.", problems[0].Message);
        Assert.Equal("The node 'b' is not in this graph but in the body of 'each'; edges stay inside a graph.", problems[1].Message);
    }

    [Fact]
    public void A_cycle_is_reported_with_its_path_at_the_edge_that_closes_it()
    {
        var problem = Assert.Single(Problems(
            $"{Set("start")},{Set("a")},{Set("b")},{Set("c")},{Set("end")}",
            $"{Edge("start", "a")},{Edge("a", "b")},{Edge("b", "c")},{Edge("c", "a")},{Edge("c", "end")}"));

        Assert.Equal(("/edges/3", "cycle"), (problem.Pointer, problem.Code));
        Assert.StartsWith("These edges go round in a circle: a → b → c → a.", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_knot_of_cycles_is_reported_once_by_its_shortest()
    {
        var problems = Problems(
            $"{Set("a")},{Set("b")},{Set("c")},{Set("d")},{Set("e")}",
            $"{Edge("a", "b")},{Edge("b", "c")},{Edge("c", "a")},{Edge("b", "a")},{Edge("c", "d")},{Edge("d", "e")},{Edge("e", "d")}");

        Assert.Equal(["/edges/3", "/edges/6"], problems.Select(p => p.Pointer));
        Assert.Contains("a → b → a.", problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("d → e → d.", problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_cycle_is_shortened_in_the_message()
    {
        var nodes = string.Join(',', Enumerable.Range(0, 900).Select(i => Set($"n{i}")));
        var edges = string.Join(',', Enumerable.Range(0, 900).Select(i => Edge($"n{i}", $"n{(i + 1) % 900}")));

        var problem = Assert.Single(Problems(nodes, edges));

        Assert.Contains("n0 → n1 → n2 → n3 → n4 → n5 → … → n895 → n896 → n897 → n898 → n899 → n0.", problem.Message, StringComparison.Ordinal);
    }
}
