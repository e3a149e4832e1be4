using Sos.Executors.Nodes.Transform;

namespace Sos.Executors.Tests.Nodes;

public sealed class TransformTests
{
    [Theory]
    [InlineData("""{"a":[1,2.50,null,true,"x"]}""")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public async Task The_output_is_the_value(string value)
    {
        var outcome = await new NodeRun(new TransformExecutor()).CompleteAsync($$"""{"value": {{value}}}""");
        NodeRun.AssertJson(value, outcome.Output);
        Assert.Null(outcome.Branch);
    }
}
