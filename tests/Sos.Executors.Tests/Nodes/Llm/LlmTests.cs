using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Files;
using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;
using Sos.Executors.Models.Providers;
using Sos.Executors.Models.Providers.OpenAI;
using Sos.Executors.Nodes;
using Sos.Executors.Tests.Models;
using Sos.Executors.Tests.Nodes.Http;
using Sos.Testing.Models;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Executors.Tests.Nodes.Llm;

/// <summary>The <c>llm</c> node against a scripted server of both protocols.</summary>
public sealed class LlmTests : IAsyncLifetime
{
    private const string Schema = """{"type": "object", "properties": {"kind": {"enum": ["refund", "complaint"]}, "urgency": {"type": "integer", "minimum": 1}}, "required": ["kind"], "additionalProperties": false}""";

    private ModelHost host = null!;

    public static TheoryData<string> Models => ["gpt-4.1", "claude-sonnet-4-5", "ollama/qwen"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sos-llm-");

    public async Task InitializeAsync() => host = await ModelHost.StartAsync(("Sos:Files:Folder", folder.FullName));

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_answer_in_words_comes_with_its_price()
    {
        host.Server.Enqueue(ModelReply.Say("Good morning", new ModelUsage(1000, 200, Cached: 400, Reasoning: 50)));
        var (outcome, records) = await host.RunAsync("llm", """{"model": "gpt-4.1", "system": "Be kind.", "prompt": "Greet me."}""");
        NodeRun.AssertJson(
            """
            {"text": "Good morning", "usage": {"inputTokens": 1000, "outputTokens": 200, "cachedInputTokens": 400, "reasoningTokens": 50, "totalTokens": 1200},
             "costUsd": 0.003, "finishReason": "stop", "model": "gpt-4.1", "provider": "openai"}
            """,
            NodeRun.Completed(outcome).Output);
        Assert.Equal(("Be kind.", "Greet me.", true), (host.Server.Request.SystemText, host.Server.Request.UserText, host.Server.Request.IsStreaming));
        Assert.Equal(0.0030000000m, Assert.Single(records.ModelCalls).Row.CostUsd);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task What_was_said_before_goes_before_the_prompt(string model)
    {
        await host.RunAsync("llm", $$"""
            {"model": "{{model}}", "system": "S", "messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}], "prompt": "C", "stream": false}
            """);
        var messages = host.Server.Request.Messages.Where(m => m.Role != "system").Select(m => $"{m.Role}:{m.Text}");
        Assert.Equal(["user:A", "assistant:B", "user:C"], messages);
        Assert.Equal("S", host.Server.Request.SystemText);
    }

    [Theory]
    [InlineData("gpt-4.1", "\"image_url\"")]
    [InlineData("claude-sonnet-4-5", "\"image\"")]
    public async Task Images_go_with_the_prompt(string model, string type)
    {
        await using var images = await HttpTarget.StartAsync("image/webp", [1, 2, 3]);
        await using var host = await ModelHost.StartAsync(("Sos:Outbound:Allow:0", "127.0.0.1"));
        await host.RunAsync("llm", $$"""
            {"model": "{{model}}", "prompt": "What is this?", "images": ["{{images.Url}}/a.png", {"data": "iVBORw0KGgo=", "mediaType": "image/png"}, "data:image/gif;base64,R0lGODlhAQABAAAAACw="]}
            """);
        var body = host.Server.Request.Body.GetRawText();
        Assert.Equal(3, body.Split($"\"type\":{type}").Length - 1);
        // A server at an address of the operator's own is not sent to fetch what an author names.
        Assert.Contains("AQID", body, StringComparison.Ordinal);
        Assert.Contains("image/webp", body, StringComparison.Ordinal);
        Assert.DoesNotContain(images.Url, body, StringComparison.Ordinal);
        Assert.Contains("iVBORw0KGgo=", body, StringComparison.Ordinal);
        Assert.Contains("R0lGODlhAQABAAAAACw=", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/a.png", "address_not_allowed")]
    [InlineData("http://127.0.0.1:1/a.png", "address_not_allowed")]
    [InlineData("http://user:canary@example.com/a.png", "invalid_config")]
    public async Task An_image_is_fetched_from_nowhere_that_workflows_may_not_go(string url, string code)
    {
        var error = NodeRun.Failed((await host.RunAsync("llm", $$"""{"model": "ollama/llava", "prompt": "What is this?", "images": ["{{url}}"]}""")).Outcome);
        Assert.Equal((code, false), (error.Code, error.Retryable));
        Assert.DoesNotContain("canary", error.Message, StringComparison.Ordinal);
        Assert.Empty(host.Server.Requests);
    }

    [Theory]
    [InlineData("gpt-4.1", "data:image/gif;base64,R0lGODlhAQABAAAAACw=")]
    [InlineData("claude-sonnet-4-5", "\"media_type\":\"image/gif\"")]
    public async Task An_image_may_be_a_file_of_the_workspace(string model, string sent)
    {
        // What it is, is in the bytes and not in the name.
        await PutAsync("in/a.png", Convert.FromBase64String("R0lGODlhAQABAAAAACw="));
        var (outcome, _) = await host.RunAsync("llm", $$"""{"model": "{{model}}", "prompt": "What is this?", "images": [{"file": "in/a.png"}]}""");
        NodeRun.Completed(outcome);
        var body = JsonSerializer.Serialize(host.Server.Request.Body);
        Assert.Contains("R0lGODlhAQABAAAAACw=", body, StringComparison.Ordinal);
        Assert.Contains(sent, body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../a", "path_not_allowed")]
    [InlineData("none.png", "file_not_found")]
    [InlineData("text.png", "invalid_config")]
    [InlineData("huge.png", "file_too_large")]
    public async Task A_file_that_is_no_image_is_not_sent(string path, string code)
    {
        await PutAsync("text.png", "plain text"u8.ToArray());
        await PutAsync("huge.png", new byte[10 * 1024 * 1024 + 1]);
        var (outcome, _) = await host.RunAsync("llm", $$"""{"model": "gpt-4.1", "prompt": "What is this?", "images": [{"file": "{{path}}"}]}""");
        Assert.Equal(code, NodeRun.Failed(outcome).Code);
        Assert.Empty(host.Server.Requests);
    }

    [Theory]
    [InlineData("text/html", 200, false)]
    [InlineData("image/png", 404, false)]
    [InlineData("image/png", 503, true)]
    public async Task What_is_no_image_is_not_sent(string type, int status, bool retryable)
    {
        await using var images = await HttpTarget.StartAsync(type, [1], status);
        await using var host = await ModelHost.StartAsync(("Sos:Outbound:Allow:0", "127.0.0.1"));
        var error = NodeRun.Failed((await host.RunAsync("llm", $$"""{"model": "ollama/llava", "prompt": "What is this?", "images": ["{{images.Url}}/a.png"]}""")).Outcome);
        Assert.Equal(("image_unavailable", retryable), (error.Code, error.Retryable));
        Assert.Empty(host.Server.Requests);
    }

    [Fact]
    public async Task A_vendors_own_address_is_given_the_images_url()
    {
        var vendor = new ModelTarget(new ModelConnection { Name = "openai", Kind = "openai" }, new OpenAIProvider(), "gpt-4.1");
        ChatMessage[] messages = [new(ChatRole.User, [new UriContent("http://169.254.169.254/a.png", "image/png")])];
        Assert.Same(messages, await host.Get<RemoteImages>().BringAsync(vendor, messages, default));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task JSON_comes_by_the_schema_that_the_provider_was_given(string model)
    {
        host.Server.Enqueue(ModelReply.Say("""{"kind": "refund", "urgency": 2}"""));
        var (outcome, _) = await host.RunAsync("llm", $$$"""{"model": "{{{model}}}", "prompt": "Classify.", "output": {"schema": {{{Schema}}}}}""");
        NodeRun.AssertJson("""{"kind": "refund", "urgency": 2}""", NodeRun.Completed(outcome).Output.GetProperty("json"));
        var body = host.Server.Request.Body;
        var sent = model.StartsWith("claude", StringComparison.Ordinal)
            ? body.GetProperty("output_config").GetProperty("format").GetProperty("schema")
            : body.GetProperty("response_format").GetProperty("json_schema").GetProperty("schema");
        Assert.Equal("""["kind"]""", sent.GetProperty("required").GetRawText().Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Any_JSON_is_asked_for_in_words(string model)
    {
        host.Server.Enqueue(ModelReply.Say("```json\n[1, 2]\n```"));
        var (outcome, _) = await host.RunAsync("llm", $$$"""{"model": "{{{model}}}", "prompt": "Numbers.", "output": {"type": "json"}}""");
        NodeRun.AssertJson("[1, 2]", NodeRun.Completed(outcome).Output.GetProperty("json"));
        Assert.Contains("Answer with JSON only", host.Server.Request.SystemText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_schema_that_the_provider_can_not_enforce_is_told_in_words(string model)
    {
        host.Server.Enqueue(ModelReply.Say("[3]"));
        var (outcome, _) = await host.RunAsync("llm", $$$"""{"model": "{{{model}}}", "system": "Count.", "prompt": "Numbers.", "output": {"schema": {"type": "array", "items": {"type": "integer"} } } }""");
        NodeRun.AssertJson("[3]", NodeRun.Completed(outcome).Output.GetProperty("json"));
        Assert.Contains("Count.", host.Server.Request.SystemText, StringComparison.Ordinal);
        Assert.Contains("\"items\"", host.Server.Request.SystemText, StringComparison.Ordinal);
        Assert.False(host.Server.Request.Body.TryGetProperty("response_format", out _) || host.Server.Request.Body.TryGetProperty("output_config", out _));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_wrong_answer_may_be_repaired_once_and_both_calls_are_on_the_bill(string model)
    {
        host.Server.Enqueue(
            ModelReply.Say("""{"kind": "praise", "more": 1}""", new ModelUsage(100, 10, Cached: 20)),
            ModelReply.Say("""{"kind": "complaint"}""", new ModelUsage(200, 20, Cached: 30)));
        var (outcome, records) = await host.RunAsync("llm", $$$"""{"model": "{{{model}}}", "prompt": "Classify.", "output": {"schema": {{{Schema}}}}}""");
        var output = NodeRun.Completed(outcome).Output;
        Assert.Equal("complaint", output.GetProperty("json").GetProperty("kind").GetString());
        NodeRun.AssertJson("""{"inputTokens": 300, "outputTokens": 30, "cachedInputTokens": 50, "reasoningTokens": 0, "totalTokens": 330}""", output.GetProperty("usage"));
        Assert.Equal(2, records.ModelCalls.Count);
        var costs = records.ModelCalls.Select(c => c.Row.CostUsd).ToArray();
        Assert.Equal(costs.Contains(null) ? null : costs.Sum(), output.GetProperty("costUsd").ValueKind == JsonValueKind.Null ? null : output.GetProperty("costUsd").GetDecimal());

        var repair = host.Server.Requests[1];
        Assert.Equal("""{"kind": "praise", "more": 1}""", repair.Messages.Last(m => m.Role == "assistant").Text);
        Assert.Contains("/kind", repair.UserText, StringComparison.Ordinal);
        Assert.Contains("more", repair.UserText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task An_answer_whose_repair_failed_is_not_bought_again(string model)
    {
        var config = $$$"""{"model": "{{{model}}}", "prompt": "Classify.", "output": {"schema": {{{Schema}}}}}""";
        JsonElement? saved = null;
        var context = host.NewContext(config, progress: (state, _) =>
        {
            saved = state;
            return Task.CompletedTask;
        });
        host.Server.Enqueue(ModelReply.Say("praise", new ModelUsage(100, 10)), ModelReply.Refuse(503), ModelReply.Refuse(503), ModelReply.Refuse(503));
        Assert.True(NodeRun.Failed((await host.RunAsync("llm", context)).Outcome).Retryable);

        host.Server.Enqueue(ModelReply.Say("""{"kind": "complaint"}""", new ModelUsage(200, 20)));
        var (outcome, records) = await host.RunAsync("llm", host.NewContext(config, state: saved));
        var output = NodeRun.Completed(outcome).Output;
        Assert.Equal(("complaint", 330), (output.GetProperty("json").GetProperty("kind").GetString(), output.GetProperty("usage").GetProperty("totalTokens").GetInt32()));
        Assert.Equal((2, 1), (host.Server.Paid, records.ModelCalls.Count));
        Assert.Equal("praise", host.Server.Requests[^1].Messages.Last(m => m.Role == "assistant").Text);
    }

    [Fact]
    public async Task An_answer_that_stays_wrong_fails_with_its_mistakes()
    {
        host.Server.Answer = _ => ModelReply.Say("I'd rather not.");
        var (outcome, records) = await host.RunAsync("llm", $$$"""{"model": "gpt-4.1", "prompt": "Classify.", "output": {"schema": {{{Schema}}}}}""");
        var error = NodeRun.Failed(outcome);
        Assert.Equal(("output_invalid", false, 2), (error.Code, error.Retryable, records.ModelCalls.Count));
        Assert.Equal(2, host.Server.Paid);
        Assert.Equal("I'd rather not.", error.Details!.Value.GetProperty("text").GetString());
        Assert.Contains("not JSON", error.Details.Value.GetProperty("problems")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_was_cut_off_is_not_repaired()
    {
        host.Server.Enqueue(ModelReply.Say("""{"kind": "ref""") with { FinishReason = "length" });
        var (outcome, _) = await host.RunAsync("llm", $$$"""{"model": "gpt-4.1", "prompt": "Classify.", "maxTokens": 5, "output": {"schema": {{{Schema}}}}}""");
        Assert.Equal("output_invalid", NodeRun.Failed(outcome).Code);
        Assert.Contains("raise maxTokens", NodeRun.Failed(outcome).Message, StringComparison.Ordinal);
        Assert.Equal(1, host.Server.Paid);
    }

    [Theory]
    [InlineData("gpt-4.1")]
    [InlineData("claude-sonnet-4-5")]
    public async Task What_the_provider_withholds_is_a_failure_that_is_paid_for(string model)
    {
        host.Server.Enqueue(ModelReply.Say("") with { FinishReason = "content_filter" });
        var (outcome, records) = await host.RunAsync("llm", $$$"""{"model": "{{{model}}}", "prompt": "Hm."}""");
        Assert.Equal("content_filtered", NodeRun.Failed(outcome).Code);
        Assert.Single(records.ModelCalls);
    }

    [Theory]
    [InlineData("""{"model": "demo"}""", "nothing to answer")]
    [InlineData("""{"model": "demo", "prompt": " "}""", "nothing to answer")]
    [InlineData("""{"model": "demo", "prompt": "x", "images": ["ftp://a/b.png"]}""", "an image is")]
    [InlineData("""{"model": "demo", "prompt": "x", "images": [{"data": "!", "mediaType": "image/png"}]}""", "not base64")]
    [InlineData("""{"model": "demo", "prompt": "x", "images": [{"data": "", "mediaType": "text/html"}]}""", "an image is")]
    [InlineData("""{"model": "demo", "prompt": "x", "images": ["data:,x"]}""", "data URL")]
    [InlineData("""{"model": "demo", "prompt": "x", "images": ["data:nonsense"]}""", "data URL")]
    [InlineData("""{"model": "demo", "prompt": "x", "output": {"schema": {"type": "thing"}}}""", "output.schema")]
    [InlineData("""{"model": "demo", "prompt": "x", "timeout": "2h"}""", "timeout")]
    [InlineData("""{"model": "", "prompt": "x"}""", "No model")]
    public async Task A_config_that_can_not_be_used_says_why(string config, string why)
    {
        var error = NodeRun.Failed((await host.RunAsync("llm", config)).Outcome);
        Assert.Equal("invalid_config", error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model": "demo"}""", "/nodes/0/config")]
    [InlineData("""{"model": "demo", "prompt": "x", "output": {"schema": {"type": "thing"}}}""", "/nodes/0/config/output/schema/type")]
    [InlineData("""{"model": "demo", "prompt": "x", "temperature": 3}""", "/nodes/0/config/temperature")]
    public void Mistakes_are_found_when_the_workflow_is_saved(string config, string pointer)
    {
        var problems = new WorkflowValidator(new NodeCatalog(BuiltInNodes.Types))
            .Validate(JsonElement.Parse($$$"""{"name": "w", "nodes": [{"id": "a", "type": "llm", "config": {{{config}}}}]}""")).Problems;
        Assert.Contains(problems, p => p.Pointer == pointer);
    }

    private Task PutAsync(string path, byte[] bytes) =>
        host.Get<FileStore>().WriteAsync(host.Workspace, FilePath.Parse(path), new MemoryStream(bytes), WriteCondition.None, default);
}
