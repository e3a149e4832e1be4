using Sos.Workflows.Validation;
using static Sos.Workflows.Tests.Validation.TestNodes;

namespace Sos.Workflows.Tests.Validation;

public sealed class ExpressionValidationTests
{
    [Fact]
    public void An_expression_that_can_not_be_parsed_is_shown_with_the_place_of_the_mistake()
    {
        var problem = Assert.Single(Problems("""{"id":"a","type":"set","config":{"deep":["some text {{ input.a + }} and more"]}}""", ""));

        Assert.Equal(("/nodes/0/config/deep/0", "invalid_expression"), (problem.Pointer, problem.Code));
        Assert.StartsWith("Column ", problem.Message, StringComparison.Ordinal);
        Assert.Contains("{{ input.a +▸ }}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_broken_expression_does_not_hide_the_others()
    {
        var problems = Problems(
            """{"id":"a","type":"set","config":{"one":"{{ ( }}","two":"{{ inptu }}","three":["{{ ) }}",{"four":"{{ steps.b }}"}]}}""", "");

        Assert.Equal(
            [
                ("/nodes/0/config/one", "invalid_expression"), ("/nodes/0/config/two", "unknown_variable"),
                ("/nodes/0/config/three/0", "invalid_expression"), ("/nodes/0/config/three/1/four", "unknown_step"),
            ],
            problems.Select(p => (p.Pointer, p.Code)));
    }

    [Theory]
    [InlineData("inptu.x", "unknown_variable", "There is no variable 'inptu'. Did you mean 'input'?")]
    [InlineData("whatever", "unknown_variable", "There is no variable 'whatever'. There are input, steps and execution.")]
    [InlineData("item", "unknown_variable", "'item' exists only inside the body of a foreach.")]
    [InlineData("index", "unknown_variable", "'index' exists only inside the body of a foreach.")]
    [InlineData("execution.workflowID", "unknown_variable", "'execution' has no 'workflowID', only id, workflowId, startedAt, attempt and trigger. Did you mean 'workflowId'?")]
    [InlineData("secrets.key", "secrets_not_available", "Expressions can't read secrets. Name a credential in the node's config instead, where its type takes one.")]
    [InlineData("env.HOME", "environment_not_available", "Expressions can't read the environment. Pass the value in the execution's input.")]
    [InlineData("steps.frist.x", "unknown_step", "There is no node 'frist'. Did you mean 'first'?")]
    [InlineData("steps['frist']", "unknown_step", "There is no node 'frist'. Did you mean 'first'?")]
    [InlineData("steps.first", "unreachable_reference", "The node 'first' can't read its own output: it has none before it has run.")]
    public void What_an_expression_reads_must_exist(string expression, string code, string message) =>
        Assert.Equal(new DefinitionProblem("/nodes/0/config/value", code, message), Assert.Single(Problems(Set("first", expression), "")));

    [Theory]
    [InlineData("input.anything[0]")]
    [InlineData("execution.id + string(execution.attempt)")]
    [InlineData("steps[input.name]")]
    [InlineData("[1, 2].map(x, x * 2)")]
    [InlineData("has(steps.a.body)")]
    [InlineData("steps.a.body.b.c")]
    [InlineData("steps['a']")]
    public void What_is_there_can_be_read(string expression) =>
        Assert.Empty(Problems($"{Set("a")},{Set("b", expression)}", Edge("a", "b")));

    [Fact]
    public void A_node_reads_all_its_ancestors() =>
        Assert.Empty(Problems(
            $"{Set("d", "steps.a.x + steps.b.x + steps.c.x")},{Set("c", "steps.a")},{Set("b", "steps.a")},{Set("a")}",
            $"{Edge("a", "b")},{Edge("a", "c")},{Edge("b", "d")},{Edge("c", "d")}"));

    [Fact]
    public void A_node_that_runs_later_can_not_be_read()
    {
        var problem = Assert.Single(Problems($"{Set("a", "steps.c.x")},{Set("b")},{Set("c")}", $"{Edge("a", "b")},{Edge("b", "c")}"));

        Assert.Equal(
            new("/nodes/0/config/value", "unreachable_reference", "'c' runs after 'a': a → b → c. A node can read only what has run before it."),
            problem);
    }

    [Fact]
    public void A_node_that_runs_in_parallel_can_not_be_read()
    {
        var problem = Assert.Single(Problems(
            $"{Set("start")},{Set("fork")},{Set("a")},{Set("b", "steps.a")}",
            $"{Edge("start", "fork")},{Edge("fork", "a")},{Edge("fork", "b")}"));

        Assert.Equal(
            new("/nodes/3/config/value", "unreachable_reference", "'a' runs in parallel with 'b': no edges lead from it to 'b' (fork → a beside fork → b). Add an edge between them."),
            problem);
    }

    [Fact]
    public void A_body_reads_its_items_its_own_nodes_and_what_ran_before_its_loop() =>
        Assert.Empty(Problems(
            $"{Set("before")},{ForEach("each", $"{Set("x", "[item, index, steps.before]")},{Set("y", "steps.x")}", Edge("x", "y"), ",\"output\":\"{{ [steps.x, steps.y, steps.before, item] }}\"")}",
            Edge("before", "each")));

    [Theory]
    [InlineData("steps.each.results", "unreachable_reference", "'each' runs this body and has no output before all its items are done. Inside the body use 'item' and 'index'.")]
    [InlineData("steps.after", "unreachable_reference", "'after' runs after 'each': each → after. A node can read only what has run before it.")]
    [InlineData("steps.beside", "unreachable_reference", "'beside' runs in parallel with 'each': no edges lead from it to 'each'. Add an edge between them.")]
    [InlineData("steps.z", "reference_into_body", "'z' runs in the body of 'other', once per item, so it has no single output here. Use 'steps.other.results', which has every item's.")]
    public void A_body_can_not_read_what_has_not_run_before_its_loop(string expression, string code, string message)
    {
        var problem = Assert.Single(Problems(
            $"{ForEach("other", Set("z"))},{ForEach("each", Set("x", expression))},{Set("after")},{Set("beside")}",
            $"{Edge("other", "each")},{Edge("each", "after")}"));

        Assert.Equal(new("/nodes/1/config/body/nodes/0/config/value", code, message), problem);
    }

    [Fact]
    public void A_body_is_read_through_its_loop()
    {
        var problems = Problems(
            $"{ForEach("outer", ForEach("inner", Set("x")))},{Set("after", "[steps.x, steps.outer.results]")}",
            Edge("outer", "after"),
            ",\"output\":\"{{ steps.inner }}\"");

        Assert.Equal(["/nodes/1/config/value", "/output"], problems.Select(p => p.Pointer));
        Assert.All(problems, p => Assert.Equal("reference_into_body", p.Code));
        Assert.Contains("'steps.outer.results'", problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("'steps.outer.results'", problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_loop_s_own_config_sees_no_item()
    {
        var node = ForEach("each", Set("x")).Replace("{{ input }}", "{{ item }}", StringComparison.Ordinal);

        Assert.Equal("/nodes/0/config/items", Assert.Single(Problems(node, "")).Pointer);
    }

    [Fact]
    public void The_output_may_read_every_node() =>
        Assert.Empty(Problems($"{Set("a")},{Set("b")}", "", ",\"output\":{\"x\":[\"{{ steps.a }}\",\"{{ steps.b }}\"]}"));

    [Fact]
    public void The_same_name_twice_in_a_field_is_one_problem_and_two_names_are_two()
    {
        var problems = Problems("""{"id":"a","type":"set","config":{"x":"{{ steps.n.a + steps.n.b }} {{ steps.m }}"}}""", "");

        Assert.Equal(["There is no node 'n'.", "There is no node 'm'."], problems.Select(p => p.Message));
    }

    [Fact]
    public void In_a_graph_with_a_cycle_nothing_is_said_about_what_runs_before_what()
    {
        var problems = Problems($"{Set("a", "steps.b")},{Set("b", "steps.nobody")}", $"{Edge("a", "b")},{Edge("b", "a")}");

        Assert.Equal(["unknown_step", "cycle"], problems.Select(p => p.Code));
    }

    [Fact]
    public void An_escaped_brace_is_no_expression() =>
        Assert.Empty(Problems("""{"id":"a","type":"set","config":{"x":"write \\{{ like this }}"}}""", ""));
}
