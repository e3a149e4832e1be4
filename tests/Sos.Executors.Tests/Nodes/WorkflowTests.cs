using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Workflow;

namespace Sos.Executors.Tests.Nodes;

public sealed class WorkflowTests
{
    private const string ChildId = "0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e78";

    private readonly NodeRun node = new(new WorkflowExecutor());

    [Theory]
    [InlineData("""{"workflow": " invoice ", "version": 3, "input": [1]}""", 3, "[1]")]
    [InlineData("""{"workflow": "invoice"}""", null, "{}")]
    [InlineData("""{"workflow": "invoice", "input": null}""", null, "null")]
    public async Task It_calls_the_workflow_it_names(string config, int? version, string input)
    {
        var call = Assert.Single(Assert.IsType<NodeOutcome.CallsWorkflows>(await node.StartAsync(config)).Calls);
        Assert.NotEqual(Guid.Empty, call.ExecutionId);
        Assert.Equal(("invoice", version), (call.Workflow, call.Version));
        NodeRun.AssertJson(input, call.Input);
    }

    [Theory]
    [InlineData("""{"workflow": " "}""")]
    [InlineData("""{"workflow": "invoice", "version": 0}""")]
    public async Task A_call_to_nowhere_is_refused(string config) => Assert.Equal("invalid_config", (await node.FailAsync(config)).Code);

    [Theory]
    [InlineData(""","output":{"total":5}""", """{"total":5}""")]
    [InlineData("", "null")]
    public async Task The_output_is_that_of_the_child(string output, string expected) =>
        NodeRun.AssertJson(expected, NodeRun.Completed(await EndAsync("completed", output)).Output);

    [Fact]
    public async Task A_failed_child_fails_the_node_with_its_error()
    {
        var error = NodeRun.Failed(await EndAsync("failed", ""","error":{"code":"http_500","message":"It broke.","nodeId":"x"}"""));
        Assert.Equal(("child_failed", true), (error.Code, error.Retryable));
        Assert.EndsWith("of workflow 'invoice' failed: It broke.", error.Message, StringComparison.Ordinal);
        NodeRun.AssertJson(
            $$"""{"executionId":"{{ChildId}}", "workflow":"invoice", "error": {"code":"http_500","message":"It broke.","nodeId":"x"} }""",
            error.Details!.Value);
    }

    [Fact]
    public async Task A_cancelled_child_fails_the_node()
    {
        var error = NodeRun.Failed(await EndAsync("cancelled", ""));
        Assert.Equal(("child_cancelled", false), (error.Code, error.Retryable));
        Assert.Contains(ChildId, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_that_has_not_ended_is_no_result() =>
        Assert.Equal("invalid_signal", NodeRun.Failed(await EndAsync("running", "")).Code);

    private Task<NodeOutcome> EndAsync(string status, string more) => node.StartAsync(
        """{"workflow": "invoice"}""",
        signal: new NodeSignal("child", JsonElement.Parse($$"""{"executionId":"{{ChildId}}","status":"{{status}}"{{more}}}""")));
}
