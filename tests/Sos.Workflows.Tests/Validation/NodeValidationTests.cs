using System.Text.Json;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;
using static Sos.Workflows.Tests.Validation.TestNodes;

namespace Sos.Workflows.Tests.Validation;

public sealed class NodeValidationTests
{
    [Theory]
    [InlineData("""{"id":"a","type":"cal","config":{}}""", "/nodes/0/type", "unknown_node_type", "There is no node type 'cal'. Did you mean 'call'?")]
    [InlineData("""{"id":"a","type":"call"}""", "/nodes/0/config", "missing_property", "The property 'url' is missing.")]
    [InlineData("""{"id":"a","type":"call","config":{"url":"nowhere"}}""", "/nodes/0/config/url", "invalid_format", "Expected a URI such as \"https://example.com/path\", but found the string \"nowhere\".")]
    [InlineData("""{"id":"a","type":"call","config":{"url":"https://x.example","tries":"3"}}""", "/nodes/0/config/tries", "wrong_type", "Expected a whole number, but found the string \"3\".")]
    [InlineData("""{"id":"a","type":"call","config":{"url":"https://x.example","metod":"GET"}}""", "/nodes/0/config/metod", "unknown_property", "The property 'metod' is not known here. Did you mean 'method'?")]
    [InlineData("""{"id":"a","type":"call","config":{"url":"https://forbidden.example"}}""", "/nodes/0/config/url", "forbidden_host", "This host can't be called.")]
    [InlineData("""{"id":"a","type":"set","timeout":"0s"}""", "/nodes/0/timeout", "invalid_duration", "A timeout must be longer than 0. Leave it out for none.")]
    [InlineData("""{"id":"a","type":"set","retry":{"delay":"2m","maxDelay":"1m"}}""", "/nodes/0/retry/maxDelay", "invalid_retry", "'maxDelay' (1m) is shorter than 'delay' (2m).")]
    [InlineData("""{"id":"a","type":"set","retry":{"delay":"10m"}}""", "/nodes/0/retry/delay", "invalid_retry", "'delay' (10m) is longer than 'maxDelay', which is 5m unless it is set. Set it.")]
    public void A_mistake_in_a_node_is_reported_where_it_is(string node, string pointer, string code, string message) =>
        Assert.Equal(new DefinitionProblem(pointer, code, message), Assert.Single(Problems(node, "")));

    [Theory]
    [InlineData("""{"url":"{{ input.url }}","method":"{{ input.method }}","tries":"{{ input.tries }}","headers":"{{ input.headers }}"}""")]
    [InlineData("""{"url":"https://{{ input.host }}/x y","method":"{{ 'P' }}OST","headers":{"a":"{{ 1 }}"}}""")]
    public void An_expression_fits_wherever_its_value_could(string config) =>
        Assert.Empty(Problems($$"""{"id":"a","type":"call","config":{{config}}}""", ""));

    [Fact]
    public void Text_around_an_expression_is_still_text()
    {
        var problem = Assert.Single(Problems("""{"id":"a","type":"call","config":{"url":"https://x.example","tries":"{{ 1 }}0"}}""", ""));

        Assert.Equal(("/nodes/0/config/tries", "wrong_type"), (problem.Pointer, problem.Code));
    }

    [Fact]
    public void An_id_is_unique_in_the_whole_workflow()
    {
        var problems = Problems($"{Set("a")},{ForEach("b", $"{Set("a")},{Set("c")}")},{Set("a")}", "");

        Assert.Equal(["/nodes/1/config/body/nodes/0/id", "/nodes/2/id"], problems.Select(p => p.Pointer));
        Assert.All(problems, p => Assert.Equal("duplicate_node_id", p.Code));
        Assert.Equal("The id 'a' is taken by the node at /nodes/0. Ids are unique in the whole workflow, bodies included.", problems[0].Message);
    }

    [Fact]
    public void A_body_is_checked_like_a_workflow()
    {
        var problems = Problems(ForEach("each", """{"id":"x","type":"call"},{"id":"y","type":"nothing","timeout":"1"}""", Edge("x", "z")), "");

        Assert.Equal(
            [
                ("/nodes/0/config/body/nodes/0/config", "missing_property"),
                ("/nodes/0/config/body/nodes/1/type", "unknown_node_type"),
                ("/nodes/0/config/body/nodes/1/timeout", "invalid_duration"),
                ("/nodes/0/config/body/edges/0/to", "dangling_edge"),
            ],
            problems.Select(p => (p.Pointer, p.Code)));
    }

    [Theory]
    [InlineData("\"{{ input.body }}\"", "", "wrong_type")]
    [InlineData("{}", "", "missing_property")]
    [InlineData("""{"nodes":[]}""", "/nodes", "no_nodes")]
    [InlineData("""{"nodes":[{"id":"a","type":"set"}],"name":"x"}""", "/name", "unknown_property")]
    public void A_body_must_be_a_graph(string body, string pointer, string code)
    {
        var problem = Assert.Single(Problems($$$"""{"id":"each","type":"foreach","config":{"items":"{{ input }}","body":{{{body}}}}}""", ""));

        Assert.Equal(("/nodes/0/config/body" + pointer, code), (problem.Pointer, problem.Code));
    }

    [Fact]
    public void Bodies_may_be_five_deep()
    {
        string Nested(int depth) => Enumerable.Range(0, depth).Aggregate(Set("inner"), (node, i) => ForEach($"each{i}", node));

        Assert.Empty(Problems(Nested(5), ""));
        var problem = Assert.Single(Problems(Nested(6), ""));
        Assert.Equal("bodies_too_deep", problem.Code);
        Assert.Equal(string.Concat(Enumerable.Repeat("/nodes/0/config/body", 6)), problem.Pointer);
    }

    [Fact]
    public void Nodes_and_edges_in_bodies_count()
    {
        string Sets(string prefix, int count) => string.Join(',', Enumerable.Range(0, count).Select(i => Set($"{prefix}{i}")));

        Assert.Empty(Problems($"{Sets("a", 500)},{ForEach("each", Sets("b", 499))}", ""));
        var tooMany = Assert.Single(Problems($"{Sets("a", 500)},{ForEach("each", Sets("b", 500))}", ""));
        Assert.Equal(("/nodes/500/config/body/nodes", "too_many_nodes"), (tooMany.Pointer, tooMany.Code));
        var edges = Assert.Single(Problems(Set("a"), string.Join(',', Enumerable.Repeat(Edge("a", "a"), 5_001))));
        Assert.Equal(("/edges", "too_many_edges"), (edges.Pointer, edges.Code));
    }

    [Fact]
    public void Ten_thousand_nodes_are_counted_not_looked_at()
    {
        var looked = 0;
        var type = new NodeType
        {
            Name = "set", Title = "", Description = "", Category = "logic", ConfigSchema = JsonElement.Parse("true"),
            CheckConfig = _ => { looked++; return []; },
        };
        var nodes = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""{"id":"n{{i}}","type":"set"}"""));

        var problem = Assert.Single(new WorkflowValidator(new NodeCatalog([type])).Validate(JsonElement.Parse($$"""{"name":"n","nodes":[{{nodes}}]}""")).Problems);

        Assert.Equal(("/nodes", "too_many_nodes", 0), (problem.Pointer, problem.Code, looked));
    }

    [Fact]
    public void The_input_schema_is_compiled()
    {
        var problems = Problems(Set("a"), "", ""","inputSchema":{"properties":{"x":{"type":"strin"}},"required":"x"}""");

        Assert.Equal(["/inputSchema/properties/x/type", "/inputSchema/required"], problems.Select(p => p.Pointer));
        Assert.All(problems, p => Assert.Equal("invalid_schema", p.Code));
    }

    [Fact]
    public void A_node_type_with_a_broken_schema_is_refused_at_once()
    {
        var type = new NodeType { Name = "odd", Title = "", Description = "", Category = "logic", ConfigSchema = JsonElement.Parse("""{"type":"x"}""") };

        Assert.Contains("'odd'", Assert.Throws<InvalidOperationException>(() => new WorkflowValidator(new NodeCatalog([type]))).Message, StringComparison.Ordinal);
    }
}
