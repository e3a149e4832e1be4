using System.Collections.Concurrent;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Tests.Engine;
using Sos.Testing.Models;

namespace Sos.Executors.Tests.Nodes.Agent;

/// <summary>What goes wrong around an agent, and what it makes of it.</summary>
public sealed class AgentFaultTests
{
    private const string Child = """ "tools": [ { "type": "workflow", "workflow": "child", "name": "child" } ] """;

    [Fact]
    public async Task A_childs_result_outlives_a_failure_of_the_model_right_after_it()
    {
        await using var agents = await AgentEngine.StartAsync();
        await SaveChildAsync(agents, """{ "id": "x", "type": "transform", "config": { "value": "found" } }""");
        agents.Server.Enqueue(ModelReply.Call("child", new { }), ModelReply.Refuse(503), ModelReply.Refuse(503), ModelReply.Refuse(503), ModelReply.Say("Done."));
        var row = await agents.Engine.EndAsync(await agents.Engine.StartAsync("""
            { "name": "retry", "nodes": [ { "id": "a", "type": "agent", "retry": { "maxAttempts": 3, "delay": "10ms" },
              "config": { "model": "test-1", "provider": "openai", "prompt": "Find it.", "tools": [ { "type": "workflow", "workflow": "child", "name": "child" } ] } } ] }
            """));
        Assert.Equal("Done.", row.Output?.GetProperty("text").GetString());
        Assert.Equal("found", Assert.Single(agents.Server.Requests[^1].ToolResults).Text);
        Assert.Equal(1, await agents.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions where parent_execution_id is not null"));
    }

    [Fact]
    public async Task Children_are_cancelled_with_an_agent_that_has_already_heard_of_another()
    {
        var (gated, gate) = TestNode.Gated();
        await using var agents = await AgentEngine.StartAsync(gated);
        await SaveChildAsync(agents, """{ "id": "gate{{ input.n }}", "type": "gated" }""".Replace("{{ input.n }}", "", StringComparison.Ordinal));
        await agents.Engine.SaveAsync("""{ "name": "quick", "nodes": [ { "id": "q", "type": "transform", "config": { "value": 1 } } ] }""");
        agents.Server.Enqueue(ModelReply.Call(new ModelToolCall("child", "{}"), new ModelToolCall("quick", "{}")));
        var id = await agents.Engine.StartAsync(AgentEngine.Workflow(
            """ "tools": [ { "type": "workflow", "workflow": "child", "name": "child" }, { "type": "workflow", "workflow": "quick", "name": "quick" } ] """), """{ "task": "Both." }""");
        await gate.ArrivedAsync("gate");
        await EngineHost.UntilAsync(async () => await agents.Engine.Database.QueryAsync<long>("select count(*) from event_logs where event_type = 'tool_executed'") == 1);
        await agents.Engine.SignalAsync(id, "cancel");
        Assert.Equal("cancelled", (await agents.Engine.EndAsync(id)).Status);
        await EngineHost.UntilAsync(async () => await agents.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status = 'cancelled'") == 2);
    }

    [Theory]
    [InlineData("""{"n": 1e400000}""")]
    [InlineData("""[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]""")]
    public async Task A_tools_result_that_cannot_be_stored_is_a_failure_that_the_model_is_told(string output)
    {
        var hostile = new HostileTool(output);
        await using var agents = await AgentEngine.StartAsync(hostile);
        agents.Server.Enqueue(ModelReply.Call("hostile", new { }), ModelReply.Say("Never mind."));
        var answer = await agents.AnswerAsync(""" "tools": [ { "type": "hostile", "name": "hostile", "parameters": { "type": "object" }, "config": {} } ] """);
        Assert.Equal("Never mind.", answer.GetProperty("text").GetString());
        Assert.Contains("output_not_storable", agents.Server.Requests[1].ToolResults[0].Text, StringComparison.Ordinal);
        Assert.Equal(1, hostile.Calls);
    }

    [Fact]
    public async Task Arguments_that_cannot_be_stored_are_not_passed_on()
    {
        await using var agents = await AgentEngine.StartAsync();
        await SaveChildAsync(agents, """{ "id": "x", "type": "transform", "config": { "value": 1 } }""");
        agents.Server.Enqueue(ModelReply.Call(new ModelToolCall("child", """{"n": 1e400000}""")), ModelReply.Say("ok"));
        await agents.AnswerAsync(Child);
        Assert.Contains("invalid_arguments", agents.Server.Requests[1].ToolResults[0].Text, StringComparison.Ordinal);
        Assert.Equal(0, await agents.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions where parent_execution_id is not null"));
    }

    [Fact]
    public async Task A_limit_of_tokens_asks_no_model_for_more_than_it_can_give()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(ModelReply.Call("shout", new { text = "a" }) with { Usage = new(198_000, 1_000) }, ModelReply.Say("ok"));
        await agents.AnswerAsync("""
            "limits": { "tokens": 200000 }, "tools": [ { "type": "transform", "name": "shout", "config": { "value": "{{ args.text }}" } } ]
            """);
        Assert.False(agents.Server.Requests[0].Body.TryGetProperty("max_completion_tokens", out _) || agents.Server.Requests[0].Body.TryGetProperty("max_tokens", out _));
        var body = agents.Server.Requests[1].Body;
        Assert.Equal(1_000, (body.TryGetProperty("max_completion_tokens", out var most) ? most : body.GetProperty("max_tokens")).GetInt32());
    }

    [Fact]
    public async Task One_answer_starts_a_bounded_number_of_tools()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(
            ModelReply.Call([.. Enumerable.Range(0, 70).Select(i => new ModelToolCall("shout", """{"text": "x"}""", $"c{i}"))]), ModelReply.Say("ok"));
        await agents.AnswerAsync(""" "tools": [ { "type": "transform", "name": "shout", "config": { "value": "{{ args.text.upperAscii() }}" } } ] """);
        var results = agents.Server.Requests[1].ToolResults;
        Assert.Equal((64, 6), (results.Count(r => r.Text == "X"), results.Count(r => r.Text.Contains("too_many_calls", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Where_a_failing_tool_fails_the_node_the_next_ones_are_not_called()
    {
        var calls = new ConcurrentQueue<string>();
        var tool = new HostileTool("1", context =>
        {
            calls.Enqueue(context.IdempotencyKey);
            return NodeOutcome.Fail("broken", "It is broken.", retryable: true);
        });
        await using var agents = await AgentEngine.StartAsync(tool);
        agents.Server.Enqueue(ModelReply.Call(new ModelToolCall("hostile", "{}"), new ModelToolCall("hostile", "{}"), new ModelToolCall("hostile", "{}")));
        var error = await agents.FailAsync("""
            "parallelTools": false, "onToolError": "fail", "tools": [ { "type": "hostile", "name": "hostile", "parameters": { "type": "object" }, "config": {} } ]
            """);
        Assert.Equal("broken", error.GetProperty("code").GetString());
        Assert.EndsWith("/a/1.0", Assert.Single(calls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_child_workflow_has_cost_counts_against_the_limit()
    {
        await using var agents = await AgentEngine.StartAsync();
        await SaveChildAsync(agents, """{ "id": "x", "type": "llm", "config": { "model": "test-2", "provider": "openai", "prompt": "Hi." } }""");
        agents.Server.Enqueue(ModelReply.Call("child", new { }), ModelReply.Say("dear", new(1_000_000, 0)), ModelReply.Say("unasked"));
        var error = await agents.FailAsync($"{Child}, \"limits\": {{ \"costUsd\": 0.9 }}");
        Assert.Equal("agent_cost_limit", error.GetProperty("code").GetString());
        Assert.Equal(2, agents.Server.Paid);
    }

    [Fact]
    public async Task What_a_long_tool_saves_on_its_way_is_on_record_before_it_goes_on()
    {
        var logged = -1L;
        AgentEngine? agents = null;
        var tool = new HostileTool("1", behaviourAsync: async (context, token) =>
        {
            context.AddModelCall(new Sos.Workflows.Store.ModelCallRow
            {
                Id = Guid.CreateVersion7(), NodeId = context.NodeId, Iteration = context.Iteration, Operation = "embeddings", Model = "e", Provider = "test",
                Usage = new() { InputTokens = 5 }, CostUsd = 0.5m, Timestamp = context.Time.GetUtcNow(),
            }, null);
            await context.SaveProgressAsync(JsonElement.Parse("{}"), token);
            logged = await agents!.Engine.Database.QueryAsync<long>("select count(*) from model_cost_logs where operation = 'embeddings'", token);
            return new NodeOutcome.Completed(JsonElement.Parse("1"));
        });
        agents = await AgentEngine.StartAsync(tool);
        await using var owned = agents;
        agents.Server.Enqueue(ModelReply.Call("hostile", new { }), ModelReply.Say("ok"));
        var answer = await agents.AnswerAsync(""" "tools": [ { "type": "hostile", "name": "hostile", "parameters": { "type": "object" }, "config": {} } ] """);
        Assert.Equal(1, logged);
        Assert.True(answer.GetProperty("costUsd").GetDecimal() > 0.5m);
        Assert.Equal(3, await agents.Engine.Database.QueryAsync<long>("select count(*) from model_cost_logs"));
    }

    private static Task<Guid> SaveChildAsync(AgentEngine agents, string node) => agents.Engine.SaveAsync($$"""{ "name": "child", "nodes": [ {{node}} ] }""");

    /// <summary>A tool that gives whatever it is told to.</summary>
    private sealed class HostileTool(
        string output, Func<NodeContext, NodeOutcome>? behaviour = null, Func<NodeContext, CancellationToken, Task<NodeOutcome>>? behaviourAsync = null) : NodeExecutor
    {
        private int calls;

        public int Calls => calls;

        public override Sos.Workflows.Nodes.NodeType Type { get; } = new()
        {
            Name = "hostile",
            Title = "Hostile",
            Description = "A tool of a test.",
            Category = "test",
            ConfigSchema = JsonElement.Parse("{}"),
            CanBeTool = true,
        };

        public override ValueTask<NodeOutcome> ExecuteAsync(NodeContext context, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref calls);
            if (behaviourAsync is not null)
                return new(behaviourAsync(context, cancellationToken));
            return new(behaviour?.Invoke(context) ?? new NodeOutcome.Completed(JsonElement.Parse(output)));
        }
    }
}
