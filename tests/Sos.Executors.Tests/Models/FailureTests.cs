using Sos.Testing.Models;

namespace Sos.Executors.Tests.Models;

/// <summary>Calls that are refused, cut off, slow or nonsense.</summary>
public sealed class FailureTests : IAsyncLifetime
{
    private ModelHost host = null!;

    public static TheoryData<string, bool> Both => new() { { "gpt-x", false }, { "gpt-x", true }, { "claude-x", false }, { "claude-x", true } };

    public async Task InitializeAsync() => host = await ModelHost.StartAsync(("Sos:Models:MaxResponseBytes", "65536"));

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_refusal_for_a_moment_is_asked_again(string model, bool stream)
    {
        host.Server.Enqueue(ModelReply.Refuse(429, retryAfterMs: "20"), ModelReply.Refuse(503), ModelReply.Say("at last"));
        var asked = await host.AskAsync(model, with: c => c with { Stream = stream });
        Assert.Equal("at last", asked.Reply.Response.Text);
        Assert.Equal(3, host.Server.Requests.Count);
        Assert.Equal(3, asked.Event("model_called").Context!.Value.GetProperty("attempts").GetInt32());
        Assert.True(asked.Reply.Latency >= TimeSpan.FromMilliseconds(20));
        // None of the SDKs repeats anything behind our back.
        Assert.Equal(1, host.Server.Paid);
    }

    [Theory]
    [InlineData("gpt-x", 500, "provider_unavailable")]
    [InlineData("gpt-x", 408, "provider_unavailable")]
    [InlineData("gpt-x", 429, "rate_limited")]
    [InlineData("claude-x", 529, "provider_unavailable")]
    [InlineData("claude-x", 429, "rate_limited")]
    public async Task What_goes_on_being_refused_is_left_to_the_nodes_own_retries(string model, int status, string code)
    {
        host.Server.Answer = _ => ModelReply.Refuse(status, "Come back later.", retryAfterMs: "3");
        var error = (await host.AskAsync(model)).Error;
        Assert.Equal((code, true, TimeSpan.FromMilliseconds(3)), (error.Code, error.Retryable, error.RetryAfter));
        Assert.Contains("Come back later.", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, host.Server.Requests.Count);
    }

    [Theory]
    [InlineData("120", 120, 120)]
    [InlineData("date", 60, 120)]
    public async Task A_long_wait_is_not_waited_for_with_the_slot_in_hand(string retryAfter, int least, int most)
    {
        host.Server.Answer = _ => ModelReply.Refuse(429, retryAfter: retryAfter == "date" ? DateTimeOffset.UtcNow.AddSeconds(110).ToString("R") : retryAfter);
        var error = (await host.AskAsync("gpt-x")).Error;
        Assert.InRange(error.RetryAfter!.Value, TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));
        Assert.True(error.Retryable);
        Assert.Single(host.Server.Requests);
    }

    [Theory]
    [InlineData("gpt-x", 401, null, "provider_auth_failed")]
    [InlineData("claude-x", 403, null, "provider_auth_failed")]
    [InlineData("gpt-x", 404, "model_not_found", "model_not_found")]
    [InlineData("claude-x", 404, null, "model_not_found")]
    [InlineData("gpt-x", 400, "context_length_exceeded", "context_length_exceeded")]
    [InlineData("gpt-x", 400, "content_filter", "content_filtered")]
    [InlineData("gpt-x", 429, "insufficient_quota", "rate_limited")]
    [InlineData("claude-x", 413, null, "context_length_exceeded")]
    [InlineData("claude-x", 400, null, "provider_error")]
    [InlineData("gpt-x", 307, null, "provider_error")]
    public async Task What_will_be_refused_again_is_not_asked_again(string model, int status, string? providersCode, string code)
    {
        host.Server.Answer = _ => ModelReply.Refuse(status, $"No: {ModelHost.Canary} won't do.", code: providersCode);
        var asked = await host.AskAsync(model);
        Assert.Equal((code, false), (asked.Error.Code, asked.Error.Retryable));
        Assert.DoesNotContain(ModelHost.Canary, asked.Error.Message, StringComparison.Ordinal);
        Assert.Single(host.Server.Requests);
        Assert.Empty(asked.Records.ModelCalls);
    }

    [Fact]
    public async Task A_long_prompt_is_known_by_its_words_too()
    {
        host.Server.Answer = _ => ModelReply.Refuse(400, "prompt is too long: 250000 tokens > 200000 maximum");
        Assert.Equal("context_length_exceeded", (await host.AskAsync("claude-x")).Error.Code);
    }

    public static TheoryData<string, bool, string> Nonsense
    {
        get
        {
            var data = new TheoryData<string, bool, string>();
            foreach (var model in (string[])["gpt-x", "claude-x"])
            {
                foreach (var stream in (bool[])[true, false])
                {
                    foreach (var body in (string[])["", "<html>Welcome</html>", "{\"id\": \"x\", \"choices\": [", "data: {\"id\": tru\n\n", "{}", "[]"])
                        data.Add(model, stream, body);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Nonsense_is_no_answer(string model, bool stream, string body)
    {
        host.Server.Answer = _ => ModelReply.Malformed(body);
        var error = (await host.AskAsync(model, with: c => c with { Stream = stream })).Error;
        Assert.Equal(("invalid_response", true), (error.Code, error.Retryable));
        Assert.Single(host.Server.Requests);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_connection_that_is_cut_before_an_answer_began_is_made_again(string model, bool stream)
    {
        host.Server.Enqueue(ModelReply.Say("lost") with { CutAfter = 0 }, ModelReply.Say("found"));
        Assert.Equal("found", (await host.AskAsync(model, with: c => c with { Stream = stream })).Reply.Response.Text);
        Assert.Equal((2, 1), (host.Server.Requests.Count, host.Server.Paid));
    }

    [Theory]
    [InlineData("gpt-x")]
    [InlineData("claude-x")]
    public async Task What_came_in_part_is_not_asked_for_again_behind_the_authors_back(string model)
    {
        host.Server.Answer = _ => ModelReply.Say("A long answer that will not come to its end") with { CutAfter = 4 };
        var error = (await host.AskAsync(model, with: c => c with { Stream = true })).Error;
        Assert.Equal(("provider_unavailable", true), (error.Code, error.Retryable));
        Assert.Single(host.Server.Requests);
    }

    [Theory]
    [InlineData("gpt-x")]
    [InlineData("claude-x")]
    public async Task Half_of_an_answer_in_one_piece_is_not_asked_for_again_behind_the_authors_back(string model)
    {
        host.Server.Enqueue(ModelReply.Say("lost") with { CutAfter = 1 }, ModelReply.Say("found"));
        var error = (await host.AskAsync(model)).Error;
        Assert.Equal(("provider_unavailable", true), (error.Code, error.Retryable));
        Assert.Contains("in the middle", error.Message, StringComparison.Ordinal);
        Assert.Single(host.Server.Requests);
    }

    [Fact]
    public async Task An_answer_that_reports_its_usage_and_breaks_off_is_on_the_bill()
    {
        host.Server.Answer = _ => ModelReply.Malformed("""
            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt-4.1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}

            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"gpt-4.1","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}


            """);
        var asked = await host.AskAsync("gpt-4.1", with: c => c with { Stream = true, AgentId = "a" });
        Assert.Equal(("provider_unavailable", true), (asked.Error.Code, asked.Error.Retryable));
        Assert.Equal((1000, 100, 0.0028m, "a"), (asked.Row.Usage.InputTokens, asked.Row.Usage.OutputTokens, asked.Row.CostUsd, asked.Row.AgentId));
        Assert.Equal((0.0028, "provider_unavailable"), ((double)asked.Span.GetTagItem("llm.cost_usd")!, (string?)asked.Span.GetTagItem("error.type")));
        Assert.Equal(System.Diagnostics.ActivityStatusCode.Error, asked.Span.Status);
        var told = asked.Event("model_called");
        Assert.Equal(("failed", "provider_unavailable"), (told.Status, told.Context!.Value.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Vectors_that_do_not_fit_the_texts_are_on_the_bill()
    {
        host.Server.Enqueue(ModelReply.Say("") with { Vectors = [[1, 2, 3]], Usage = new ModelUsage(1_000_000, 0) });
        var context = host.NewContext();
        await Assert.ThrowsAsync<Sos.Executors.Models.ModelCallException>(() =>
            host.Calls.EmbedAsync(new() { Model = "text-embedding-3-small", Inputs = ["a", "b"] }, context, default));
        Assert.Equal(0.02m, Assert.Single(ModelHost.Commit(context).ModelCalls).Row.CostUsd);
    }

    [Fact]
    public async Task An_error_in_a_stream_is_the_providers()
    {
        host.Server.Enqueue(
            ModelReply.Malformed("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"),
            ModelReply.Say("better"));
        Assert.Equal("better", (await host.AskAsync("claude-x", with: c => c with { Stream = true })).Reply.Response.Text);
    }

    [Fact]
    public async Task A_stream_that_just_ends_is_no_answer()
    {
        host.Server.Answer = _ => ModelReply.Malformed("data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"},\"finish_reason\":null}]}\n\n");
        var error = (await host.AskAsync("gpt-x", with: c => c with { Stream = true })).Error;
        Assert.Equal(("provider_unavailable", true), (error.Code, error.Retryable));
        Assert.Contains("in the middle", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_answer_without_end_is_cut_off(string model, bool stream)
    {
        host.Server.Answer = _ => ModelReply.Say(new string('x', 100_000));
        var error = (await host.AskAsync(model, with: c => c with { Stream = stream })).Error;
        Assert.Equal(("invalid_response", false), (error.Code, error.Retryable));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_timeout_ends_the_call_at_the_provider_too(string model, bool stream)
    {
        var never = new TaskCompletionSource();
        host.Server.Answer = _ => ModelReply.Say("too late") with { Until = never.Task, UntilAfterFirstPiece = stream };
        var error = (await host.AskAsync(model, with: c => c with { Stream = stream, Timeout = TimeSpan.FromMilliseconds(300) })).Error;
        Assert.Equal(("model_timeout", true), (error.Code, error.Retryable));
        await host.Server.UntilAsync(s => s.Left == 1);
        Assert.Equal(0, host.Server.Paid);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Cancellation_reaches_the_provider(string model, bool stream)
    {
        var never = new TaskCompletionSource();
        host.Server.Answer = _ => ModelReply.Say("unwanted") with { Until = never.Task, UntilAfterFirstPiece = stream };
        using var cancel = new CancellationTokenSource();
        var call = host.AskAsync(model, with: c => c with { Stream = stream }, cancellationToken: cancel.Token);
        await host.Server.UntilAsync(s => s.Requests.Count == 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await host.Server.UntilAsync(s => s.Left == 1);
        Assert.Contains(host.Spans, s => s.OperationName == $"chat {model}" && (string?)s.GetTagItem("error.type") == "cancelled");
    }

    [Fact]
    public async Task A_provider_that_is_not_there_is_unavailable()
    {
        await using var other = await ModelHost.StartAsync(("Sos:Models:Providers:openai:BaseUrl", $"http://127.0.0.1:{await FreePortAsync()}/v1"));
        var error = (await other.AskAsync("gpt-x")).Error;
        Assert.Equal(("provider_unavailable", true), (error.Code, error.Retryable));
        Assert.Contains("nothing listens there", error.Message, StringComparison.Ordinal);
    }

    // A port that a server had a moment ago.
    private static async Task<int> FreePortAsync()
    {
        await using var server = await ModelServer.StartAsync();
        return new Uri(server.Url).Port;
    }
}
