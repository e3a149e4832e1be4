using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Nodes.Http;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>Lists that go on from page to page.</summary>
public sealed class HttpPagingTests : IDisposable
{
    private readonly HttpRun run = new();

    [Theory]
    [InlineData("""{ "type": "link", "items": "/data" }""", "/items?per=2;/items?n=1;/items?n=2")]
    [InlineData("""{ "type": "nextUrl", "items": "/data", "next": "/links/next" }""", "/items?per=2;/items?n=1;/items?n=2")]
    [InlineData("""{ "type": "cursor", "items": "/data", "next": "/cursor", "query": "n" }""", "/items?per=2;/items?per=2&n=1;/items?per=2&n=2")]
    [InlineData("""{ "type": "page", "items": "/data", "query": "n", "first": 0, "size": 2 }""", "/items?per=2&n=0;/items?per=2&n=1;/items?per=2&n=2")]
    [InlineData("""{ "type": "page", "items": "/data", "query": "n", "first": 0 }""", "/items?per=2&n=0;/items?per=2&n=1;/items?per=2&n=2;/items?per=2&n=3")]
    [InlineData("""{ "type": "offset", "items": "/data", "query": "skip", "size": 2 }""", "/items?per=2&skip=0;/items?per=2&skip=2;/items?per=2&skip=4")]
    [InlineData("""{ "type": "page", "items": "/data", "query": "n", "first": 0, "more": "/more" }""", "/items?per=2&n=0;/items?per=2&n=1;/items?per=2&n=2")]
    public async Task All_pages_come_as_one_list(string pagination, string asked)
    {
        await using var target = await HttpTarget.StartAsync(FiveItemsAsync);
        var output = await run.OutputAsync(target.Url + "/items", $"\"query\": {{ \"per\": 2 }}, \"pagination\": {pagination}");
        NodeRun.AssertJson("[0, 1, 2, 3, 4]", output.GetProperty("items"));
        Assert.Equal(asked.Split(';'), target.Requests.Select(r => r.Target));
        Assert.Equal((asked.Split(';').Length, false), (output.GetProperty("pages").GetInt32(), output.GetProperty("truncated").GetBoolean()));
    }

    [Fact]
    public async Task A_cursor_may_go_into_the_body_and_each_page_has_its_own_idempotency_key()
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
            await AnswerAsync(context, body.TryGetProperty("n", out var n) ? n.GetString() : null);
        });
        var output = await run.OutputAsync(target.Url, """
            "method": "POST", "json": { "filter": "x" }, "pagination": { "type": "cursor", "items": "/data", "next": "/cursor", "body": "n" }
            """);
        Assert.Equal(5, output.GetProperty("items").GetArrayLength());
        Assert.Equal(["""{"filter":"x"}""", """{"filter":"x","n":"1"}""", """{"filter":"x","n":"2"}"""], target.Requests.Select(r => r.Body));
        var key = run.Node.LastContext!.IdempotencyKey;
        Assert.Equal([key, key + "/page-2", key + "/page-3"], target.Requests.Select(r => r.Headers["idempotency-key"]));
    }

    [Theory]
    [InlineData("\"maxPages\": 2", 4)]
    [InlineData("\"maxItems\": 3", 3)]
    [InlineData("\"maxItems\": 4", 4)]
    public async Task It_stops_at_the_limits(string limit, int items)
    {
        await using var target = await HttpTarget.StartAsync(FiveItemsAsync);
        var output = await run.OutputAsync(target.Url, $$"""
            "pagination": { "type": "link", "items": "/data", {{limit}} }
            """);
        Assert.Equal((items, true, 2), (output.GetProperty("items").GetArrayLength(), output.GetProperty("truncated").GetBoolean(), target.Requests.Count));
    }

    [Fact]
    public async Task All_pages_together_may_be_as_large_as_one_answer()
    {
        await using var target = await HttpTarget.StartAsync(FiveItemsAsync);
        var error = await run.FailAsync(target.Url, "\"maxResponseBytes\": 200, \"pagination\": { \"type\": \"link\", \"items\": \"/data\" }");
        Assert.Equal("response_too_large", error.Code);
        Assert.Contains("200 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("link", "</items?n=1>; rel=\"next\"", "{\"data\": [1]}", "circle")]
    [InlineData("link", "<http://[>; rel=next", "{\"data\": [1]}", "no URL")]
    [InlineData("link", "<ftp://a/b>; rel=next", "{\"data\": [1]}", "ftp")]
    [InlineData("link", "<http://u:p@a/b>; rel=next", "{\"data\": [1]}", "password")]
    [InlineData("link", "", "{\"data\": 5}", "a number at '/data'")]
    [InlineData("link", "", "[5]", "a list")]
    [InlineData("cursor", "", "{\"data\": [1], \"cursor\": \"same\"}", "circle")]
    public async Task Pages_that_lead_nowhere_or_in_a_circle_fail_the_node(string type, string link, string body, string part)
    {
        await using var target = await HttpTarget.StartAsync("application/json", body, headers: ("Link", link));
        var error = await run.FailAsync(target.Url, $$"""
            "pagination": { "type": "{{type}}", "items": "/data"{{(type == "cursor" ? ", \"next\": \"/cursor\", \"query\": \"c\"" : "")}} }
            """);
        Assert.Equal(("pagination_failed", false), (error.Code, error.Retryable));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.InRange(target.Requests.Count, 1, 3);
    }

    [Fact]
    public async Task A_page_that_fails_fails_the_node()
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Query.ContainsKey("n") ? 503 : 200;
            return AnswerAsync(context, null);
        });
        var error = await run.FailAsync(target.Url, "\"pagination\": { \"type\": \"link\", \"items\": \"/data\" }");
        Assert.Equal(("http_503", true), (error.Code, error.Retryable));
    }

    [Fact]
    public async Task A_page_that_is_no_json_fails_the_node()
    {
        await using var target = await HttpTarget.StartAsync("text/html", "<p>");
        Assert.Equal("invalid_response", (await run.FailAsync(target.Url, "\"pagination\": { \"type\": \"link\" }")).Code);
    }

    [Theory]
    [InlineData("\"auth\": { \"type\": \"bearer\", \"token\": \"canary-token\" }")]
    [InlineData("\"auth\": { \"type\": \"apiKey\", \"in\": \"query\", \"name\": \"appid\", \"value\": \"canary-token\" }")]
    [InlineData("\"headers\": { \"X-Api-Key\": \"canary-token\" }")]
    public async Task A_next_page_on_another_server_gets_no_secret(string secret)
    {
        await using var elsewhere = await HttpTarget.StartAsync("application/json", "[2]");
        await using var target = await HttpTarget.StartAsync("application/json", "[1]", headers: ("Link", $"<{elsewhere.Url}/more>; rel=next"));
        var error = await run.FailAsync(target.Url, secret + ", \"pagination\": { \"type\": \"link\" }");
        Assert.Equal("pagination_failed", error.Code);
        Assert.Contains("another server", error.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData("\"form\": { \"client_secret\": \"short\" }", null)]
    [InlineData("\"multipart\": [{ \"name\": \"password\", \"value\": \"short\" }]", null)]
    [InlineData("\"json\": { \"of\": [{ \"apiKey\": \"short\" }] }", null)]
    [InlineData("\"json\": { \"filter\": \"x\" }", "canary-token")]
    [InlineData("\"form\": { \"filter\": \"x\" }", "canary-token")]
    [InlineData("\"text\": \"x\"", "canary-token")]
    public async Task A_next_page_on_another_server_gets_no_body_that_may_hold_a_secret(string body, string? secret)
    {
        await using var elsewhere = await HttpTarget.StartAsync("application/json", "[2]");
        await using var target = await HttpTarget.StartAsync("application/json", "[1]", headers: ("Link", $"<{elsewhere.Url}/more>; rel=next"));
        run.Node.Secret = secret;
        var error = await run.FailAsync(target.Url, body + ", \"method\": \"POST\", \"pagination\": { \"type\": \"link\" }");
        Assert.Equal("pagination_failed", error.Code);
        Assert.Contains("another server", error.Message, StringComparison.Ordinal);
        Assert.Single(target.Requests);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_body_without_secrets_goes_to_a_next_page_on_another_server()
    {
        await using var elsewhere = await HttpTarget.StartAsync("application/json", "[2]");
        await using var target = await HttpTarget.StartAsync("application/json", "[1]", headers: ("Link", $"<{elsewhere.Url}/more>; rel=next"));
        await run.OutputAsync(target.Url, "\"json\": { \"filter\": \"x\" }, \"method\": \"POST\", \"pagination\": { \"type\": \"link\" }");
        Assert.Equal("""{"filter":"x"}""", elsewhere.Request.Body);
    }

    [Theory]
    [InlineData("12345678901234567890123", "{\"n\":12345678901234567890123}")]
    [InlineData("1.50", "{\"n\":1.50}")]
    [InlineData("\"007\"", "{\"n\":\"007\"}")]
    public async Task A_cursor_in_a_body_stays_the_number_or_text_that_it_was(string cursor, string sent)
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            var isFirst = (await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body)).GetProperty("n").ValueKind == JsonValueKind.Null;
            await context.Response.WriteAsync($$"""{"data": [1], "cursor": {{(isFirst ? cursor : "null")}}}""");
        });
        await run.OutputAsync(target.Url, """
            "method": "POST", "json": { "n": null }, "pagination": { "type": "cursor", "items": "/data", "next": "/cursor", "body": "n" }
            """);
        Assert.Equal(sent, target.Requests.Last().Body);
    }

    [Fact]
    public async Task Without_secrets_a_next_page_may_be_on_another_server_that_may_be_reached()
    {
        await using var elsewhere = await HttpTarget.StartAsync("application/json", "[2]");
        await using var target = await HttpTarget.StartAsync("application/json", "[1]", headers: ("Link", $"<{elsewhere.Url}/more>; rel=next"));
        NodeRun.AssertJson("[1, 2]", (await run.OutputAsync(target.Url, "\"pagination\": { \"type\": \"link\" }")).GetProperty("items"));

        await using var leading = await HttpTarget.StartAsync("application/json", "[1]", headers: ("Link", "<http://169.254.169.254/latest/meta-data>; rel=next"));
        Assert.Equal("address_not_allowed", (await run.FailAsync(leading.Url, "\"pagination\": { \"type\": \"link\" }")).Code);
    }

    [Fact]
    public async Task A_key_of_the_query_goes_along_although_links_leave_it_out()
    {
        await using var target = await HttpTarget.StartAsync(FiveItemsAsync);
        var output = await run.OutputAsync(target.Url, """
            "auth": { "type": "apiKey", "in": "query", "name": "appid", "value": "canary&token" }, "pagination": { "type": "link", "items": "/data" }
            """);
        Assert.Equal(["/?appid=canary%26token", "/items?n=1&appid=canary%26token", "/items?n=2&appid=canary%26token"], target.Requests.Select(r => r.Target));
        Assert.DoesNotContain("canary", output.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_depends_on_the_answer_alone()
    {
        var paging = new Paging(new PagingRules { Type = PagingType.Link });
        var items = paging.Items(JsonElement.Parse("[1]"));
        Assert.Equal(new PagingStep.To(new Uri("https://a.test/x?page=2")), paging.Next(new Uri("https://a.test/x"), "<?page=2>; rel=\"next\", <?page=9>; rel=\"last\"", default, items));
        Assert.Null(paging.Next(new Uri("https://a.test/x?page=2"), "<?page=1>; rel=\"prev\"", default, items));
    }

    public void Dispose() => run.Dispose();

    private static Task FiveItemsAsync(HttpContext context) =>
        AnswerAsync(context, context.Request.Query["skip"] is [var skip] ? (int.Parse(skip!, CultureInfo.InvariantCulture) / 2).ToString(CultureInfo.InvariantCulture) : (string?)context.Request.Query["n"]);

    // Pages 0, 1 and 2 of five items, with every way to the next one.
    private static async Task AnswerAsync(HttpContext context, string? number)
    {
        var page = int.Parse(number ?? "0", CultureInfo.InvariantCulture);
        int[] items = [.. Enumerable.Range(0, 5).Skip(2 * page).Take(2)];
        var more = page < 2;
        if (more)
            context.Response.Headers.Append("Link", $"</items?n={page + 1}>; rel=\"next\"");
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""
            { "data": [{{string.Join(',', items)}}], "more": {{(more ? "true" : "false")}}, "cursor": {{(more ? $"\"{page + 1}\"" : "null")}}, "links": { "next": {{(more ? $"\"/items?n={page + 1}\"" : "null")}} } }
            """);
    }
}
