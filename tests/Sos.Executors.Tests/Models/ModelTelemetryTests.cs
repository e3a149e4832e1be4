using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Testing.Models;

namespace Sos.Executors.Tests.Models;

/// <summary>What a model call shows of itself: span, metrics, events.</summary>
public sealed class ModelTelemetryTests
{
    private static readonly ChatOptions Options = new()
    {
        Temperature = 0.5f, TopP = 0.25f, TopK = 3, MaxOutputTokens = 77, FrequencyPenalty = 1, PresencePenalty = 0.5f, Seed = 4, StopSequences = ["x"],
        Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low },
    };

    [Fact]
    public async Task A_chat_is_a_client_span_with_our_names_and_the_conventions()
    {
        await using var host = await ModelHost.StartAsync();
        host.Server.Enqueue(ModelReply.Say("Good morning", new ModelUsage(1000, 200, Cached: 400, Reasoning: 50)) with { Model = "gpt-4.1-2025-04-14" });
        var context = host.NewContext();
        var asked = await host.AskAsync("gpt-4.1", with: c => c with { Stream = true, Options = Options, ConversationId = "their-own" }, context: context);
        var span = asked.Span;
        Assert.Equal(("chat gpt-4.1", ActivityKind.Client, ActivityStatusCode.Unset), (span.OperationName, span.Kind, span.Status));
        var port = new Uri(host.Server.Url).Port;
        var expected = new Dictionary<string, object?>
        {
            ["llm.provider"] = "openai",
            ["llm.model"] = "gpt-4.1",
            ["llm.connection"] = "openai",
            ["llm.input_tokens"] = 1000L,
            ["llm.output_tokens"] = 200L,
            ["llm.cost_usd"] = 0.003, // 600 at 2, 400 at 0.5, 200 at 8 dollars a million
            ["llm.attempts"] = 1,
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai",
            ["gen_ai.system"] = "openai",
            ["gen_ai.conversation.id"] = "their-own",
            ["gen_ai.request.model"] = "gpt-4.1",
            ["gen_ai.request.stream"] = true,
            ["gen_ai.request.temperature"] = 0.5,
            ["gen_ai.request.top_p"] = 0.25,
            ["gen_ai.request.top_k"] = 3.0,
            ["gen_ai.request.max_tokens"] = 77,
            ["gen_ai.request.frequency_penalty"] = 1.0,
            ["gen_ai.request.presence_penalty"] = 0.5,
            ["gen_ai.request.seed"] = 4L,
            ["gen_ai.request.stop_sequences"] = new[] { "x" },
            ["gen_ai.response.id"] = "chatcmpl-1",
            ["gen_ai.response.model"] = "gpt-4.1-2025-04-14",
            ["gen_ai.response.finish_reasons"] = new[] { "stop" },
            ["gen_ai.usage.input_tokens"] = 1000L,
            ["gen_ai.usage.output_tokens"] = 200L,
            ["gen_ai.usage.cache_read.input_tokens"] = 400L,
            ["gen_ai.usage.cache_creation.input_tokens"] = 0L,
            ["gen_ai.usage.reasoning.output_tokens"] = 50L,
            ["openai.api.type"] = "chat_completions", // the conventions for OpenAI; the adapter sets it
            ["server.address"] = "127.0.0.1",
            ["server.port"] = port,
            ["workflow.id"] = host.Workflow.ToString(),
            ["workflow.execution_id"] = context.Execution.Id.ToString(),
            ["node.id"] = "n",
            ["workspace.id"] = host.Workspace.ToString(),
            ["organization.id"] = context.Execution.OrganizationId.ToString(),
        };
        var actual = span.TagObjects.ToDictionary(t => t.Key, t => t.Value);
        foreach (var measured in (string[])["llm.latency_ms", "gen_ai.response.time_to_first_chunk"])
        {
            Assert.IsType<double>(actual[measured]);
            actual.Remove(measured);
        }
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, e => Assert.Equal(e.Value, actual[e.Key]));

        // The row says the same, to the last digit.
        Assert.Equal((0.003m, span.SpanId.ToHexString(), "stop"), (asked.Row.CostUsd, asked.Row.SpanId, asked.Row.FinishReason));
        // The request itself is below it, and came to an end before it.
        var http = host.Spans.Single(s => s.Source.Name == "System.Net.Http");
        Assert.Equal(span.SpanId, http.ParentSpanId);
        Assert.True(span.StartTimeUtc <= http.StartTimeUtc);
    }

    [Fact]
    public async Task A_sampler_sees_what_the_call_is_when_the_span_starts()
    {
        await using var host = await ModelHost.StartAsync();
        var seen = new ConcurrentQueue<Dictionary<string, object?>>();
        using var sampler = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Sos",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
            {
                if (options.Name == "chat seen-model")
                    seen.Enqueue(options.Tags!.ToDictionary(t => t.Key, t => t.Value));
                return ActivitySamplingResult.None;
            },
        };
        ActivitySource.AddActivityListener(sampler);
        await host.AskAsync("ollama/seen-model");
        var tags = Assert.Single(seen);
        string[] needed = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address", "server.port"];
        Assert.All(needed, n => Assert.Contains(n, tags.Keys));
    }

    [Fact]
    public async Task A_failed_call_is_an_error_with_its_code()
    {
        await using var host = await ModelHost.StartAsync();
        host.Server.Answer = _ => ModelReply.Refuse(401, $"Incorrect API key provided: {ModelHost.Canary}");
        await host.AskAsync("gpt-x");
        var span = host.Spans.Single(s => s.OperationName == "chat gpt-x");
        Assert.Equal((ActivityStatusCode.Error, "provider_auth_failed"), (span.Status, (string?)span.GetTagItem("error.type")));
        var exception = Assert.Single(span.Events);
        Assert.Equal(("exception", "provider_auth_failed"), (exception.Name, (string?)exception.Tags.First(t => t.Key == "exception.type").Value));
        AssertNowhere(host, null);
    }

    [Fact]
    public async Task Who_asks_for_the_newer_conventions_gets_their_names()
    {
        await using var host = await ModelHost.StartAsync(("OTEL_SEMCONV_STABILITY_OPT_IN", "http, gen_ai_latest_experimental"));
        using var metrics = new Metrics("claude-newer");
        host.Server.Enqueue(ModelReply.Say("Hi", new ModelUsage(100, 20, Cached: 40, CacheWrite: 10)));
        var span = (await host.AskAsync("claude-newer", with: c => c with { Options = Options, Stream = true })).Span;
        Assert.Equal(10L, span.GetTagItem("gen_ai.usage.cache_write.input_tokens"));
        Assert.Null(span.GetTagItem("gen_ai.usage.cache_creation.input_tokens"));
        Assert.Equal((3, "low"), (span.GetTagItem("gen_ai.request.top_k"), span.GetTagItem("gen_ai.request.reasoning.level")));
        string[] names =
        [
            "gen_ai.client.inference.duration", "gen_ai.client.inference.operation.input_tokens", "gen_ai.client.inference.operation.output_tokens",
            "gen_ai.client.inference.time_per_output_chunk", "gen_ai.client.inference.time_to_first_chunk",
            "gen_ai.client.inference.usage.cache_read.input_tokens", "gen_ai.client.inference.usage.cache_write.input_tokens",
            "gen_ai.client.inference.usage.input_tokens", "gen_ai.client.inference.usage.output_tokens", "gen_ai.client.inference.usage.reasoning.output_tokens",
        ];
        Assert.Equal(names, metrics.Names);
        Assert.Equal(40, metrics.Of("gen_ai.client.inference.usage.cache_read.input_tokens").Single().Value);
    }

    [Fact]
    public async Task Metrics_have_the_conventions_names_attributes_and_buckets()
    {
        await using var host = await ModelHost.StartAsync();
        using var metrics = new Metrics("metered");
        await host.Database.ExecuteAsync($"insert into model_prices (id, workspace_id, provider, model, input_per_million, output_per_million, valid_from) values ('{Guid.NewGuid()}', '{host.Workspace}', 'openai', 'metered', 1, 2, '2020-01-01')");
        host.Server.Enqueue(ModelReply.Say("one two three four five", new ModelUsage(100, 20)), ModelReply.Refuse(401));
        await host.AskAsync("metered", with: c => c with { Provider = "openai", Stream = true });
        await host.AskAsync("metered", with: c => c with { Provider = "openai" });

        Assert.Equal(
            ["gen_ai.client.operation.duration", "gen_ai.client.operation.time_per_output_chunk", "gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.token.usage", "sos.llm.cost"],
            metrics.Names);
        Assert.Equal([("input", 100.0), ("output", 20.0)], metrics.Of("gen_ai.client.token.usage").Select(m => ((string)m.Tags["gen_ai.token.type"]!, m.Value)));
        Assert.Equal(0.00014, metrics.Of("sos.llm.cost").Single().Value, 12);
        Assert.Single(metrics.Of("gen_ai.client.operation.time_to_first_chunk"));
        Assert.True(metrics.Of("gen_ai.client.operation.time_per_output_chunk").Count > 3);
        var durations = metrics.Of("gen_ai.client.operation.duration");
        Assert.Equal([null, "provider_auth_failed"], durations.Select(d => d.Tags.GetValueOrDefault("error.type")));
        Assert.Equal(
            ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "server.address", "server.port"],
            durations[0].Tags.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92], metrics.Buckets<double>("gen_ai.client.operation.duration"));
        Assert.Equal([1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864], metrics.Buckets<long>("gen_ai.client.token.usage"));
    }

    [Fact]
    public async Task A_made_up_models_name_makes_no_time_series()
    {
        await using var host = await ModelHost.StartAsync();
        using var madeUp = new Metrics("gpt-4.1-made-up");
        using var other = new Metrics("_other");
        await host.Database.ExecuteAsync($"insert into model_prices (id, workspace_id, provider, model, input_per_million, output_per_million, valid_from) values ('{Guid.NewGuid()}', '{host.Workspace}', 'openai', 'gpt-4.1-made*', 1, 2, '2020-01-01')");
        host.Server.Answer = _ => ModelReply.Refuse(404, code: "model_not_found");
        await host.AskAsync("ollama/gpt-4.1-made-up");
        await host.AskAsync("openai/gpt-4.1-made-up");
        Assert.Empty(madeUp.Names);
        var port = new Uri(host.Server.Url).Port;
        Assert.Equal(2, other.Of("gen_ai.client.operation.duration").Count(d => Equals(d.Tags.GetValueOrDefault("server.port"), port)));
    }

    [Fact]
    public async Task Content_is_neither_on_spans_nor_kept_unless_it_is_switched_on()
    {
        await using var host = await ModelHost.StartAsync();
        host.Server.Answer = _ => ModelReply.Say("a secret answer");
        var asked = await host.AskAsync("gpt-x", "a secret question");
        var everything = Everything(host, asked.Records);
        Assert.DoesNotContain("a secret", everything, StringComparison.Ordinal);
        Assert.Equal((null, null), (asked.Row.Prompt, asked.Row.Response));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("SPAN_ONLY")]
    [InlineData("span_and_event")]
    public async Task Content_goes_onto_spans_in_the_conventions_shape_when_it_is_switched_on(string setting)
    {
        await using var host = await ModelHost.StartAsync(("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", setting));
        host.Server.Enqueue(ModelReply.Call("add", new { a = 1 }) with { Text = "Wait." });
        var span = (await host.AskAsync("gpt-x", with: c => c with
        {
            Messages = [new ChatMessage(ChatRole.System, "Be brief."), new ChatMessage(ChatRole.User, $"My key is sk-abcdefghijklmnop1234 and {ModelHost.Canary}")],
        })).Span;
        Assert.Equal("""[{"type":"text","content":"Be brief."}]""", span.GetTagItem("gen_ai.system_instructions"));
        Assert.Equal("""[{"role":"user","parts":[{"type":"text","content":"My key is *** and ***"}]}]""", span.GetTagItem("gen_ai.input.messages"));
        Assert.Equal(
            """[{"role":"assistant","parts":[{"type":"text","content":"Wait."},{"type":"tool_call","id":"call_1_0","name":"add","arguments":{"a":1}}],"finish_reason":"tool_calls"}]""",
            span.GetTagItem("gen_ai.output.messages"));
    }

    [Fact]
    public async Task Long_content_is_cut_and_stays_JSON()
    {
        await using var host = await ModelHost.StartAsync(("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"), ("Sos:Models:MaxContentLength", "1000"));
        var span = (await host.AskAsync("gpt-x", with: c => c with
        {
            Messages = [new ChatMessage(ChatRole.User, "old " + new string('é', 5000)), new ChatMessage(ChatRole.Assistant, "\"quoted\""), new ChatMessage(ChatRole.User, "the latest")],
        })).Span;
        var text = (string)span.GetTagItem("gen_ai.input.messages")!;
        Assert.InRange(text.Length, 900, 1300);
        var messages = JsonElement.Parse(text);
        Assert.Equal("the latest", messages[2].GetProperty("parts")[0].GetProperty("content").GetString());
        Assert.EndsWith("…", messages[0].GetProperty("parts")[0].GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompts_and_answers_are_kept_where_the_workspace_says_so()
    {
        await using var host = await ModelHost.StartAsync();
        await host.Database.ExecuteAsync("update workspaces set keep_model_content = true");
        var row = (await host.AskAsync("gpt-x", $"Remember {ModelHost.Canary}")).Row;
        Assert.Equal("""[{"role":"user","parts":[{"type":"text","content":"Remember ***"}]}]""", row.Prompt);
        Assert.Equal("""[{"role":"assistant","parts":[{"type":"text","content":"ok"}],"finish_reason":"stop"}]""", row.Response);
    }

    [Theory]
    [InlineData("gpt-x")]
    [InlineData("claude-x")]
    [InlineData("azure/x")]
    public async Task A_key_is_nowhere_but_in_the_request(string model)
    {
        await using var host = await ModelHost.StartAsync(("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true"));
        await host.Database.ExecuteAsync("update workspaces set keep_model_content = true");
        // A server that repeats all it is told, in answers and in errors.
        host.Server.Answer = r => r.Number % 2 == 1 ? ModelReply.Say(string.Join(' ', r.Headers.Values)) : ModelReply.Refuse(400, string.Join(' ', r.Headers.Values));
        var answered = await host.AskAsync(model);
        var refused = await host.AskAsync(model);
        Assert.Contains("***", answered.Row.Response, StringComparison.Ordinal);
        Assert.Contains("***", refused.Error.Message, StringComparison.Ordinal);
        Assert.Contains(host.Server.Requests[0].Headers.Values, v => v.Contains(ModelHost.Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(ModelHost.Canary, refused.Failure!.ToString(), StringComparison.Ordinal);
        AssertNowhere(host, answered.Records);
    }

    private static void AssertNowhere(ModelHost host, Sos.Executors.Nodes.NodeRecordBatch? records) =>
        Assert.DoesNotContain(ModelHost.Canary, Everything(host, records), StringComparison.Ordinal);

    private static string Everything(ModelHost host, Sos.Executors.Nodes.NodeRecordBatch? records) => string.Join('\n',
    [
        .. host.Spans.SelectMany(s => s.TagObjects.Select(t => $"{t.Key}={t.Value}").Concat(s.Events.SelectMany(e => e.Tags.Select(t => $"{t.Value}"))).Append(s.DisplayName).Append(s.StatusDescription)),
        .. records?.Events.Select(e => e.ToString()) ?? [],
        .. records?.Events.Select(e => e.Context?.GetRawText()) ?? [],
        .. records?.ModelCalls.Select(c => c.Row.ToString()) ?? [],
        host.Logs.All,
    ]);

    /// <summary>What is measured of calls of one model.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly ConcurrentQueue<(Instrument Instrument, double Value, Dictionary<string, object?> Tags)> measured = [];
        private readonly MeterListener listener = new();

        public Metrics(string model)
        {
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "Sos")
                    l.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Add(i, v, tags));
            listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Add(i, v, tags));
            listener.Start();

            void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                var all = new Dictionary<string, object?>(tags.ToArray());
                if ((string?)all.GetValueOrDefault("gen_ai.request.model") == model)
                    measured.Enqueue((instrument, value, all));
            }
        }

        public IEnumerable<string> Names => measured.Select(m => m.Instrument.Name).Distinct().Order(StringComparer.Ordinal);

        public IReadOnlyList<(double Value, Dictionary<string, object?> Tags)> Of(string name) =>
            [.. measured.Where(m => m.Instrument.Name == name).Select(m => (m.Value, m.Tags))];

        public IReadOnlyList<T>? Buckets<T>(string name)
            where T : struct => ((Instrument<T>)measured.First(m => m.Instrument.Name == name).Instrument).Advice?.HistogramBucketBoundaries;

        public void Dispose() => listener.Dispose();
    }
}
