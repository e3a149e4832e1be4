using System.Text.Json;
using Sos.Workflows.Validation;
using static Sos.Workflows.Tests.Validation.TestNodes;

namespace Sos.Workflows.Tests.Validation;

public sealed class ProblemListTests
{
    [Fact]
    public void Problems_of_all_checks_come_in_the_order_of_the_document()
    {
        var problems = Problems("""
            {"output":"{{ steps.x }}","edges":[{"from":"a","to":"q"},{"from":"a"}],
             "nodes":[{"id":"b","type":"nope","timeout":"x"},{"type":"call","id":"a","config":{"url":"{{ ( }}","tries":0}}],"name":"n","inputSchema":{"type":1}}
            """);

        Assert.Equal(
            [
                "/output", "/edges/0/to", "/edges/1", "/nodes/0/type", "/nodes/0/timeout",
                "/nodes/1/config/url", "/nodes/1/config/tries", "/inputSchema/type",
            ],
            problems.Select(p => p.Pointer));
    }

    [Fact]
    public void Items_are_ordered_by_number()
    {
        var nodes = string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""{"id":"n{{i}}","type":"nope"}"""));

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"/nodes/{i}/type"), Problems(nodes, "").Select(p => p.Pointer));
    }

    [Fact]
    public void The_hundredth_problem_says_how_many_more_there_are()
    {
        var nodes = string.Join(',', Enumerable.Range(0, 250).Select(i => $$"""{"id":"n{{i}}","type":"nope"}"""));

        var problems = Problems(nodes, "");

        Assert.Equal(DefinitionLimits.Problems, problems.Count);
        Assert.Equal(("/nodes/98/type", "unknown_node_type"), (problems[98].Pointer, problems[98].Code));
        Assert.Equal(("", "more_problems", "There are 151 more problems. Mend these first."), (problems[99].Pointer, problems[99].Code, problems[99].Message));
    }

    [Fact]
    public void What_can_be_read_is_given_back_beside_its_problems()
    {
        var sound = Validator.Validate(JsonElement.Parse("""{"name":"n","nodes":[{"id":"a","type":"nope"}]}"""));
        var broken = Validator.Validate(JsonElement.Parse("""{"name":"n","nodes":[{"id":"a","type":"nope"}],"timeout":3}"""));

        Assert.Equal("a", sound.Definition?.Nodes[0].Id);
        Assert.False(sound.IsValid);
        Assert.Null(broken.Definition);
        Assert.Equal(["/nodes/0/type", "/timeout"], broken.Problems.Select(p => p.Pointer));
    }
}
