using Sos.Executors.Nodes.Switch;

namespace Sos.Executors.Tests.Nodes;

public sealed class SwitchTests
{
    private readonly NodeRun node = new(new SwitchExecutor());

    [Theory]
    [InlineData("\"refund\"", "refund")]
    [InlineData("404", "404")]
    [InlineData("1.5", "1.5")]
    [InlineData("true", "true")]
    [InlineData("null", "null")]
    [InlineData("\"\"", "")]
    public async Task The_branch_is_the_value_as_text(string value, string branch)
    {
        var outcome = await node.CompleteAsync($$"""{"value": {{value}}}""");
        Assert.Equal(branch, outcome.Branch);
        NodeRun.AssertJson($$"""{"value": {{value}}, "branch": "{{branch}}"}""", outcome.Output);
    }

    [Theory]
    [InlineData("\"b\"", "b")]
    [InlineData("\"B\"", "default")]
    [InlineData("\"c\"", "default")]
    [InlineData("7", "7")]
    public async Task A_value_that_is_no_case_takes_the_default(string value, string branch) =>
        Assert.Equal(branch, (await node.CompleteAsync($$"""{"value": {{value}}, "cases": ["a", "b", "7"]}""")).Branch);

    [Theory]
    [InlineData("[1]", "a list")]
    [InlineData("{}", "an object")]
    public async Task A_list_or_object_is_no_label(string value, string kind)
    {
        var error = await node.FailAsync($$"""{"value": {{value}}}""");
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains($"is {kind}; a switch needs", error.Message, StringComparison.Ordinal);
    }
}
