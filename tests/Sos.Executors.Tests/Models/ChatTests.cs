using Microsoft.Extensions.AI;
using Sos.Testing.Models;
using Sos.Workflows.Models;

namespace Sos.Executors.Tests.Models;

/// <summary>Answers of both protocols, streamed and whole, through the vendors' SDKs.</summary>
public sealed class ChatTests : IAsyncLifetime
{
    private ModelHost host = null!;

    public static TheoryData<string, bool> Both => new()
    {
        { "gpt-x", false }, { "gpt-x", true }, { "claude-x", false }, { "claude-x", true }, { "azure/my deployment", true }, { "ollama/qwen", false },
    };

    public async Task InitializeAsync() => host = await ModelHost.StartAsync();

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_answer_comes_with_its_tokens_counted_as_the_conventions_do(string model, bool stream)
    {
        host.Server.Enqueue(ModelReply.Say("Good morning to you", new ModelUsage(100, 20, Cached: 40, Reasoning: 7, CacheWrite: model.StartsWith("claude", StringComparison.Ordinal) ? 10 : 0)));
        var asked = await host.AskAsync(model, with: c => c with { Stream = stream });
        Assert.Equal("Good morning to you", asked.Reply.Response.Text);
        Assert.Equal("stop", asked.Reply.FinishReason);
        Assert.Equal(
            new TokenUsage { InputTokens = 100, OutputTokens = 20, CachedInputTokens = 40, ReasoningTokens = 7, CacheWriteTokens = model.StartsWith("claude", StringComparison.Ordinal) ? 10 : 0 },
            asked.Reply.Usage);
        Assert.Equal(asked.Reply.Usage, asked.Row.Usage);
        Assert.Equal((stream, "Hello"), (host.Server.Request.IsStreaming, host.Server.Request.UserText));
        Assert.Equal(1, host.Server.Paid);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Tool_calls_come_with_their_arguments_and_results_go_back(string model, bool stream)
    {
        host.Server.Enqueue(ModelReply.Call(new ModelToolCall("add", """{"a": 1, "b": [2, 3]}"""), new ModelToolCall("now", "{}")) with { Text = "Let me see." });
        var tools = new List<AITool> { AIFunctionFactory.CreateDeclaration("add", "Adds.", System.Text.Json.JsonElement.Parse("""{"type": "object", "properties": {"a": {"type": "integer"}}}""")) };
        var first = await host.AskAsync(model, with: c => c with { Stream = stream, Options = new ChatOptions { Tools = tools } });
        Assert.Equal("tool_calls", first.Reply.FinishReason);
        Assert.Equal("Let me see.", first.Reply.Response.Text);
        var calls = first.Reply.Response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().ToArray();
        Assert.Equal(["add", "now"], calls.Select(c => c.Name));
        Assert.Equal("[2,3]", System.Text.Json.JsonSerializer.Serialize(calls[0].Arguments!["b"]).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(["add"], host.Server.Request.ToolNames);

        host.Server.Enqueue(ModelReply.Say("6"));
        var second = await host.AskAsync(model, with: c => c with
        {
            Messages = [.. c.Messages, .. first.Reply.Response.Messages, new ChatMessage(ChatRole.Tool, [.. calls.Select(k => new FunctionResultContent(k.CallId, $"result of {k.Name}"))])],
        });
        Assert.Equal("6", second.Reply.Response.Text);
        Assert.Equal([("result of add", calls[0].CallId), ("result of now", calls[1].CallId)], host.Server.Requests[1].ToolResults.Select(r => (r.Text, r.CallId!)));
    }

    [Fact]
    public async Task OpenAI_gets_what_was_asked_for_in_its_own_words()
    {
        await host.AskAsync("gpt-x", with: c => c with { Options = Everything() });
        var body = host.Server.Request.Body;
        Assert.Equal(
            """{"temperature":0.5,"top_p":0.4,"max_completion_tokens":77,"frequency_penalty":1,"presence_penalty":0.5,"seed":4,"stop":["x"],"reasoning_effort":"low"}""",
            Pick(body, "temperature", "top_p", "max_completion_tokens", "frequency_penalty", "presence_penalty", "seed", "stop", "reasoning_effort", "top_k"));
        Assert.Equal("Bearer " + ModelHost.Canary, host.Server.Request.Headers["authorization"]);
    }

    [Fact]
    public async Task An_OpenAI_compatible_server_gets_the_older_name_of_the_limit_and_no_key_where_there_is_none()
    {
        var asked = await host.AskAsync("qwen3:8b", with: c => c with { Provider = "ollama", Options = Everything() });
        Assert.Equal("""{"max_tokens":77,"top_k":3}""", Pick(host.Server.Request.Body, "max_completion_tokens", "max_tokens", "top_k"));
        Assert.DoesNotContain("authorization", host.Server.Request.Headers.Keys);
        Assert.Equal(("ollama", "qwen3:8b"), (asked.Reply.Provider, asked.Reply.Model));
    }

    [Fact]
    public async Task Azure_is_called_at_its_deployment_with_its_version_and_its_header()
    {
        var asked = await host.AskAsync("azure/my deployment");
        Assert.Equal("/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21", host.Server.Request.Path);
        Assert.Equal(ModelHost.Canary, host.Server.Request.Headers["api-key"]);
        Assert.DoesNotContain("authorization", host.Server.Request.Headers.Keys);
        Assert.Equal("azure.ai.openai", asked.Reply.Provider);
    }

    [Fact]
    public async Task Anthropic_gets_what_it_can_take_and_the_rest_is_said_to_be_ignored()
    {
        var asked = await host.AskAsync("claude-x", with: c => c with { Options = Everything() });
        Assert.Equal("""{"max_tokens":77,"stop_sequences":["x"]}""", Pick(host.Server.Request.Body, "max_tokens", "stop_sequences", "temperature", "top_p", "top_k", "seed"));
        Assert.Equal("Bearer " + ModelHost.Canary, host.Server.Request.Headers["authorization"]);
        var ignored = asked.Event("model_options_ignored").Context!.Value;
        Assert.Equal("""["temperature","topP","topK","frequencyPenalty","presencePenalty","seed"]""", ignored.GetProperty("options").GetRawText());
        Assert.DoesNotContain((await host.AskAsync("claude-x")).Records.Events, e => e.EventType == "model_options_ignored");
    }

    [Fact]
    public async Task Embeddings_come_in_the_order_of_their_texts()
    {
        host.Server.Enqueue(new ModelReply { Vectors = [[1, 2, 3], [4, 5, 6]], Usage = new ModelUsage(8, 0) });
        var context = host.NewContext();
        var reply = await host.Calls.EmbedAsync(new() { Model = "text-embedding-3-small", Inputs = ["a", "b"], Dimensions = 3 }, context, default);
        Assert.Equal([[1f, 2f, 3f], [4f, 5f, 6f]], reply.Vectors.Select(v => v.ToArray()));
        Assert.Equal("""{"input":["a","b"],"model":"text-embedding-3-small","dimensions":3}""", Pick(host.Server.Request.Body, "input", "model", "dimensions"));
        var row = Assert.Single(ModelHost.Commit(context).ModelCalls).Row;
        Assert.Equal(("embeddings", 8, 0, "openai"), (row.Operation, row.Usage.InputTokens, row.Usage.OutputTokens, row.Provider));
    }

    [Fact]
    public async Task A_wrong_number_of_vectors_is_no_answer()
    {
        host.Server.Enqueue(new ModelReply { Vectors = [[1, 2, 3]] });
        var e = await Assert.ThrowsAsync<Sos.Executors.Models.ModelCallException>(() =>
            host.Calls.EmbedAsync(new() { Model = "text-embedding-3-small", Inputs = ["a", "b"] }, host.NewContext(), default));
        Assert.Equal("invalid_response", e.Error.Code);
    }

    private static ChatOptions Everything() => new()
    {
        Temperature = 0.5f, TopP = 0.4f, TopK = 3, MaxOutputTokens = 77, FrequencyPenalty = 1, PresencePenalty = 0.5f, Seed = 4, StopSequences = ["x"],
        Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low },
    };

    private static string Pick(System.Text.Json.JsonElement body, params string[] names) =>
        "{" + string.Join(',', names.Where(n => body.TryGetProperty(n, out _)).Select(n => $"\"{n}\":{body.GetProperty(n).GetRawText()}")) + "}";
}
