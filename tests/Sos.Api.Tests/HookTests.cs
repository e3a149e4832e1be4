using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sos.Api.Tests.Support;
using Sos.Testing.Otlp;

namespace Sos.Api.Tests;

/// <summary><c>/hooks/{token}</c>: what callers of webhooks get.</summary>
public sealed class HookTests
{
    private const string Secret = "It's a Secret to Everybody";
    private const string Open = """{"kind": "none"}""";
    private const string GitHub = """{"kind": "github"}""";

    [Fact]
    public async Task A_signed_call_starts_an_execution_with_what_was_sent()
    {
        var hook = await Hook.CreateAsync(await ApiHost.ExecutingAsync(), GitHub, Secret);
        const string body = """{"ref": "refs/heads/main"}""";
        var answer = (await hook.CallAsync(body, path: "?a=1&b=2&b=3", headers: [("X-Hub-Signature-256", Sign(body)), ("X-GitHub-Event", "push"), ("Authorization", "Bearer top-secret")])).Expect(HttpStatusCode.Accepted);
        Assert.Equal(["executionId"], answer.Body.EnumerateObject().Select(p => p.Name));
        var execution = await hook.Client.UntilAsync(answer["executionId"].GetString()!, "completed");
        var input = execution.GetProperty("input");
        Assert.Equal(("POST", "refs/heads/main", "push", "application/json; charset=utf-8", """{"a":"1","b":["2","3"]}"""),
            (input.GetProperty("method").GetString(), input.GetProperty("body").GetProperty("ref").GetString(), input.GetProperty("headers").GetProperty("x-github-event").GetString(),
                input.GetProperty("contentType").GetString(), input.GetProperty("query").GetRawText()));
        Assert.InRange(input.GetProperty("receivedAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.DoesNotContain("sha256=", input.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("top-secret", input.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(("webhook", hook.Id), (execution.GetProperty("trigger").GetProperty("type").GetString(), execution.GetProperty("trigger").GetProperty("id").GetString()));
        Assert.Equal("webhook_received", await hook.QueryAsync<string>($"select event_type from event_logs where execution_id = '{answer["executionId"].GetString()}' order by id limit 1"));
        Assert.NotEqual(JsonValueKind.Null, (await hook.Client.GetAsync($"/webhooks/{hook.Id}"))["lastReceivedAt"].ValueKind);
    }

    [Fact]
    public async Task Calls_that_can_not_be_verified_start_nothing_and_are_told_nothing()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), GitHub, Secret);
        var answers = new List<Answer>();
        foreach (var signature in new[] { null, "", "sha256=", Sign("another body"), Sign("{}")[..^1] + "x", "sha1=00" })
            answers.Add((await hook.CallAsync("{}", headers: [("X-Hub-Signature-256", signature)])).ExpectProblem(401, "verification_failed"));
        Assert.Single(answers.Select(a => a["detail"].GetString()).Distinct());
        Assert.Equal(0, await hook.ExecutionsAsync());
        // One row for the first; the others are counted until ten seconds have passed.
        Assert.Equal("signature_missing 1", await hook.QueryAsync<string>($"select string_agg(concat_ws(' ', context ->> 'reason', context ->> 'calls'), ', ') from event_logs where event_type = 'webhook_refused' and context ->> 'id' = '{hook.Id}'"));
    }

    [Fact]
    public async Task A_delivery_that_comes_again_starts_nothing_even_under_another_id()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), GitHub, Secret);
        var first = (await hook.CallAsync("""{"n": 1}""", headers: [("X-Hub-Signature-256", Sign("""{"n": 1}""")), ("X-GitHub-Delivery", "1")])).Expect(HttpStatusCode.Accepted);
        var again = (await hook.CallAsync("""{"n": 1}""", headers: [("X-Hub-Signature-256", Sign("""{"n": 1}""")), ("X-GitHub-Delivery", "2")])).Expect(HttpStatusCode.OK);
        Assert.Equal((first["executionId"].GetString(), true), (again["executionId"].GetString(), again["repeated"].GetBoolean()));
        (await hook.CallAsync("""{"n": 2}""", headers: [("X-Hub-Signature-256", Sign("""{"n": 2}"""))])).Expect(HttpStatusCode.Accepted);
        Assert.Equal(2, await hook.ExecutionsAsync());

        // After thirty days it is forgotten.
        Assert.Equal(30.0, await hook.QueryAsync<double>($"select round(extract(epoch from max(expires_at) - now()) / 86400, 2)::float8 from webhook_deliveries where webhook_id = '{hook.Id}'"));
        await hook.QueryAsync<object>($"update webhook_deliveries set expires_at = now() - interval '1 second' where webhook_id = '{hook.Id}' returning 1");
        (await hook.CallAsync("""{"n": 1}""", headers: [("X-Hub-Signature-256", Sign("""{"n": 1}"""))])).Expect(HttpStatusCode.Accepted);
        Assert.Equal(3, await hook.ExecutionsAsync());
    }

    [Theory]
    [InlineData("failed", true)]
    [InlineData("cancelled", true)]
    [InlineData("completed", false)]
    [InlineData("running", false)]
    public async Task A_delivery_that_came_to_nothing_runs_again_when_it_is_repeated(string status, bool runsAgain)
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), GitHub, Secret);
        var first = (await DeliverAsync()).Expect(HttpStatusCode.Accepted)["executionId"].GetString();
        await hook.Client.Host.Database.ExecuteAsync($"update workflow_executions set status = '{status}' where id = '{first}'");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => DeliverAsync()));
        Assert.Equal(runsAgain ? 1 : 0, answers.Count(a => a.Status == HttpStatusCode.Accepted));
        Assert.Equal(runsAgain ? 2 : 1, await hook.ExecutionsAsync());
        Assert.Equal(runsAgain, Assert.Single(answers.Select(a => a["executionId"].GetString()).Distinct()) != first);

        Task<Answer> DeliverAsync() => hook.CallAsync("{}", headers: [("X-Hub-Signature-256", Sign("{}"))]);
    }

    [Fact]
    public async Task A_synchronous_webhook_whose_run_failed_runs_when_its_sender_tries_again()
    {
        var hook = await Hook.CreateAsync(await ApiHost.ExecutingAsync(), GitHub, Secret, ", \"answer\": \"sync\"", Definitions.Transform(value: "\"{{ 1 / input.body.divisor }}\""));
        const string body = "{\"divisor\": 0}";
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            (await hook.CallAsync(body, headers: [("X-Hub-Signature-256", Sign(body))])).ExpectProblem(500, "execution_failed");
            Assert.Equal(attempt, await hook.ExecutionsAsync());
        }
    }

    [Fact]
    public async Task A_delivery_is_remembered_for_as_long_as_the_webhook_says()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), GitHub, Secret, ", \"replayWindowSeconds\": 90");
        (await hook.CallAsync("{}", headers: [("X-Hub-Signature-256", Sign("{}"))])).Expect(HttpStatusCode.Accepted);
        (await hook.CallAsync("{}", headers: [("X-Hub-Signature-256", Sign("{}"))])).Expect(HttpStatusCode.OK);
        Assert.InRange(await hook.QueryAsync<double>($"select extract(epoch from expires_at - now())::float8 from webhook_deliveries where webhook_id = '{hook.Id}'"), 30, 90);
        await hook.QueryAsync<object>($"update webhook_deliveries set expires_at = expires_at - interval '90 seconds' where webhook_id = '{hook.Id}' returning 1");
        (await hook.CallAsync("{}", headers: [("X-Hub-Signature-256", Sign("{}"))])).Expect(HttpStatusCode.Accepted);
        Assert.Equal(2, await hook.ExecutionsAsync());
    }

    [Fact]
    public async Task What_a_proxy_tells_of_the_address_does_not_reach_the_workflow()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), Open, null);
        (await hook.CallAsync("{}", headers: [("X-Original-URL", hook.Path), ("X-Forwarded-Uri", hook.Path + "?a=1"), ("X-Whatever", "https://sos.example.com" + hook.Path), ("X-Kept", "yes")])).Expect(HttpStatusCode.Accepted);
        var input = await hook.QueryAsync<string>($"select input::text from workflow_executions where workspace_id = '{hook.Client.Workspace}'");
        Assert.DoesNotContain(hook.Path["/hooks/".Length..], input, StringComparison.Ordinal);
        Assert.Contains("x-kept", input, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_who_guesses_addresses_shuts_nobody_else_behind_the_same_proxy_out()
    {
        await using var host = await ApiHost.StartAsync(executes: false);
        var hook = await Hook.CreateAsync(host, Open, null);
        using var anonymous = host.Anonymous();
        var guesses = 0;
        HttpStatusCode status;
        do
        {
            using var guess = new HttpRequestMessage(HttpMethod.Post, hook.Path[..^1] + (hook.Path[^1] == 'A' ? 'E' : 'A')) { Content = new StringContent("{}") };
            status = (await Answer.OfAsync(anonymous, guess)).Status;
        }
        while (status == HttpStatusCode.NotFound && ++guesses < 5_000);
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        (await hook.CallAsync("{}")).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Of_deliveries_that_come_at_the_same_moment_one_starts_an_execution()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), GitHub, Secret);
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => hook.CallAsync("{}", headers: [("X-Hub-Signature-256", Sign("{}"))])));
        Assert.Single(answers, a => a.Status == HttpStatusCode.Accepted);
        Assert.All(answers, a => Assert.True(a.Response.IsSuccessStatusCode, a.Text));
        Assert.Single(answers.Select(a => a["executionId"].GetString()).Distinct());
        Assert.Equal(1, await hook.ExecutionsAsync());
    }

    [Fact]
    public async Task Old_future_and_replayed_calls_of_Slack_are_refused()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), """{"kind": "slack"}""", "slack-signing-secret");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        const string body = "command=%2Fdeploy&text=now";
        (await CallAsync(now - 400)).ExpectProblem(401, "verification_failed");
        (await CallAsync(now + 400)).ExpectProblem(401, "verification_failed");
        (await CallAsync(now)).Expect(HttpStatusCode.Accepted);
        Assert.True((await CallAsync(now)).Expect(HttpStatusCode.OK)["repeated"].GetBoolean());
        Assert.Equal(1, await hook.ExecutionsAsync());
        Assert.Equal("""{"text": "now", "command": "/deploy"}""", await hook.QueryAsync<string>($"select (input -> 'body')::text from workflow_executions where trigger ->> 'id' = '{hook.Id}'"));

        Task<Answer> CallAsync(long time) => hook.CallAsync(body, contentType: "application/x-www-form-urlencoded", headers:
            [("X-Slack-Request-Timestamp", $"{time}"), ("X-Slack-Signature", "v0=" + Hmac("slack-signing-secret", $"v0:{time}:{body}"))]);
    }

    [Fact]
    public async Task Slack_is_told_the_challenge_that_it_sends_to_a_new_address()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), """{"kind": "slack"}""", "slack-signing-secret");
        const string body = """{"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}""";
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var answer = (await hook.CallAsync(body, headers: [("X-Slack-Request-Timestamp", $"{time}"), ("X-Slack-Signature", "v0=" + Hmac("slack-signing-secret", $"v0:{time}:{body}"))])).Expect(HttpStatusCode.OK);
        Assert.Equal("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", answer.Text);
        (await hook.CallAsync(body)).ExpectProblem(401, "verification_failed");
        Assert.Equal(0, await hook.ExecutionsAsync());
    }

    [Fact]
    public async Task A_Stripe_event_that_is_sent_again_with_another_signature_runs_once()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), """{"kind": "stripe"}""", "whsec_test");
        const string body = """{"id": "evt_1", "type": "charge.succeeded"}""";
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (var (time, status) in new[] { (now - 100, HttpStatusCode.Accepted), (now - 50, HttpStatusCode.OK), (now - 301, HttpStatusCode.Unauthorized), (now + 330, HttpStatusCode.Unauthorized) })
            (await hook.CallAsync(body, headers: [("Stripe-Signature", $"t={time},v1={Hmac("whsec_test", $"{time}.{body}")}")])).Expect(status);
        Assert.Equal(1, await hook.ExecutionsAsync());
    }

    [Fact]
    public async Task A_synchronous_webhook_answers_with_the_output()
    {
        var host = await ApiHost.ExecutingAsync();
        var plain = await Hook.CreateAsync(host, Open, null, ", \"answer\": \"sync\"", Definitions.Transform(value: "{ \"sum\": \"{{ input.body.a + 1 }}\" }"));
        var answer = (await plain.CallAsync("""{"a": 41}""")).Expect(HttpStatusCode.OK);
        Assert.Equal("""{"sum":42}""", answer.Text.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("default-src 'none'; sandbox", answer.Response.Headers.GetValues("Content-Security-Policy").Single());

        var shaped = await Hook.CreateAsync(host, Open, null, ", \"answer\": \"sync\"",
            Definitions.Transform(value: """{ "webhookResponse": { "status": 201, "headers": { "Content-Type": "text/html", "X-Id": "{{ string(input.body.a) }}" }, "body": "<b>done</b>" } }"""));
        var custom = (await shaped.CallAsync("""{"a": 7}""")).Expect(HttpStatusCode.Created);
        Assert.Equal(("<b>done</b>", "text/html", "7"), (custom.Text, custom.Response.Content.Headers.ContentType?.MediaType, custom.Response.Headers.GetValues("X-Id").Single()));
    }

    [Theory]
    [InlineData("""{ "status": 99 }""")]
    [InlineData("""{ "headers": { "Set-Cookie": "a=b" } }""")]
    [InlineData("""{ "headers": { "Content-Security-Policy": "" } }""")]
    [InlineData("""{ "headers": { "X-A": "a\r\nSet-Cookie: b" } }""")]
    [InlineData("""{ "headers": { "X-Accel-Redirect": "/private/keys" } }""")]
    [InlineData("""{ "headers": { "x-sendfile": "/etc/passwd" } }""")]
    [InlineData("""{ "headers": { "X-LIGHTTPD-send-file": "/etc/passwd" } }""")]
    [InlineData("""{ "headers": { "X-Reproxy-URL": "http://10.0.0.1/" } }""")]
    [InlineData("""{ "headers": { "X-Forwarded-For": "10.0.0.1" } }""")]
    [InlineData("""{ "headers": { "X-Original-URL": "/admin" } }""")]
    [InlineData("\"yes\"")]
    public async Task An_answer_that_a_workflow_may_not_give_is_refused(string response)
    {
        var hook = await Hook.CreateAsync(await ApiHost.ExecutingAsync(), Open, null, ", \"answer\": \"sync\"", Definitions.Transform(value: $$"""{ "webhookResponse": {{response}} }"""));
        var answer = (await hook.CallAsync("{}")).ExpectProblem(500, "invalid_webhook_response");
        Assert.False(answer.Response.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(205)]
    [InlineData(304)]
    public async Task A_status_without_a_body_is_answered_without_the_body(int status)
    {
        var hook = await Hook.CreateAsync(await ApiHost.ExecutingAsync(), Open, null, ", \"answer\": \"sync\"", Definitions.Transform(value: $$"""{ "webhookResponse": { "status": {{status}}, "body": { "a": 1 } } }"""));
        var answer = (await hook.CallAsync("{}")).Expect((HttpStatusCode)status);
        Assert.Empty(answer.Text);
    }

    [Fact]
    public async Task A_synchronous_caller_learns_of_a_failure_and_nothing_more()
    {
        var hook = await Hook.CreateAsync(await ApiHost.ExecutingAsync(), Open, null, ", \"answer\": \"sync\"", """{"name": "t", "nodes": [{"id": "a", "type": "fail", "config": {"message": "internal-detail"}}]}""");
        var answer = (await hook.CallAsync("{}")).ExpectProblem(500, "execution_failed");
        Assert.DoesNotContain("internal-detail", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_synchronous_webhook_that_takes_too_long_answers_that_it_was_accepted()
    {
        var hook = await Hook.CreateAsync(await ApiHost.ExecutingAsync(), """{"kind": "none", "idHeader": "X-Id"}""", null, ", \"answer\": \"sync\", \"waitSeconds\": 1", Definitions.Waiting());
        var answer = (await hook.CallAsync("{}", headers: [("X-Id", "1")])).Expect(HttpStatusCode.Accepted);
        await hook.Client.UntilAsync(answer["executionId"].GetString()!, "waiting");
        var again = (await hook.CallAsync("{}", headers: [("X-Id", "1")])).Expect(HttpStatusCode.OK);
        Assert.Equal(answer["executionId"].GetString(), again["executionId"].GetString());
    }

    [Fact]
    public async Task Unknown_disabled_and_rotated_addresses_open_nothing()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), Open, null);
        using var anonymous = hook.Client.Host.Anonymous();
        foreach (var path in new[] { "/hooks/hook_unknown", "/hooks/" + new string('x', 300), hook.Path + "x", hook.Path + "/deeper", "/hooks/%00" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}") };
            var answer = await Answer.OfAsync(anonymous, request);
            Assert.True(answer.Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{path}: {answer.Status}");
        }
        (await hook.CallAsync("{}")).Expect(HttpStatusCode.Accepted);
        (await hook.Client.PostAsync($"/webhooks/{hook.Id}/rotate")).Expect(HttpStatusCode.OK);
        (await hook.CallAsync("{}")).ExpectProblem(404, "not_found");

        var other = await Hook.CreateAsync(await ApiHost.IdleAsync(), Open, null, """, "enabled": false""");
        (await other.CallAsync("{}")).ExpectProblem(404, "webhook_disabled");
        Assert.Equal(0, await other.ExecutionsAsync());
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_before_anything_starts()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), Open, null, """, "maxBodyBytes": 100, "methods": ["POST", "GET"]""");
        (await hook.CallAsync(new string('x', 101))).ExpectProblem(413, "body_too_large");
        (await hook.CallAsync("{\"a\":")).ExpectProblem(400, "invalid_body");
        var put = (await hook.CallAsync("{}", method: HttpMethod.Put)).ExpectProblem(405, "method_not_allowed");
        Assert.Equal("POST, GET", string.Join(", ", put.Response.Content.Headers.Allow));
        (await hook.CallAsync("{}", method: HttpMethod.Options)).ExpectProblem(405, "method_not_allowed");
        Assert.Equal(0, await hook.ExecutionsAsync());
        (await hook.CallAsync(null, method: HttpMethod.Get)).Expect(HttpStatusCode.Accepted);

        var strict = await Hook.CreateAsync(await ApiHost.IdleAsync(), Open, null, "",
            """{"name": "strict", "inputSchema": {"type": "object", "properties": {"body": {"type": "object", "required": ["id"]}}}, "nodes": [{"id": "a", "type": "transform", "config": {"value": 1}}]}""");
        (await strict.CallAsync("{}")).ExpectProblem(400, "invalid_input");
        (await strict.CallAsync("""{"id": 1}""")).Expect(HttpStatusCode.Accepted);
        (await strict.Client.DeleteAsync($"/workflows/{strict.Workflow}")).Expect(HttpStatusCode.NoContent);
        (await strict.CallAsync("""{"id": 1}""")).ExpectProblem(404, "workflow_unavailable");
    }

    [Fact]
    public async Task A_webhook_takes_so_many_calls_a_minute()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), Open, null, """, "ratePerMinute": 5""");
        for (var i = 0; i < 5; i++)
            (await hook.CallAsync("{}")).Expect(HttpStatusCode.Accepted);
        var refused = (await hook.CallAsync("{}")).ExpectProblem(429, "too_many_requests");
        Assert.NotNull(refused.Response.Headers.RetryAfter);
        Assert.Equal(5, await hook.ExecutionsAsync());
    }

    [Fact]
    public async Task A_call_without_the_password_is_asked_for_it()
    {
        var hook = await Hook.CreateAsync(await ApiHost.IdleAsync(), """{"kind": "basic", "username": "ann"}""", "open sesame");
        var refused = (await hook.CallAsync("{}")).ExpectProblem(401, "verification_failed");
        Assert.Equal("Basic", refused.Response.Headers.WwwAuthenticate.Single().Scheme);
        (await hook.CallAsync("{}", headers: [("Authorization", "Basic " + Convert.ToBase64String("ann:open sesame"u8))])).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task The_token_is_in_no_span_and_no_log_and_the_call_is_the_parent_of_the_execution()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await ApiHost.StartAsync(executes: true, builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["OTEL_ENABLED"] = "true", ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.GrpcEndpoint, ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            });
            builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning); // as the program has it
        });
        var hook = await Hook.CreateAsync(host, GitHub, Secret);
        var accepted = (await hook.CallAsync("{}", headers: [("X-Hub-Signature-256", Sign("{}"))])).Expect(HttpStatusCode.Accepted);
        (await hook.CallAsync("{}", path: "/deeper")).Expect(HttpStatusCode.NotFound);
        (await hook.CallAsync("{}")).ExpectProblem(401, "verification_failed");
        using var anonymous = host.Anonymous();
        foreach (var mistyped in new[] { hook.Path.Insert("/hooks".Length, "/"), "/" + hook.Path, hook.Path + "/" + hook.Path })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, host.Address.GetLeftPart(UriPartial.Authority) + mistyped);
            var unknown = (await Answer.OfAsync(anonymous, request)).ExpectProblem(404, "not_found");
            Assert.DoesNotContain(hook.Path["/hooks/".Length..], unknown.Text, StringComparison.Ordinal);
        }
        // A fault of ours, whose path is logged.
        await host.Database.ExecuteAsync("alter table webhook_deliveries rename to gone");
        (await hook.CallAsync("[]", headers: [("X-Hub-Signature-256", Sign("[]"))])).ExpectProblem(500, "internal_error");

        var id = accepted["executionId"].GetString();
        await receiver.WaitForSpansAsync(s => s.Name == "workflow.execute" && s["workflow.execution_id"] == id);
        await receiver.WaitForSpansAsync(s => s.Kind == OtlpSpanKind.Server && s.Name.StartsWith("POST /hooks/{token}", StringComparison.Ordinal), count: 7);
        var call = receiver.Spans.Single(s => s.Kind == OtlpSpanKind.Server && s["workflow.execution_id"] == id);
        var execute = receiver.Spans.Single(s => s.Name == "workflow.execute" && s["workflow.execution_id"] == id);
        Assert.Equal((call.TraceId, call.SpanId), (execute.TraceId, execute.ParentSpanId));
        Assert.Equal(("/hooks/{token}", hook.Id, "github", "accepted"), (call["url.path"], call["webhook.id"], call["webhook.verification"], call["webhook.outcome"]));
        var token = hook.Path["/hooks/".Length..];
        // A span named POST is the test's own client's.
        Assert.All(receiver.Spans.Where(s => s.Name != "POST"), s => Assert.All(s.Attributes.Values, v => Assert.DoesNotContain(token, $"{v}", StringComparison.Ordinal)));
        await receiver.WaitForLogsAsync(l => l.Body == "POST /hooks/{token} failed");
        Assert.All(receiver.Logs, l => Assert.All(l.Attributes.Values.Append(l.Body), v =>
        {
            Assert.DoesNotContain(token, $"{v}", StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, $"{v}", StringComparison.Ordinal);
        }));
        Assert.Contains(receiver.Logs, l => l.Attributes.TryGetValue("RequestPath", out var path) && (string?)path == "/hooks/{token}");
    }

    private static string Sign(string body) => "sha256=" + Hmac(Secret, body);

    private static string Hmac(string secret, string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    /// <summary>A webhook of a workspace of its own, and somebody without a key who calls it.</summary>
    private sealed record Hook(ApiClient Client, string Id, string Path, string Workflow)
    {
        public static async Task<Hook> CreateAsync(ApiHost host, string verification, string? secret, string more = "", string? definition = null)
        {
            var client = await host.NewWorkspaceAsync();
            var workflow = await client.SaveAsync(definition ?? Definitions.Transform());
            var made = (await client.PostAsync("/webhooks", WebhookTests.Body(workflow, verification, secret, more))).Expect(HttpStatusCode.Created);
            return new Hook(client, made["id"].GetString()!, made["path"].GetString()!, workflow);
        }

        public async Task<Answer> CallAsync(
            string? body, string path = "", HttpMethod? method = null, string contentType = "application/json", params (string Name, string? Value)[] headers)
        {
            using var http = Client.Host.Anonymous();
            using var request = new HttpRequestMessage(method ?? HttpMethod.Post, Path + path);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, contentType);
            foreach (var (name, value) in headers)
            {
                if (value is not null)
                    request.Headers.TryAddWithoutValidation(name, value);
            }
            return await Answer.OfAsync(http, request);
        }

        public Task<T?> QueryAsync<T>(string sql) => Client.Host.Database.QueryAsync<T>(sql);

        public Task<long> ExecutionsAsync() => QueryAsync<long>($"select count(*) from workflow_executions where workspace_id = '{Client.Workspace}'");
    }
}
