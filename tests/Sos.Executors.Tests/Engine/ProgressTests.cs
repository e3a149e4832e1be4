using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Models;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Tests.Engine;

/// <summary>Long nodes that save how far they have come, and what commits with that.</summary>
public sealed class ProgressTests
{
    private const string Definition = """{ "name": "long", "nodes": [ { "id": "a", "type": "long" } ] }""";

    [Fact]
    public async Task What_a_node_saved_is_committed_when_saving_returns_and_found_again_by_the_next_executor()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = new TestNode("long", async (context, token) =>
        {
            if (context.State is { } state)
                return new NodeOutcome.Completed(state);
            context.AddModelCall(Call(context, 0.25m), null);
            await context.SaveProgressAsync(JsonElement.Parse("""{ "round": 1 }"""), token);
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, token);
            throw new UnreachableException();
        });
        await using var engine = await EngineHost.CreateAsync(node);
        var first = await engine.StartExecutorAsync(o => o.StopGrace = TimeSpan.Zero);
        var id = await engine.StartAsync(Definition);
        await arrived.Task.WaitAsync(EngineHost.Patience);
        Assert.Equal("""{"round": 1}""", await engine.Database.QueryAsync<string>("select state::text from execution_steps"));
        Assert.Equal(0.25m, await engine.Database.QueryAsync<decimal>("select sum(cost_usd) from model_cost_logs"));

        await first.StopAsync();
        await engine.StartExecutorAsync();
        var row = await engine.EndAsync(id);
        Assert.Equal(1, row.Output!.Value.GetProperty("round").GetInt32());
        Assert.Equal(0.25m, await engine.Database.QueryAsync<decimal>("select cost_usd from workflow_executions"));
    }

    [Fact]
    public async Task Model_calls_are_logged_with_the_trace_counted_by_day_and_their_spans_end_with_the_commit()
    {
        var stopped = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == SosTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = a =>
            {
                if (a.OperationName == "chat test-progress")
                    lock (stopped)
                        stopped.Add(a);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var stoppedBeforeSaving = -1;
        var node = new TestNode("long", async (context, token) =>
        {
            var span = context.StartSpan("chat test-progress", ActivityKind.Client);
            span!.SetEndTime(DateTime.UtcNow);
            context.AddModelCall(Call(context, 0.1234567891m) with { SpanId = span.SpanId.ToHexString() }, span);
            context.AddModelCall(Call(context, null), null);
            lock (stopped)
                stoppedBeforeSaving = stopped.Count(s => s.TraceId == span.TraceId);
            await Task.Yield();
            return new NodeOutcome.Completed(context.Config);
        });
        await using var engine = await EngineHost.StartAsync(node);
        var id = await engine.StartAsync(Definition);
        var row = await engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
        Assert.Equal(0, stoppedBeforeSaving);
        await EngineHost.UntilAsync(() => Task.FromResult(Stopped() == 1));
        Assert.Equal(
            $"{row.TraceId} 2 1 0.1234567891 220",
            await engine.Database.QueryAsync<string>("select concat_ws(' ', min(trace_id), count(*), count(cost_usd), sum(cost_usd), sum(tokens_total)) from model_cost_logs"));
        Assert.Equal("0.1234567891 2", await engine.Database.QueryAsync<string>("select concat_ws(' ', cost_usd, calls) from model_spend"));

        int Stopped()
        {
            lock (stopped)
                return stopped.Count(s => s.TraceId.ToHexString() == row.TraceId);
        }
    }

    [Fact]
    public async Task A_model_call_of_an_executor_that_lost_the_execution_is_logged_all_the_same()
    {
        var (gated, gate) = TestNode.Gated("gate");
        var node = new TestNode("long", async (context, token) =>
        {
            await gate.PassAsync("long", token);
            context.AddModelCall(Call(context, 0.5m), null);
            return new NodeOutcome.Completed(context.Config);
        });
        await using var engine = await EngineHost.StartAsync(node, gated);
        var id = await engine.StartAsync(Definition);
        await gate.ArrivedAsync("long");
        // Another executor has taken it over and finished it; this one does not know yet.
        await engine.Database.ExecuteAsync("update workflow_executions set status = 'completed', lease_owner = null, lease_epoch = lease_epoch + 1, finished_at = now()");
        gate.Open();
        await EngineHost.UntilAsync(async () => await engine.Database.QueryAsync<long>("select count(*) from model_cost_logs") == 1);
        Assert.Equal(0.5m, await engine.Database.QueryAsync<decimal>("select cost_usd from workflow_executions"));
        Assert.DoesNotContain(await engine.StepsAsync(id), s => s.Status == "completed");
    }

    [Fact]
    public async Task A_state_that_cannot_be_stored_fails_the_node_and_not_the_checkpoint()
    {
        var node = new TestNode("long", async (context, token) =>
        {
            if (context.NodeId == "waits")
                return new NodeOutcome.Waiting(null, JsonElement.Parse("1e400000"));
            await context.SaveProgressAsync(JsonElement.Parse("1e400000"), token);
            throw new UnreachableException();
        });
        await using var engine = await EngineHost.StartAsync(node);
        foreach (var id in (string[])["saves", "waits"])
        {
            var row = await engine.EndAsync(await engine.StartAsync($$"""{ "name": "{{id}}", "nodes": [ { "id": "{{id}}", "type": "long" } ] }"""));
            Assert.Equal("state_not_storable", row.Error!.Value.GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Agent_rows_and_messages_commit_with_the_step()
    {
        var node = new TestNode("long", (context, _) =>
        {
            context.AddAgentTrace(new AgentTraceRow
            {
                Id = Guid.CreateVersion7(), AgentId = "helper", NodeId = context.NodeId, Iteration = context.Iteration,
                ExecutionNodes = JsonElement.Parse("[1]"), OutputSummary = "Done.", Timestamp = context.Time.GetUtcNow(),
            });
            context.AddConversation(new ConversationRow("helper", "c1", context.NodeId, context.Iteration, 0, JsonElement.Parse("\"hello\"")));
            context.AddConversation(new ConversationRow("helper", "c1", context.NodeId, context.Iteration, 1, JsonElement.Parse("\"hi\"")));
            return new(new NodeOutcome.Completed(context.Config));
        });
        await using var engine = await EngineHost.StartAsync(node);
        var row = await engine.EndAsync(await engine.StartAsync(Definition));
        Assert.Equal($"helper Done. {row.TraceId}", await engine.Database.QueryAsync<string>("select concat_ws(' ', agent_id, output_summary, trace_id) from agent_trace_history"));
        Assert.Equal("""["hello", "hi"]""", await engine.Database.QueryAsync<string>("select jsonb_agg(message order by seq)::text from conversation_messages"));
    }

    [Fact]
    public async Task A_node_that_calls_several_workflows_hears_of_each_end()
    {
        var seen = new List<string>();
        var node = new TestNode("many", (context, _) =>
        {
            if (context.Signal is not { } signal)
            {
                return new(new NodeOutcome.CallsWorkflows(
                    [.. Enumerable.Range(0, 5).Select(i => new WorkflowCall(Guid.CreateVersion7(), "child", null, JsonElement.Parse($$"""{ "i": {{i}} }""")))],
                    JsonElement.Parse("[]")));
            }
            var state = context.State!.Value.EnumerateArray().Append(signal.Payload.GetProperty("output")).ToArray();
            lock (seen)
                seen.Add(signal.Payload.GetProperty("executionId").GetString()!);
            return new(state.Length == 5
                ? new NodeOutcome.Completed(JsonSerializer.SerializeToElement(state.Select(e => e.GetInt32()).Order()))
                : new NodeOutcome.Waiting(null, JsonSerializer.SerializeToElement(state)));
        });
        await using var engine = await EngineHost.StartAsync(node);
        await engine.SaveAsync("""{ "name": "child", "nodes": [ { "id": "x", "type": "transform", "config": { "value": "{{ input.i }}" } } ] }""");
        var row = await engine.EndAsync(await engine.StartAsync("""{ "name": "many", "nodes": [ { "id": "a", "type": "many" } ] }"""));
        Assert.Equal("completed", row.Status);
        Assert.Equal("[0,1,2,3,4]", row.Output!.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(5, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_signal_that_a_step_was_working_on_when_its_executor_died_comes_again()
    {
        var (gated, gate) = TestNode.Gated("gate");
        var decided = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = new TestNode("slow", async (context, token) =>
        {
            if (context.Signal is null)
                return new NodeOutcome.Waiting(null, JsonElement.Parse("{}"));
            decided.TrySetResult();
            await gate.PassAsync("slow", token);
            return new NodeOutcome.Completed(context.Signal.Payload);
        });
        await using var engine = await EngineHost.CreateAsync(slow, gated);
        var first = await engine.StartExecutorAsync(o => o.StopGrace = TimeSpan.Zero);
        var id = await engine.StartAsync("""{ "name": "two", "nodes": [ { "id": "a", "type": "slow" }, { "id": "b", "type": "gate" } ] }""");
        await gate.ArrivedAsync("b");
        await EngineHost.UntilAsync(async () => (await engine.StepsAsync(id)).Any(s => s is { NodeId: "a", Status: "waiting" }));
        await engine.SignalAsync(id, "approval", "a", """{ "decision": "approve" }""");
        await decided.Task.WaitAsync(EngineHost.Patience);
        // Its sibling's checkpoint must not make the signal a thing of the past.
        gate.Open("b");
        await EngineHost.UntilAsync(async () => (await engine.StepsAsync(id)).Any(s => s is { NodeId: "b", Status: "completed" }));
        await first.StopAsync();

        gate.Open();
        await engine.StartExecutorAsync();
        var row = await engine.EndAsync(id);
        Assert.Equal("approve", row.Output!.Value.GetProperty("a").GetProperty("decision").GetString());
    }

    private static ModelCallRow Call(NodeContext context, decimal? cost) => new()
    {
        Id = Guid.CreateVersion7(),
        NodeId = context.NodeId,
        Iteration = context.Iteration,
        Operation = "chat",
        Model = "test-model",
        Provider = "test",
        Usage = new TokenUsage { InputTokens = 100, OutputTokens = 10 },
        CostUsd = cost,
        Timestamp = context.Time.GetUtcNow(),
    };
}
