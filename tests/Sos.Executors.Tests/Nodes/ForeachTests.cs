using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Foreach;

namespace Sos.Executors.Tests.Nodes;

public sealed class ForeachTests
{
    private readonly NodeRun node = new(new ForeachExecutor());

    [Fact]
    public async Task A_list_is_iterated_in_its_order()
    {
        var iterates = Assert.IsType<NodeOutcome.Iterates>(await node.StartAsync("""{"items": [3, null, "x"]}"""));
        Assert.Equal(["3", "null", "\"x\""], iterates.Items.Select(i => i.GetRawText()));
        Assert.Equal((10, false), (iterates.MaxConcurrency, iterates.ContinueOnError));
    }

    [Fact]
    public async Task An_object_is_iterated_by_its_entries()
    {
        var iterates = Assert.IsType<NodeOutcome.Iterates>(
            await node.StartAsync("""{"items": {"b": 1, "a": {"x": 2}}, "maxConcurrency": 3, "onItemError": "continue"}"""));
        Assert.Equal(["""{"key":"b","value":1}""", """{"key":"a","value":{"x":2}}"""], iterates.Items.Select(i => i.GetRawText().Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal((3, true), (iterates.MaxConcurrency, iterates.ContinueOnError));
    }

    [Fact]
    public async Task No_items_are_fine() =>
        Assert.Empty(Assert.IsType<NodeOutcome.Iterates>(await node.StartAsync("""{"items": []}""")).Items);

    [Theory]
    [InlineData("null", "null")]
    [InlineData("5", "a number")]
    [InlineData("\"abc\"", "text")]
    public async Task What_is_no_list_is_refused(string items, string kind)
    {
        var error = await node.FailAsync($$"""{"items": {{items}}}""");
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains($"are {kind}; foreach needs a list", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public async Task The_concurrency_is_bounded(int concurrency) =>
        Assert.Contains("from 1 to 100", (await node.FailAsync($$"""{"items": [], "maxConcurrency": {{concurrency}}}""")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(10_000, false)]
    [InlineData(10_001, true)]
    public async Task The_number_of_items_is_bounded(int count, bool tooMany)
    {
        var outcome = await node.StartAsync($$"""{"items": [{{string.Join(',', Enumerable.Repeat("1", count))}}]}""");
        if (tooMany)
            Assert.Equal("too_many_items", NodeRun.Failed(outcome).Code);
        else
            Assert.Equal(count, Assert.IsType<NodeOutcome.Iterates>(outcome).Items.Count);
    }

    [Fact]
    public async Task An_expression_of_the_wrong_type_names_its_place()
    {
        var error = await node.FailAsync("""{"items": [], "maxConcurrency": "many"}""");
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains("$.maxConcurrency", error.Message, StringComparison.Ordinal);
    }
}
