using Sos.Executors.Nodes.Fail;

namespace Sos.Executors.Tests.Nodes;

public sealed class FailTests
{
    private readonly NodeRun node = new(new FailExecutor());

    [Fact]
    public async Task It_fails_with_its_own_code_message_and_details()
    {
        var error = await node.FailAsync("""{"message": "Too much", "code": "amount_too_high", "details": {"amount": 5}}""");
        Assert.Equal(("amount_too_high", "Too much", false), (error.Code, error.Message, error.Retryable));
        NodeRun.AssertJson("""{"amount": 5}""", error.Details!.Value);
    }

    [Theory]
    [InlineData("\"Stop\"", "Stop")]
    [InlineData("42", "42")]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    public async Task Without_a_code_it_is_failed_by_workflow(string message, string text)
    {
        var error = await node.FailAsync($$"""{"message": {{message}}}""");
        Assert.Equal(("failed_by_workflow", text), (error.Code, error.Message));
        Assert.Null(error.Details);
    }

    [Theory]
    [InlineData("Not_Snake")]
    [InlineData("1st")]
    [InlineData("a\\n")]
    [InlineData("")]
    public async Task A_code_that_is_not_snake_case_is_refused(string code) =>
        Assert.Equal("invalid_config", (await node.FailAsync($$"""{"message": "m", "code": "{{code}}"}""")).Code);

    [Fact]
    public async Task A_long_message_is_cut() =>
        Assert.Equal(2000, (await node.FailAsync($$"""{"message": "{{new string('x', 5000)}}"}""")).Message.Length);
}
