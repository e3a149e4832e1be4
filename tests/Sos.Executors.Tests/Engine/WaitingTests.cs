using System.Text.Json;
using Sos.Executors.Nodes;

namespace Sos.Executors.Tests.Engine;

/// <summary>Waits, approvals, children, bodies, cancellation, and stepping through.</summary>
public sealed class WaitingTests
{
    [Fact]
    public async Task A_wait_holds_no_slot_and_ends_by_itself()
    {
        await using var engine = await EngineHost.CreateAsync();
        await engine.StartExecutorAsync(o => { o.Slots = 1; o.StayAwake = TimeSpan.Zero; });
        var waiting = await engine.StartAsync("""{ "name": "wait", "nodes": [ { "id": "a", "type": "wait", "config": { "duration": "800ms" } } ] }""");
        Assert.Null((await engine.WaitAsync(waiting, "waiting")).LeaseOwner);
        var other = await engine.StartAsync("""{ "name": "other", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ] }""");
        Assert.Equal("completed", (await engine.EndAsync(other)).Status);
        var row = await engine.EndAsync(waiting);
        Assert.Equal("completed", row.Status);
        Assert.Equal(2, row.Epoch);
    }

    [Fact]
    public async Task A_short_wait_keeps_its_slot_instead_of_going_to_sleep()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "short", "nodes": [ { "id": "a", "type": "wait", "config": { "duration": "30ms" } } ] }""");
        Assert.Equal(1, (await engine.EndAsync(id)).Epoch);
    }

    [Theory]
    [InlineData("approve", "approved")]
    [InlineData("reject", "rejected")]
    public async Task An_approval_waits_for_a_decision_and_takes_its_branch(string decision, string branch)
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""
            { "name": "ask",
              "nodes": [
                { "id": "ask", "type": "approval", "config": { "message": "Ship it?" } },
                { "id": "yes", "type": "transform", "config": { "value": "approved" } },
                { "id": "no", "type": "transform", "config": { "value": "rejected" } } ],
              "edges": [ { "from": "ask", "to": "yes", "when": "approved" }, { "from": "ask", "to": "no", "when": "rejected" } ] }
            """);
        await engine.WaitAsync(id, "waiting");
        await engine.SignalAsync(id, "approval", "ask", $$"""{ "decision": "{{decision}}", "comment": "because", "decidedAt": "2026-01-02T03:04:05Z" }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
        Assert.Equal(branch, row.Output!.Value.GetString());
        Assert.Equal("because", (await engine.StepsAsync(id)).Single(s => s.NodeId == "ask").Output!.Value.GetProperty("comment").GetString());
        Assert.Contains((await engine.EventsAsync(id)), e => e is { Type: "approval_decided", Node: "ask" });
    }

    [Fact]
    public async Task A_decision_that_comes_while_the_execution_runs_is_not_lost()
    {
        var (gated, gate) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(gated);
        var id = await engine.StartAsync("""
            { "name": "both", "nodes": [ { "id": "ask", "type": "approval", "config": { "message": "?" } }, { "id": "slow", "type": "gated" } ] }
            """);
        await EngineHost.UntilAsync(async () => (await engine.StepsAsync(id)).Any(s => s is { NodeId: "ask", Status: "waiting" }));
        await gate.ArrivedAsync("slow");
        await engine.SignalAsync(id, "approval", "ask", """{ "decision": "approve", "decidedAt": "2026-01-02T03:04:05Z" }""");
        await EngineHost.UntilAsync(async () => (await engine.StepsAsync(id)).Any(s => s is { NodeId: "ask", Status: "completed" }));
        gate.Open();
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
    }

    [Fact]
    public async Task A_child_workflow_gives_its_output_and_shares_the_trace()
    {
        await using var engine = await EngineHost.StartAsync();
        await engine.SaveAsync("""{ "name": "Double", "nodes": [ { "id": "x", "type": "transform", "config": { "value": "{{ input.n * 2 }}" } } ] }""");
        var id = await engine.StartAsync("""
            { "name": "parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "double", "input": { "n": "{{ input.n }}" } } } ],
              "output": "{{ steps.call }}" }
            """, """{ "n": 21 }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
        Assert.Equal(42, row.Output!.Value.GetInt32());
        Assert.Equal(row.TraceId, await engine.Database.QueryAsync<string>($"select trace_id from workflow_executions where parent_execution_id = '{id}'"));
    }

    [Fact]
    public async Task A_child_that_fails_fails_its_node()
    {
        await using var engine = await EngineHost.StartAsync();
        await engine.SaveAsync("""{ "name": "bad", "nodes": [ { "id": "x", "type": "fail", "config": { "message": "Broken." } } ] }""");
        var id = await engine.StartAsync("""{ "name": "parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "bad" } } ] }""");
        var row = await engine.EndAsync(id);
        Assert.Equal("child_failed", row.ErrorCode);
        Assert.Contains("Broken.", row.Error!.Value.GetRawText());
    }

    [Fact]
    public async Task A_workflow_that_calls_itself_without_an_end_is_stopped()
    {
        await using var engine = await EngineHost.CreateAsync();
        await engine.StartExecutorAsync(o => o.MaxDepth = 3);
        var id = await engine.StartAsync("""{ "name": "loop", "nodes": [ { "id": "again", "type": "workflow", "config": { "workflow": "loop" } } ] }""");
        Assert.Equal("failed", (await engine.EndAsync(id)).Status);
        Assert.Equal(4, await engine.Database.QueryAsync<long>("select count(*) from workflow_executions"));
    }

    [Fact]
    public async Task An_unknown_child_workflow_is_named_in_the_error()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""{ "name": "parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "nowhere" } } ] }""");
        Assert.Equal("workflow_not_found", (await engine.EndAsync(id)).ErrorCode);
    }

    [Fact]
    public async Task Cancelling_a_running_execution_stops_its_nodes()
    {
        var (gated, gate) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(gated);
        var id = await engine.StartAsync("""{ "name": "c", "nodes": [ { "id": "a", "type": "gated" } ] }""");
        await gate.ArrivedAsync("a");
        await engine.SignalAsync(id, "cancel");
        Assert.Equal("cancelled", (await engine.EndAsync(id)).Status);
        Assert.Equal("cancelled", Assert.Single(await engine.StepsAsync(id)).Status);
    }

    [Fact]
    public async Task Cancelling_spreads_to_children()
    {
        await using var engine = await EngineHost.StartAsync();
        await engine.SaveAsync("""{ "name": "child", "nodes": [ { "id": "a", "type": "wait", "config": { "duration": "1h" } } ] }""");
        var id = await engine.StartAsync("""{ "name": "parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "child" } } ] }""");
        await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status = 'waiting'") == 2);
        await engine.SignalAsync(id, "cancel");
        Assert.Equal("cancelled", (await engine.EndAsync(id)).Status);
        var child = await engine.Database.QueryAsync<Guid>($"select id from workflow_executions where parent_execution_id = '{id}'");
        Assert.Equal("cancelled", (await engine.EndAsync(child)).Status);
    }

    [Fact]
    public async Task A_foreach_keeps_the_order_of_items_whatever_the_order_of_their_ends()
    {
        var (gated, gate) = TestNode.Gated();
        var ordered = new TestNode("ordered", async (context, cancellationToken) =>
        {
            await gate.PassAsync(context.Iteration, cancellationToken);
            return new NodeOutcome.Completed(context.Config);
        });
        await using var engine = await EngineHost.StartAsync(gated, ordered);
        var id = await engine.StartAsync("""
            { "name": "each", "nodes": [ { "id": "each", "type": "foreach", "config": { "items": "{{ input.list }}", "maxConcurrency": 3,
                "body": { "nodes": [ { "id": "work", "type": "ordered", "config": { "value": "{{ item * 10 + index }}" } } ], "output": "{{ steps.work.value }}" } } } ],
              "output": "{{ steps.each.results }}" }
            """, """{ "list": [1, 2, 3] }""");
        foreach (var item in new[] { "2", "1", "0" })
        {
            await gate.ArrivedAsync(item);
            gate.Open(item);
        }
        var row = await engine.EndAsync(id);
        Assert.Equal("[10, 21, 32]", row.Output!.Value.GetRawText());
        Assert.Equal(["0", "1", "2"], (await engine.StepsAsync(id)).Where(s => s.NodeId == "work").Select(s => s.Iteration).Order());
    }

    [Fact]
    public async Task A_foreach_runs_no_more_items_at_once_than_allowed()
    {
        var (now, most) = (0, 0);
        var counting = new TestNode("counting", async (context, _) =>
        {
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return new NodeOutcome.Completed(context.Config);
        });
        await using var engine = await EngineHost.StartAsync(counting);
        var id = await engine.StartAsync("""
            { "name": "each", "nodes": [ { "id": "each", "type": "foreach", "config": { "items": "{{ input }}", "maxConcurrency": 4,
                "body": { "nodes": [ { "id": "work", "type": "counting" } ] } } } ] }
            """, JsonSerializer.Serialize(Enumerable.Range(0, 100)));
        var row = await engine.EndAsync(id);
        Assert.Equal(100, row.Output!.Value.GetProperty("succeeded").GetInt32());
        Assert.InRange(most, 1, 4);

        static void InterlockedMax(ref int target, int value)
        {
            int seen;
            while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen) { }
        }
    }

    [Theory]
    [InlineData("continue", "completed")]
    [InlineData("stop", "failed")]
    public async Task A_failed_item_leaves_a_gap_or_fails_the_foreach(string onItemError, string status)
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync($$$$"""
            { "name": "each", "nodes": [ { "id": "each", "type": "foreach", "config": { "items": [1, 2, 3], "onItemError": "{{{{onItemError}}}}", "maxConcurrency": 1,
                "body": { "nodes": [
                    { "id": "check", "type": "if", "config": { "condition": "{{ item == 2 }}" } },
                    { "id": "bad", "type": "fail", "config": { "code": "two", "message": "Not two." } },
                    { "id": "ok", "type": "transform", "config": { "value": "{{ item }}" } } ],
                  "edges": [ { "from": "check", "to": "bad", "when": "true" }, { "from": "check", "to": "ok", "when": "false" } ],
                  "output": "{{ steps.ok }}" } } } ] }
            """);
        var row = await engine.EndAsync(id);
        Assert.Equal(status, row.Status);
        if (status == "completed")
        {
            Assert.Equal("[1, null, 3]", row.Output!.Value.GetProperty("results").GetRawText());
            var error = Assert.Single(row.Output!.Value.GetProperty("errors").EnumerateArray());
            Assert.Equal((1, "two"), (error.GetProperty("index").GetInt32(), error.GetProperty("code").GetString()));
        }
        else
        {
            Assert.Equal("item_failed", row.ErrorCode);
        }
    }

    [Fact]
    public async Task A_foreach_in_a_foreach_sees_its_own_item_and_both_graphs_around_it()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync("""
            { "name": "nested", "nodes": [
                { "id": "base", "type": "transform", "config": { "value": 100 } },
                { "id": "rows", "type": "foreach", "config": { "items": [[1, 2], [3]], "body": {
                    "nodes": [
                      { "id": "first", "type": "transform", "config": { "value": "{{ item[0] }}" } },
                      { "id": "cells", "type": "foreach", "config": { "items": "{{ item }}", "body": {
                          "nodes": [ { "id": "cell", "type": "transform", "config": { "value": "{{ steps.base + steps.first * 10 + item }}" } } ] } } } ],
                    "edges": [ { "from": "first", "to": "cells" } ],
                    "output": "{{ steps.cells.results }}" } } } ],
              "edges": [ { "from": "base", "to": "rows" } ], "output": "{{ steps.rows.results }}" }
            """);
        var row = await engine.EndAsync(id);
        Assert.True(row.Output is not null, row.Error?.GetRawText());
        Assert.Equal("[[111, 112], [133]]", row.Output!.Value.GetRawText());
        Assert.Contains((await engine.StepsAsync(id)), s => s is { NodeId: "cell", Iteration: "0.1" });
    }

    [Fact]
    public async Task Step_mode_stops_before_every_node()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync(Chain, stepMode: "yes");
        foreach (var node in new[] { "a", "b", "c" })
        {
            Assert.Equal([node], (await engine.WaitAsync(id, "paused")).PausedBefore);
            var before = (await engine.ReadAsync(id)).Epoch;
            await engine.SignalAsync(id, "step");
            await EngineHost.UntilAsync(async () => (await engine.ReadAsync(id)) is { Status: "paused" or "completed" } row && row.Epoch > before);
        }
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
    }

    [Fact]
    public async Task A_breakpoint_stops_once_and_resuming_goes_on_to_the_end()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync(Chain, breakpoints: ["b"]);
        var row = await engine.WaitAsync(id, "paused");
        Assert.Equal(["b"], row.PausedBefore);
        Assert.Equal("a:completed", Assert.Single(await engine.StepsAsync(id)).ToString());
        await engine.SignalAsync(id, "resume");
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
    }

    [Fact]
    public async Task A_running_execution_can_be_paused_and_resumed()
    {
        var (gated, gate) = TestNode.Gated();
        await using var engine = await EngineHost.StartAsync(gated);
        var id = await engine.StartAsync("""{ "name": "p", "nodes": [ { "id": "a", "type": "gated" }, { "id": "b", "type": "gated" } ], "edges": [ { "from": "a", "to": "b" } ] }""");
        await gate.ArrivedAsync("a");
        await engine.SignalAsync(id, "pause");
        await EngineHost.UntilAsync(async () => (await engine.EventsAsync(id)).Any(e => e.Type == "workflow_pausing"));
        gate.Open();
        Assert.Equal(["b"], (await engine.WaitAsync(id, "paused")).PausedBefore);
        await engine.SignalAsync(id, "resume");
        Assert.Equal("completed", (await engine.EndAsync(id)).Status);
    }

    [Fact]
    public async Task A_paused_execution_can_be_cancelled()
    {
        await using var engine = await EngineHost.StartAsync();
        var id = await engine.StartAsync(Chain, breakpoints: ["c"]);
        await engine.WaitAsync(id, "paused");
        await engine.SignalAsync(id, "cancel");
        Assert.Equal("cancelled", (await engine.EndAsync(id)).Status);
    }

    private const string Chain = """
        { "name": "chain",
          "nodes": [
            { "id": "a", "type": "transform", "config": { "value": 1 } },
            { "id": "b", "type": "transform", "config": { "value": 2 } },
            { "id": "c", "type": "transform", "config": { "value": 3 } } ],
          "edges": [ { "from": "a", "to": "b" }, { "from": "b", "to": "c" } ] }
        """;
}
