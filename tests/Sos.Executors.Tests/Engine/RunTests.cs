using Sos.Executors.Nodes;

namespace Sos.Executors.Tests.Engine;

/// <summary>What an execution does from start to end.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task A_graph_that_only_computes_completes_in_one_checkpoint()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""
            { "name": "sum",
              "nodes": [
                { "id": "a", "type": "transform", "config": { "value": { "n": "{{ input.n + 1 }}" } } },
                { "id": "b", "type": "transform", "config": { "value": { "n": "{{ steps.a.n * 2 }}" } } },
                { "id": "c", "type": "transform", "config": { "value": "{{ steps.b.n }}" } } ],
              "edges": [ { "from": "a", "to": "b" }, { "from": "b", "to": "c" } ] }
            """, """{ "n": 20 }""");

        var row = await engine.EndAsync(id);

        Assert.Equal("completed", row.Status);
        Assert.Equal(42, row.Output!.Value.GetInt32());
        Assert.Equal(1, row.Checkpoints);
        Assert.Null(row.LeaseOwner);
        var steps = await engine.StepsAsync(id);
        Assert.Equal(["a:completed", "b:completed", "c:completed"], steps.Select(s => s.ToString()));
        Assert.All(steps, s => Assert.Equal(row.TraceId, s.TraceId));
        var events = await engine.EventsAsync(id);
        Assert.Equal(["workflow_started", "node_completed", "node_completed", "node_completed", "workflow_completed"], events.Select(e => e.Type));
        Assert.All(events, e => Assert.Equal(row.TraceId, e.TraceId));
    }

    [Fact]
    public async Task Ready_nodes_run_at_the_same_time()
    {
        var (node, gate) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(node);
        var id = await engine.StartAsync("""
            { "name": "parallel",
              "nodes": [ { "id": "a", "type": "gated" }, { "id": "b", "type": "gated" }, { "id": "c", "type": "gated" } ],
              "edges": [ { "from": "a", "to": "c" }, { "from": "b", "to": "c" } ] }
            """);
        await gate.ArrivedAsync("a");
        await gate.ArrivedAsync("b");
        gate.Open();
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
        Assert.Equal(3, node.Calls.Count);
    }

    [Fact]
    public async Task A_finished_node_is_in_the_database_before_the_next_one_starts()
    {
        EngineHost? engine = null;
        IReadOnlyList<StepView>? seen = null;
        var looks = new TestNode("looks", async (context, _) =>
        {
            seen = await engine!.StepsAsync(context.Execution.Id);
            return new NodeOutcome.Completed(context.Config);
        });
        await using (engine = await EngineHost.StartAsync(TestNode.Echo(), looks))
        {
            var id = await engine.StartAsync("""
                { "name": "order",
                  "nodes": [ { "id": "a", "type": "echo" }, { "id": "t", "type": "transform", "config": { "value": 1 } }, { "id": "b", "type": "looks" } ],
                  "edges": [ { "from": "a", "to": "t" }, { "from": "t", "to": "b" } ] }
                """);
            await engine.EndAsync(id);
            Assert.Contains(seen!, s => s is { NodeId: "a", Status: "completed" });
            Assert.Contains(seen!, s => s is { NodeId: "t", Status: "completed" });
        }
    }

    [Fact]
    public async Task A_running_node_can_be_seen_while_it_runs()
    {
        var (node, gate) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(node);
        var id = await engine.StartAsync("""{ "name": "seen", "nodes": [ { "id": "a", "type": "gated" } ] }""");
        await EngineHost.UntilAsync(async () => (await engine.StepsAsync(id)).Any(s => s is { NodeId: "a", Status: "running" }));
        gate.Open();
        await engine.EndAsync(id);
        Assert.Equal(["workflow_started", "node_started", "node_completed", "workflow_completed"], (await engine.EventsAsync(id)).Select(e => e.Type));
    }

    [Fact]
    public async Task A_failure_without_an_error_edge_fails_the_execution_and_cancels_its_running_siblings()
    {
        var (gated, gate) = TestNode.Gated();
        var failing = new TestNode("failing", async (_, cancellationToken) =>
        {
            await gate.ArrivedAsync("slow").WaitAsync(cancellationToken);
            return NodeOutcome.Fail("out_of_luck", "No luck today.");
        });
        await using var engine = await EngineHost.StartAsync(gated, failing);
        var id = await engine.StartAsync("""
            { "name": "fails", "nodes": [ { "id": "slow", "type": "gated" }, { "id": "bad", "type": "failing" }, { "id": "after", "type": "gated" } ],
              "edges": [ { "from": "bad", "to": "after" } ] }
            """);
        var row = await engine.EndAsync(id);
        Assert.Equal("failed", row.Status);
        Assert.Equal("out_of_luck", row.ErrorCode);
        Assert.Equal("bad", row.Error!.Value.GetProperty("nodeId").GetString());
        var steps = await engine.StepsAsync(id);
        Assert.Equal("cancelled", steps.Single(s => s.NodeId == "slow").Status);
        Assert.DoesNotContain("after", gated.Calls);
    }

    [Fact]
    public async Task An_error_edge_takes_over_and_sees_the_error()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""
            { "name": "handled",
              "nodes": [
                { "id": "bad", "type": "fail", "config": { "code": "no_stock", "message": "Sold out." } },
                { "id": "good", "type": "transform", "config": { "value": "fine" } },
                { "id": "sorry", "type": "transform", "config": { "value": "{{ steps.bad.error.code }}" } } ],
              "edges": [ { "from": "bad", "to": "good" }, { "from": "bad", "to": "sorry", "on": "error" } ] }
            """);
        var row = await engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
        Assert.Equal("no_stock", row.Output!.Value.GetString());
        Assert.Equal("skipped", (await engine.StepsAsync(id)).Single(s => s.NodeId == "good").Status);
    }

    [Fact]
    public async Task A_retryable_failure_is_tried_again_as_the_policy_says()
    {
        var attempts = 0;
        var flaky = new TestNode("flaky", (context, _) => new(++attempts < 3
            ? NodeOutcome.Fail("try_again", $"Attempt {context.Attempt} failed.", retryable: true)
            : new NodeOutcome.Completed(context.Config)));
        await using var engine = await EngineHost.StartAsync(flaky);
        var id = await engine.StartAsync("""
            { "name": "flaky", "nodes": [ { "id": "a", "type": "flaky", "retry": { "maxAttempts": 3, "delay": "10ms" } } ] }
            """);
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
        var step = Assert.Single(await engine.StepsAsync(id));
        Assert.Equal(3, step.Attempt);
        Assert.Equal(["Attempt 1 failed.", "Attempt 2 failed."], step.Attempts!.Value.EnumerateArray().Select(a => a.GetProperty("error").GetProperty("message").GetString()));
        Assert.Equal(2, (await engine.EventsAsync(id)).Count(e => e.Type == "node_retrying"));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task Retries_end_with_the_policy_and_are_only_for_retryable_errors(bool retryable, int expectedAttempts)
    {
        var bad = new TestNode("bad", (_, _) => new(NodeOutcome.Fail("no", "No.", retryable)));
        await using var engine = await EngineHost.StartAsync(bad);
        var id = await engine.StartAsync("""{ "name": "bad", "nodes": [ { "id": "a", "type": "bad", "retry": { "maxAttempts": 2, "delay": "1ms" } } ] }""");
        Assert.Equal("failed", (await engine.EndAsync(id)).Status);
        Assert.Equal(expectedAttempts, bad.Calls.Count);
    }

    [Fact]
    public async Task A_long_retry_delay_gives_up_the_slot()
    {
        var bad = new TestNode("bad", (_, _) => new(NodeOutcome.Fail("later", "Later.", retryable: true)));
        await using var engine = await EngineHost.StartAsync(bad);
        var id = await engine.StartAsync("""{ "name": "later", "nodes": [ { "id": "a", "type": "bad", "retry": { "maxAttempts": 2, "delay": "1h", "maxDelay": "1h" } } ] }""");
        var row = await engine.WaitAsync(id, "waiting");
        Assert.Null(row.LeaseOwner);
        Assert.NotNull(row.WakeAt);
        Assert.Equal("waiting", Assert.Single(await engine.StepsAsync(id)).Status);
    }

    [Fact]
    public async Task An_attempt_ends_with_the_nodes_timeout()
    {
        var (node, _) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(node);
        var id = await engine.StartAsync("""{ "name": "slow", "nodes": [ { "id": "a", "type": "gated", "timeout": "50ms" } ] }""");
        Assert.Equal("node_timeout", (await engine.EndAsync(id)).ErrorCode);
    }

    [Fact]
    public async Task A_node_that_ignores_its_timeout_is_left_behind()
    {
        var never = new TaskCompletionSource<NodeOutcome>();
        var stubborn = new TestNode("stubborn", (_, _) => new(never.Task));
        await using var engine = await EngineHost.CreateAsync(stubborn);
        await engine.StartExecutorAsync(o => o.CancelGrace = TimeSpan.FromMilliseconds(50));
        var id = await engine.StartAsync("""{ "name": "stubborn", "nodes": [ { "id": "a", "type": "stubborn", "timeout": "50ms" } ] }""");
        Assert.Equal("node_timeout", (await engine.EndAsync(id)).ErrorCode);
    }

    [Fact]
    public async Task An_execution_ends_with_its_own_timeout()
    {
        var (node, _) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(node);
        var id = await engine.StartAsync("""{ "name": "slow", "timeout": "100ms", "nodes": [ { "id": "a", "type": "gated" } ] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("execution_timeout", row.ErrorCode);
        Assert.Equal("cancelled", Assert.Single(await engine.StepsAsync(id)).Status);
    }

    [Fact]
    public async Task A_sleeping_execution_ends_with_its_timeout_too()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "sleeper", "timeout": "1200ms", "nodes": [ { "id": "a", "type": "wait", "config": { "duration": "1h" } } ] }""");
        Assert.Equal("execution_timeout", (await engine.EndAsync(id)).ErrorCode);
    }

    [Fact]
    public async Task An_exception_in_a_node_fails_its_step_and_tells_no_secrets()
    {
        var broken = new TestNode("broken", (_, _) => throw new InvalidOperationException("password=hunter2"));
        await using var engine = await EngineHost.StartAsync(broken);
        var id = await engine.StartAsync("""{ "name": "broken", "nodes": [ { "id": "a", "type": "broken" } ] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("node_error", row.ErrorCode);
        Assert.DoesNotContain("hunter2", row.Error!.Value.GetRawText());
    }

    [Fact]
    public async Task An_expression_that_fails_fails_its_node()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "wrong", "nodes": [ { "id": "a", "type": "transform", "config": { "value": "{{ input.missing.deeper }}" } } ] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("expression_failed", row.ErrorCode);
        Assert.Contains("missing", row.Error!.Value.GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_output_that_is_too_large_fails_its_node()
    {
        var large = new TestNode("large", (_, _) => new(new NodeOutcome.Completed(System.Text.Json.JsonSerializer.SerializeToElement(new string('x', 5_000)))));
        await using var engine = await EngineHost.CreateAsync(large);
        await engine.StartExecutorAsync(o => o.MaxOutputBytes = 4_096);
        var id = await engine.StartAsync("""{ "name": "large", "nodes": [ { "id": "a", "type": "large" } ] }""");
        Assert.Equal("output_too_large", (await engine.EndAsync(id)).ErrorCode);
    }

    [Fact]
    public async Task A_node_type_that_the_executor_does_not_know_fails_the_execution_with_a_reason()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "new", "nodes": [ { "id": "a", "type": "from_the_future" } ] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("invalid_definition", row.ErrorCode);
        Assert.Contains("from_the_future", row.Error!.Value.GetRawText());
    }

    [Fact]
    public async Task Several_last_nodes_make_an_object_of_outputs()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""
            { "name": "two", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } }, { "id": "b", "type": "transform", "config": { "value": 2 } } ] }
            """);
        Assert.Equal("""{"a": 1, "b": 2}""", (await engine.EndAsync(id)).Output!.Value.GetRawText());
    }
}
