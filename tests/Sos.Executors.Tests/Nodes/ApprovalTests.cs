using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Approval;

namespace Sos.Executors.Tests.Nodes;

public sealed class ApprovalTests
{
    private const string Config = """{"message": "Refund 5 EUR?", "approvers": ["anna@example.com"], "expiresIn": "2d"}""";

    private readonly NodeRun node = new(new ApprovalExecutor());

    [Fact]
    public async Task While_it_waits_its_state_says_what_is_asked_of_whom_until_when()
    {
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync(Config));
        Assert.Equal(node.Time.GetUtcNow().AddDays(2), waiting.Until);
        NodeRun.AssertJson(
            """
            {"message": "Refund 5 EUR?", "approvers": ["anna@example.com"], "requestedAt": "2026-11-05T09:00:00+00:00",
             "expiresAt": "2026-11-07T09:00:00+00:00", "onExpiry": "reject"}
            """, waiting.State);

        var again = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync(Config, waiting.State));
        NodeRun.AssertJson(waiting.State.GetRawText(), again.State);
    }

    [Fact]
    public async Task Without_an_expiry_it_waits_for_a_signal_alone()
    {
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync("""{"message": "Go?"}"""));
        Assert.Null(waiting.Until);
        Assert.Equal(JsonValueKind.Null, waiting.State.GetProperty("expiresAt").ValueKind);
    }

    [Theory]
    [InlineData("approve", "approved", true)]
    [InlineData("reject", "rejected", false)]
    public async Task A_decision_takes_its_branch(string decision, string branch, bool approved)
    {
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync(Config));
        node.Time.Advance(TimeSpan.FromHours(1));
        var outcome = NodeRun.Completed(await node.StartAsync(Config, waiting.State, Signal(
            $$"""{"decision": "{{decision}}", "comment": "ok", "userId": "u-1", "decidedAt": "2026-11-05T09:59:00Z", "addedLater": 1}""")));
        Assert.Equal(branch, outcome.Branch);
        NodeRun.AssertJson(
            $$"""
            {"decision": "{{decision}}", "approved": {{(approved ? "true" : "false")}}, "comment": "ok", "userId": "u-1",
             "decidedAt": "2026-11-05T09:59:00+00:00", "expired": false}
            """, outcome.Output);
        Assert.Empty(node.LastContext!.Records.Take().Events);
    }

    [Fact]
    public async Task A_decision_without_comment_user_and_time_is_enough()
    {
        var outcome = NodeRun.Completed(await node.StartAsync(Config, signal: Signal("""{"decision": "approve"}""")));
        NodeRun.AssertJson(
            """{"decision": "approve", "approved": true, "comment": null, "userId": null, "decidedAt": "2026-11-05T09:00:00+00:00", "expired": false}""",
            outcome.Output);
    }

    [Theory]
    [InlineData("""{"decision": "maybe"}""")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task An_unknown_decision_fails(string payload)
    {
        var error = NodeRun.Failed(await node.StartAsync(Config, signal: Signal(payload)));
        Assert.Equal("invalid_signal", error.Code);
    }

    [Theory]
    [InlineData("reject", "rejected")]
    [InlineData("approve", "approved")]
    public async Task Expiry_counts_as_the_config_says(string onExpiry, string branch)
    {
        var config = $$"""{"message": "Go?", "expiresIn": "1h", "onExpiry": "{{onExpiry}}"}""";
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync(config));
        node.Time.Advance(TimeSpan.FromHours(1));
        var outcome = NodeRun.Completed(await node.StartAsync(config, waiting.State));
        Assert.Equal(branch, outcome.Branch);
        Assert.True(outcome.Output.GetProperty("expired").GetBoolean());
        Assert.Equal(onExpiry, outcome.Output.GetProperty("decision").GetString());
        var row = Assert.Single(node.LastContext!.Records.Take().Events);
        Assert.Equal(("approval_decided", onExpiry), (row.EventType, row.Status));
    }

    [Fact]
    public async Task Expiry_can_fail_the_node()
    {
        const string config = """{"message": "Go?", "expiresIn": "1h", "onExpiry": "fail"}""";
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync(config));
        node.Time.Advance(TimeSpan.FromHours(1));
        var error = NodeRun.Failed(await node.StartAsync(config, waiting.State));
        Assert.Equal(("approval_expired", false), (error.Code, error.Retryable));
    }

    [Fact]
    public async Task A_decision_that_was_accepted_counts_also_when_its_time_is_over()
    {
        var waiting = Assert.IsType<NodeOutcome.Waiting>(await node.StartAsync(Config));
        node.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal("approved", NodeRun.Completed(await node.StartAsync(Config, waiting.State, Signal("""{"decision": "approve"}"""))).Branch);
    }

    private static NodeSignal Signal(string payload) => new("approval", JsonElement.Parse(payload));
}
