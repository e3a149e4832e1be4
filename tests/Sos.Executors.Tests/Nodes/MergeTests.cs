using Sos.Executors.Nodes.Merge;

namespace Sos.Executors.Tests.Nodes;

public sealed class MergeTests
{
    private readonly NodeRun node = new(new MergeExecutor());

    [Theory]
    [InlineData("""{"inputs": {"a": 1, "b": null, "c": {"x": null}}}""", """{"a": 1, "c": {"x": null}}""")]
    [InlineData("""{"inputs": {"a": 1, "b": null}, "dropNulls": false}""", """{"a": 1, "b": null}""")]
    [InlineData("""{"inputs": {}}""", "{}")]
    public async Task Named_inputs_become_an_object_of_their_names(string config, string output) =>
        NodeRun.AssertJson(output, (await node.CompleteAsync(config)).Output);

    [Theory]
    [InlineData("""{"inputs": [{"a": 1, "b": 1}, null, {"b": 2, "c": 3}]}""", """{"a": 1, "b": 2, "c": 3}""")]
    [InlineData("""{"inputs": [{"a": 1}, {"a": null}]}""", """{"a": 1}""")]
    [InlineData("""{"inputs": [{"a": 1}, {"a": null}], "dropNulls": false}""", """{"a": null}""")]
    [InlineData("""{"inputs": []}""", "{}")]
    public async Task Listed_objects_are_put_together_and_the_last_one_wins(string config, string output) =>
        NodeRun.AssertJson(output, (await node.CompleteAsync(config)).Output);

    [Theory]
    [InlineData("""{"mode": "array", "inputs": [1, null, [2]]}""", "[1, [2]]")]
    [InlineData("""{"mode": "array", "inputs": [1, null], "dropNulls": false}""", "[1, null]")]
    [InlineData("""{"mode": "array", "inputs": {"b": 2, "a": 1}}""", "[2, 1]")]
    public async Task Mode_array_keeps_the_order_written(string config, string output) =>
        NodeRun.AssertJson(output, (await node.CompleteAsync(config)).Output);

    [Theory]
    [InlineData("""{"mode": "first", "inputs": [null, 0, 1]}""", "0")]
    [InlineData("""{"mode": "first", "inputs": {"cached": null, "fetched": {"x": 1}}}""", """{"x": 1}""")]
    [InlineData("""{"mode": "first", "inputs": [null]}""", "null")]
    public async Task Mode_first_takes_the_first_that_is_not_null(string config, string output) =>
        NodeRun.AssertJson(output, (await node.CompleteAsync(config)).Output);

    [Fact]
    public async Task Without_inputs_it_only_joins() => NodeRun.AssertJson("null", (await node.CompleteAsync("{}")).Output);

    [Theory]
    [InlineData("""{"inputs": [{"a": 1}, 5]}""", "Input 1 of node 'n' is a number")]
    [InlineData("""{"inputs": "x"}""", "are text; a merge needs")]
    [InlineData("""{"inputs": null}""", "are null; a merge needs")]
    public async Task Inputs_that_can_not_be_merged_fail_with_their_place(string config, string message)
    {
        var error = await node.FailAsync(config);
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
