using System.Text.Json;
using Sos.Testing.Models;

namespace Sos.Executors.Tests.Nodes.Agent;

/// <summary>An agent at work, over both wire protocols.</summary>
public sealed class AgentTests
{
    private const string Tools = """
        "tools": [
          { "type": "transform", "name": "add", "description": "Adds.", "parameters": { "type": "object", "properties": { "a": { "type": "integer" }, "b": { "type": "integer" } }, "required": ["a", "b"] },
            "config": { "value": { "sum": "{{ args.a + args.b }}", "for": "{{ input.task }}" } } },
          { "type": "transform", "name": "shout", "description": "Shouts.", "config": { "value": "{{ args.text.upperAscii() }}" } } ]
        """;

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task It_calls_tools_until_it_has_an_answer(string provider)
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(
            ModelReply.Call(new ModelToolCall("add", """{"a": 2, "b": 3}""", "call_1"), new ModelToolCall("shout", """{"text": "hey"}""", "call_2")) with { Usage = new(100, 20) },
            ModelReply.Say("Five, and HEY.", new(200, 10, Cached: 50)));
        var answer = await agents.AnswerAsync($$"""
            "agent": "helper", "instructions": "You are a helper.", {{Tools}}
            """, provider);

        Assert.Equal("Five, and HEY.", answer.GetProperty("text").GetString());
        Assert.Equal((2, "helper", 330), (answer.GetProperty("iterations").GetInt32(), answer.GetProperty("agent").GetString(), answer.GetProperty("usage").GetProperty("totalTokens").GetInt32()));
        Assert.Equal(0.00036m, answer.GetProperty("costUsd").GetDecimal());
        Assert.Equal("[\"add\",\"shout\"]", JsonSerializer.Serialize(answer.GetProperty("toolCalls").EnumerateArray().Select(c => c.GetProperty("tool").GetString()).Order()));

        var (first, second) = (agents.Server.Requests[0], agents.Server.Requests[1]);
        Assert.Equal(("You are a helper.", "Work."), (first.SystemText, first.UserText));
        Assert.Equal(["add", "shout"], first.ToolNames);
        Assert.Equal(2, second.ToolResults.Count);
        NodeRun.AssertJson("""{"sum":5,"for":"Work."}""", JsonElement.Parse(second.ToolResults.Single(r => r.CallId == "call_1").Text));
        Assert.Equal("HEY", second.ToolResults.Single(r => r.CallId == "call_2").Text);
    }

    [Fact]
    public async Task What_it_did_is_logged_with_its_trace_and_without_content()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(ModelReply.Call("shout", new { text = "canary" }), ModelReply.Say("The canary sings."));
        var row = await agents.RunAsync($$"""
            "agent": "helper", {{Tools}}
            """, input: """{ "task": "About the canary." }""");

        Assert.Equal("completed", row.Status);
        Assert.Equal(2, await agents.Engine.Database.QueryAsync<long>($"select count(*) from model_cost_logs where trace_id = '{row.TraceId}' and agent_id = 'helper' and prompt is null and response is null"));
        var history = await agents.Engine.Database.QueryAsync<string>($"select row_to_json(h)::text from agent_trace_history h where trace_id = '{row.TraceId}'");
        Assert.DoesNotContain("canary", history, StringComparison.Ordinal);
        var steps = JsonElement.Parse(history!).GetProperty("execution_nodes");
        Assert.Equal(["model", "tool", "model"], steps.EnumerateArray().Select(s => s.GetProperty("kind").GetString()));
        var events = await agents.Engine.Database.QueryAsync<string>($"select string_agg(event_type || coalesce(context::text, ''), ' ' order by id) from event_logs where trace_id = '{row.TraceId}' and event_type not like 'node%'");
        Assert.Contains("tool_executed", events, StringComparison.Ordinal);
        Assert.Contains("agent_completed", events, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workspace_that_keeps_content_finds_it_in_the_history()
    {
        await using var agents = await AgentEngine.CreateAsync();
        await agents.Engine.Database.ExecuteAsync("update workspaces set keep_model_content = true");
        await agents.Engine.StartExecutorAsync();
        agents.Server.Enqueue(ModelReply.Call("shout", new { text = "canary" }), ModelReply.Say("The canary sings."));
        var row = await agents.RunAsync(Tools);
        var history = JsonElement.Parse((await agents.Engine.Database.QueryAsync<string>($"select row_to_json(h)::text from agent_trace_history h where trace_id = '{row.TraceId}'"))!);
        Assert.Equal(("Work.", "The canary sings."), (history.GetProperty("input_context").GetProperty("prompt").GetString(), history.GetProperty("output_summary").GetString()));
        var tool = history.GetProperty("execution_nodes")[1];
        Assert.Equal("CANARY", tool.GetProperty("output").GetString());
        Assert.Contains("canary", tool.GetProperty("input").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_in_a_tool_call_are_told_to_the_model()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(
            ModelReply.Call(
                new ModelToolCall("add", """{"a": "two"}""", "c1"), new ModelToolCall("subtract", "{}", "c2"), new ModelToolCall("add", "{\"a\": 1", "c3")),
            ModelReply.Say("Sorry."));
        var answer = await agents.AnswerAsync(Tools);
        Assert.Equal(["failed", "failed", "failed"], answer.GetProperty("toolCalls").EnumerateArray().Select(c => c.GetProperty("status").GetString()));
        var results = agents.Server.Requests[1].ToolResults.ToDictionary(r => r.CallId!, r => JsonElement.Parse(r.Text));
        Assert.Equal(("invalid_arguments", "unknown_tool", "invalid_arguments"), (Code("c1"), Code("c2"), Code("c3")));
        Assert.Contains("tool 'subtract'", agents.Server.Requests[1].ToolResults.Single(r => r.CallId == "c2").Text, StringComparison.Ordinal);
        Assert.Contains("add, shout", results["c2"].GetProperty("message").GetString(), StringComparison.Ordinal);

        string? Code(string id) => results[id].GetProperty("error").GetString();
    }

    [Fact]
    public async Task What_a_tool_spends_on_models_counts_against_the_agents_limits_and_is_logged_once()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(
            ModelReply.Call("translate", new { text = "Guten Tag" }) with { Usage = new(100, 20) }, ModelReply.Say("Good day", new(1_000, 0)), ModelReply.Say("unasked"));
        var error = await agents.FailAsync("""
            "tools": [ { "type": "llm", "name": "translate", "config": { "model": "test-2", "provider": "openai", "prompt": "Translate: {{ args.text }}" } } ], "limits": { "tokens": 1000 }
            """);
        Assert.Equal(("agent_token_limit", 1120), (error.GetProperty("code").GetString(), error.GetProperty("details").GetProperty("usage").GetProperty("totalTokens").GetInt32()));
        Assert.Equal(2, await agents.Engine.Database.QueryAsync<long>("select count(*) from model_cost_logs"));
    }

    [Fact]
    public async Task A_failing_tool_fails_the_node_where_that_is_wanted()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(ModelReply.Call("broken", new { }));
        var error = await agents.FailAsync("""
            "onToolError": "fail", "tools": [ { "type": "http", "name": "broken", "parameters": { "type": "object" }, "config": { "url": "http://127.0.0.1:9/" } } ]
            """);
        Assert.StartsWith("The tool 'broken' failed", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, error.GetProperty("details").GetProperty("toolCalls").GetInt32());
    }

    [Theory]
    [InlineData(""" "limits": { "iterations": 2 } """, "agent_iteration_limit", 2)]
    [InlineData(""" "limits": { "tokens": 100 } """, "agent_token_limit", 1)]
    [InlineData(""" "limits": { "costUsd": 0.0002 } """, "agent_cost_limit", 2)]
    public async Task A_limit_stops_it_before_the_next_call(string limits, string code, int calls)
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Answer = _ => ModelReply.Call("shout", new { text = "again" }) with { Usage = new(100, 20) };
        var error = await agents.FailAsync($"{Tools}, {limits}");
        Assert.Equal((code, calls), (error.GetProperty("code").GetString(), agents.Server.Paid));
        Assert.Equal(calls, error.GetProperty("details").GetProperty("iterations").GetInt32());
    }

    [Fact]
    public async Task A_limit_of_time_stops_it_in_the_middle_of_a_call()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(new ModelReply { Text = "late", Until = Task.Delay(Timeout.Infinite) });
        var error = await agents.FailAsync(""" "limits": { "time": "3s" } """);
        Assert.Equal("agent_time_limit", error.GetProperty("code").GetString());
        await agents.Server.UntilAsync(s => s.Left == 1);
    }

    [Fact]
    public async Task A_limit_of_cost_needs_a_known_price()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Answer = _ => ModelReply.Call("shout", new { text = "again" });
        await agents.Engine.Database.ExecuteAsync("delete from model_prices where model = 'test-*'");
        var error = await agents.FailAsync($$"""{{Tools}}, "limits": { "costUsd": 1 } """);
        Assert.Equal("agent_cost_unknown", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_answer_that_breaks_its_schema_is_mended_once()
    {
        const string Output = """ "output": { "schema": { "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"], "additionalProperties": false } } """;
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(ModelReply.Say("""{"n": "five"}"""), ModelReply.Say("""{"n": 5}"""));
        Assert.Equal(5, (await agents.AnswerAsync(Output)).GetProperty("json").GetProperty("n").GetInt32());
        Assert.Contains("/n", agents.Server.Requests[1].UserText, StringComparison.Ordinal);

        agents.Server.Enqueue(ModelReply.Say("no"), ModelReply.Say("still no"));
        Assert.Equal("output_invalid", (await agents.FailAsync(Output)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_conversation_goes_on_where_it_was_and_others_know_nothing_of_it()
    {
        const string Memory = """ "agent": "friend", "memory": { "conversation": "{{ input.who }}" } """;
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(ModelReply.Say("Hello Ann."), ModelReply.Say("You are Ann."), ModelReply.Say("Who are you?"));
        await agents.AnswerAsync(Memory, input: """{ "task": "I am Ann.", "who": "c1" }""");
        await agents.AnswerAsync(Memory, input: """{ "task": "Who am I?", "who": "c1" }""");
        await agents.AnswerAsync(Memory, input: """{ "task": "Who am I?", "who": "c2" }""");
        Assert.Equal(["I am Ann.", "Hello Ann.", "Who am I?"], agents.Server.Requests[1].Messages.Select(m => m.Text));
        Assert.Equal(["Who am I?"], agents.Server.Requests[2].Messages.Select(m => m.Text));
    }

    [Fact]
    public async Task A_model_without_tool_calling_is_told_of_tools_in_words()
    {
        await using var agents = await AgentEngine.StartAsync();
        agents.Server.Enqueue(
            ModelReply.Say("Thought: I should shout.\nAction: shout\nAction Input: {\"text\": \"hey\"}\nObservation: made up"),
            ModelReply.Say("Thought: Done.\nFinal Answer: It says HEY."));
        var answer = await agents.AnswerAsync($""" "type": "react", {Tools} """);
        Assert.Equal("It says HEY.", answer.GetProperty("text").GetString());
        var (first, second) = (agents.Server.Requests[0], agents.Server.Requests[1]);
        Assert.Empty(first.ToolNames);
        Assert.Contains("- shout: Shouts.", first.SystemText, StringComparison.Ordinal);
        Assert.Equal("Observation: HEY", second.UserText);
        Assert.DoesNotContain(second.Messages, m => m.Text.Contains("made up", StringComparison.Ordinal));
    }
}
