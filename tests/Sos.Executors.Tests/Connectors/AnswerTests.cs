using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Tests.Nodes;
using Sos.Executors.Tests.Nodes.Http;

namespace Sos.Executors.Tests.Connectors;

/// <summary>Lists over pages, failures that services tell, and limits.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData("type: link, items: /items", "link")]
    [InlineData("type: nextUrl, items: /items, next: /next", "nextUrl")]
    [InlineData("type: cursor, items: /items, next: /cursor, query: after", "after")]
    [InlineData("type: cursor, items: /items, lastItem: /n, more: /more, query: after", "after")]
    [InlineData("type: page, items: /items, query: page, size: count", "page")]
    [InlineData("type: offset, items: /items, query: skip, size: count", "skip")]
    public async Task All_pages_of_a_list_are_fetched_up_to_a_limit(string pagination, string way)
    {
        await using var target = await ListAsync(way);
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(List(target.Url, pagination));
        var whole = await engine.RunAsync("""{"connector": "list", "action": "all"}""");
        Assert.True(whole.Row.Status == "completed", whole.Row.Error?.GetRawText());
        var output = whole.Row.Output!.Value;
        Assert.Equal([1, 2, 3, 4, 5], output.GetProperty("data").EnumerateArray().Select(i => i.GetProperty("n").GetInt32()));
        Assert.False(output.GetProperty("truncated").GetBoolean());
        Assert.Equal(3, output.GetProperty("pages").GetInt32());
        Assert.Equal(3, Assert.Single(engine.Calls(whole)).GetTagItem("connector.pages"));

        var part = (await engine.RunAsync("""{"connector": "list", "action": "all", "maxItems": 3}""")).Row.Output!.Value;
        Assert.Equal((3, true, 2), (part.GetProperty("data").GetArrayLength(), part.GetProperty("truncated").GetBoolean(), part.GetProperty("pages").GetInt32()));
    }

    [Fact]
    public async Task A_cursor_in_the_body_and_a_mapped_answer()
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            var asked = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
            var second = asked.TryGetProperty("page", out var page) && page.TryGetProperty("after", out _);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(second ? """{"items": [{"n": 2}], "cursor": ""}""" : """{"items": [{"n": 1}], "cursor": "c2"}""");
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: list
            title: List
            baseUrl: "URL"
            actions:
              all:
                title: All
                method: POST
                parameters: { filter: { type: string } }
                pagination: { type: cursor, items: /items, next: /cursor, body: /page/after }
                response: "{{ body.items.map(i, i.n * 10) }}"
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        NodeRun.AssertJson("[10, 20]", await engine.DataAsync("""{"connector": "list", "action": "all", "with": {"filter": "x"}}"""));
        NodeRun.AssertJson("""{"filter": "x", "page": {"after": "c2"}}""", JsonElement.Parse(target.Requests.Last().Body));
    }

    [Theory]
    [InlineData("same", "circle")]
    [InlineData("elsewhere", "another server")]
    [InlineData("no-list", "list is expected")]
    public async Task A_list_that_leads_in_a_circle_or_away_is_refused(string behaviour, string said)
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.Headers.Link = behaviour == "same" ? "</list?page=2>; rel=\"next\"" : "<https://evil.example/list>; rel=next";
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(behaviour == "no-list" ? """{"items": "none"}""" : """{"items": [{"n": 1}]}""");
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(List(target.Url, "type: link, items: /items"));
        var (code, message) = await engine.FailAsync("""{"connector": "list", "action": "all"}""");
        Assert.Equal("invalid_response", code);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_in_a_200_is_one_with_the_services_own_words()
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(context.Request.Path == "/busy" ? """{"ok": false, "error": "ratelimited"}""" : """{"ok": false, "error": "channel_not_found", "hint": "Invite the bot."}""");
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: chat
            title: Chat
            baseUrl: "URL"
            errors: { message: [/hint, /error], code: /error, failed: "{{ body.ok == false }}", rateLimited: [ratelimited] }
            actions: { say: { title: Say, path: /say }, busy: { title: Busy, path: /busy } }
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        var (code, message) = await engine.FailAsync("""{"connector": "chat", "action": "say"}""");
        Assert.Equal("connector_failed", code);
        Assert.Equal("Chat (chat) answered 'say' with 200 channel_not_found: Invite the bot.", message);
        Assert.Equal("connector_429", (await engine.FailAsync("""{"connector": "chat", "action": "busy"}""")).Code);
    }

    [Fact]
    public async Task A_rate_limit_is_kept_and_what_the_service_asks_for_is_heeded()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        await using var busy = await HttpTarget.StartAsync("application/json", "{}", 429, ("Retry-After", "120"));
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync($"id: limited\ntitle: Limited\nbaseUrl: \"{target.Url}\"\nrateLimit: {{ requests: 2, per: 1h }}\nactions: {{ go: {{ title: Go }} }}");
        await engine.SaveAsync($"id: busy\ntitle: Busy\nbaseUrl: \"{busy.Url}\"\nactions: {{ go: {{ title: Go }} }}");
        const string Call = """{"connector": "limited", "action": "go", "timeout": "5s"}""";
        await engine.DataAsync(Call);
        await engine.DataAsync(Call);
        Assert.Equal("connector_rate_limited", (await engine.FailAsync(Call)).Code);
        Assert.Equal(2, target.Requests.Count);
        Assert.Equal("connector_429", (await engine.FailAsync("""{"connector": "busy", "action": "go"}""")).Code);
        Assert.Equal("connector_rate_limited", (await engine.FailAsync("""{"connector": "busy", "action": "go"}""")).Code);
        Assert.Single(busy.Requests);
    }

    [Fact]
    public async Task What_says_how_long_a_limit_lasts_delays_no_other_failure()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}", 502, ("X-Reset", "3000"));
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: odd
            title: Odd
            baseUrl: "URL"
            errors: { retryAfter: "{{ int(headers['x-reset']) }}" }
            actions: { go: { title: Go } }
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        // A retry that waited for 3,000 s would not end in time.
        var run = await engine.RunAsync("""{"connector": "odd", "action": "go"}""", """, "retry": { "maxAttempts": 2, "delay": "1ms" } """);
        Assert.Equal("connector_502", run.Row.ErrorCode);
        Assert.Equal(2, target.Requests.Count);
    }

    [Fact]
    public async Task A_secret_that_is_cut_in_half_is_none_that_leaves()
    {
        const string Canary = "canary-token-abcdefgh-123456";
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.StatusCode = 400;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"pad": "{{new string('x', 4_070)}}", "echo": "{{context.Request.Headers.Authorization}}"}""");
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync($"id: echo\ntitle: Echo\nbaseUrl: \"{target.Url}\"\nauth: [{{ type: bearer }}]\nactions: {{ go: {{ title: Go }} }}");
        await engine.Credentials.SaveAsync("token", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, target.Url);
        var run = await engine.RunAsync("""{"connector": "echo", "action": "go", "credential": "token"}""");
        var steps = await engine.Engine.StepsAsync(run.Id);
        Assert.Contains("bodyStart", steps[0].Error!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", steps[0].Error!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_bounded_over_all_pages()
    {
        var page = 0;
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"items": ["{{new string('x', 600)}}"], "next": "/list?p={{Interlocked.Increment(ref page)}}"}""");
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(List(target.Url, "type: nextUrl, items: /items, next: /next"));
        var (code, message) = await engine.FailAsync("""{"connector": "list", "action": "all", "maxResponseBytes": 1500}""");
        Assert.Equal("response_too_large", code);
        Assert.Contains("1500", message, StringComparison.Ordinal);
        Assert.Equal(3, target.Requests.Count);
    }

    private static string List(string url, string pagination) => $$"""
        id: list
        title: List
        baseUrl: "{{url}}"
        actions:
          all:
            title: All
            path: /list
            parameters: { count: { type: integer, default: 2 } }
            pagination: { {{pagination}} }
        """;

    /// <summary>Five items, two on a page.</summary>
    private static Task<HttpTarget> ListAsync(string way) => HttpTarget.StartAsync(async context =>
    {
        var query = context.Request.Query;
        var from = way switch
        {
            "after" => query.TryGetValue("after", out var after) ? int.Parse(after!) : 0,
            "page" => query.TryGetValue("page", out var page) ? (int.Parse(page!) - 1) * 2 : 0,
            "skip" => query.TryGetValue("skip", out var skip) ? int.Parse(skip!) : 0,
            _ => query.TryGetValue("from", out var start) ? int.Parse(start!) : 0,
        };
        var items = Enumerable.Range(from + 1, Math.Min(2, 5 - from)).Select(n => new { n });
        var more = from + 2 < 5;
        var next = $"/list?from={from + 2}";
        if (way == "link" && more)
            context.Response.Headers.Link = $"<{next}>; rel=\"next\", </list?from=0>; rel=\"first\"";
        await context.Response.WriteAsJsonAsync(new { items, more, cursor = more ? (from + 2).ToString() : null, next = more ? next : null });
    });
}
