using Sos.Executors.Nodes.If;

namespace Sos.Executors.Tests.Nodes;

public sealed class IfTests
{
    private readonly NodeRun node = new(new IfExecutor());

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task The_condition_is_the_branch(string condition)
    {
        var outcome = await node.CompleteAsync($$"""{"condition": {{condition}}}""");
        Assert.Equal(condition, outcome.Branch);
        NodeRun.AssertJson($$"""{"result": {{condition}}}""", outcome.Output);
    }

    [Theory]
    [InlineData("\"true\"", "text")]
    [InlineData("0", "a number")]
    [InlineData("null", "null")]
    [InlineData("[]", "a list")]
    [InlineData("{}", "an object")]
    public async Task Nothing_but_a_boolean_counts_as_true_or_false(string condition, string kind)
    {
        var error = await node.FailAsync($$"""{"condition": {{condition}}}""");
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains($"gave {kind} instead of true or false", error.Message, StringComparison.Ordinal);
        Assert.False(error.Retryable);
    }
}
