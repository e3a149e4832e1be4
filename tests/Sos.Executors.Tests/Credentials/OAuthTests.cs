using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Tests.Engine;
using Sos.Executors.Tests.Nodes.Http;

namespace Sos.Executors.Tests.Credentials;

/// <summary>OAuth 2.0 credentials against a token endpoint, on a real database.</summary>
public sealed class OAuthTests : IAsyncLifetime
{
    private const string Secret = "client/secret 1234";
    private const string Refresh = "refresh-token-0";

    private int fetched;
    private Func<int, string> answer = n => $$"""{"access_token": "access-token-{{n}}", "token_type": "Bearer", "expires_in": 3600}""";
    private int status = StatusCodes.Status200OK;
    private HttpTarget endpoint = null!;
    private HttpTarget target = null!;

    public async Task InitializeAsync()
    {
        endpoint = await HttpTarget.StartAsync(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer(Interlocked.Increment(ref fetched)));
        });
        target = await HttpTarget.StartAsync("application/json", "{}");
    }

    public async Task DisposeAsync()
    {
        await endpoint.DisposeAsync();
        await target.DisposeAsync();
    }

    [Fact]
    public async Task A_token_is_fetched_once_kept_sealed_and_sent()
    {
        await using var engine = await CredentialEngine.StartAsync();
        await SaveAsync(engine, "client_credentials", "\"scope\": \"a b\", \"audience\": \"crm\"");
        for (var i = 0; i < 3; i++)
            Assert.Equal("completed", (await CallAsync(engine)).Status);
        Assert.All(target.Requests, r => Assert.Equal("Bearer access-token-1", r.Headers["authorization"]));
        Assert.Equal("grant_type=client_credentials&scope=a+b&audience=crm", endpoint.Request.Body);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("sos%3Aid:client%2Fsecret+1234")), endpoint.Request.Headers["authorization"]);
        var stored = await engine.Engine.Database.QueryAsync<byte[]>("select token from credentials");
        Assert.DoesNotContain("access-token", Encoding.Latin1.GetString(stored!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_may_name_itself_in_the_body()
    {
        await using var engine = await CredentialEngine.StartAsync();
        await SaveAsync(engine, "client_credentials", "\"clientAuthentication\": \"body\"");
        await CallAsync(engine);
        Assert.Equal("grant_type=client_credentials&client_id=sos%3Aid&client_secret=client%2Fsecret+1234", endpoint.Request.Body);
        Assert.False(endpoint.Request.Headers.ContainsKey("authorization"));
    }

    [Fact]
    public async Task Of_two_executors_with_many_nodes_one_renews_and_all_use_what_it_got()
    {
        await using var engine = await CredentialEngine.StartAsync(executors: 2);
        await SaveAsync(engine, "client_credentials");
        var runs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => CallAsync(engine)));
        Assert.All(runs, r => Assert.Equal("completed", r.Status));
        Assert.Equal(1, fetched);
        Assert.Equal(12, target.Requests.Count(r => r.Headers["authorization"] == "Bearer access-token-1"));
    }

    [Theory]
    [InlineData(50, 2)]
    [InlineData(90, 1)]
    public async Task A_token_that_expires_within_a_minute_is_renewed(int seconds, int expected)
    {
        await using var engine = await CredentialEngine.StartAsync();
        answer = n => $$"""{"access_token": "access-token-{{n}}", "expires_in": "{{seconds.ToString(CultureInfo.InvariantCulture)}}"}""";
        await SaveAsync(engine, "client_credentials");
        await CallAsync(engine);
        await CallAsync(engine);
        Assert.Equal(expected, fetched);
    }

    [Fact]
    public async Task A_refresh_token_is_replaced_by_the_one_that_comes_with_each_token()
    {
        await using var engine = await CredentialEngine.StartAsync();
        answer = n => $$"""{"access_token": "access-token-{{n}}", "expires_in": 1, "refresh_token": "refresh-token-{{n}}"}""";
        await SaveAsync(engine, "refresh_token");
        for (var i = 0; i < 3; i++)
            Assert.Equal("completed", (await CallAsync(engine)).Status);
        Assert.Equal([Refresh, "refresh-token-1", "refresh-token-2"], endpoint.Requests.Select(r => r.Body["grant_type=refresh_token&refresh_token=".Length..]));
    }

    [Theory]
    [InlineData(400, """{"error": "invalid_grant", "error_description": "gone"}""", "refresh_token", "credential_expired", "save the new refresh token")]
    [InlineData(400, """{"error": "invalid_grant"}""", "client_credentials", "oauth2_refused", "invalid_grant")]
    [InlineData(401, """{"error": "invalid_client"}""", "client_credentials", "oauth2_refused", "Check its tokenUrl, clientId")]
    [InlineData(302, "", "client_credentials", "oauth2_refused", "status 302")]
    [InlineData(503, "<html>", "client_credentials", "oauth2_unavailable", "status 503")]
    [InlineData(429, "", "client_credentials", "oauth2_unavailable", "status 429")]
    [InlineData(200, "<html>", "client_credentials", "oauth2_invalid_answer", "no usable access_token")]
    [InlineData(200, """{"access_token": "two words"}""", "client_credentials", "oauth2_invalid_answer", "no usable access_token")]
    [InlineData(200, """{"access_token": "t", "token_type": "mac"}""", "client_credentials", "oauth2_invalid_answer", "not of the type bearer")]
    public async Task What_the_endpoint_says_becomes_an_error_that_says_what_to_do(int says, string body, string grant, string code, string words)
    {
        await using var engine = await CredentialEngine.StartAsync();
        (status, answer) = (says, _ => body);
        await SaveAsync(engine, grant);
        var row = await CallAsync(engine);
        Assert.Equal(code, row.ErrorCode);
        Assert.Contains(words, row.Error!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task What_the_endpoint_repeats_is_blotted_out()
    {
        await using var engine = await CredentialEngine.StartAsync();
        (status, answer) = (400, _ => $$"""{"error": "invalid_request", "error_description": "{{Secret}} and client%2Fsecret+1234"}""");
        await SaveAsync(engine, "client_credentials");
        Assert.DoesNotContain("1234", (await CallAsync(engine)).Error!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_for_the_moment_away_is_asked_again_by_the_nodes_retry()
    {
        await using var engine = await CredentialEngine.StartAsync();
        answer = n =>
        {
            status = StatusCodes.Status200OK;
            return """{"access_token": "access-token"}""";
        };
        status = StatusCodes.Status503ServiceUnavailable;
        endpoint.Requests.Clear();
        await SaveAsync(engine, "client_credentials");
        var (row, _) = await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "crm"}""", """, "retry": { "maxAttempts": 2, "delay": "1ms" }""");
        Assert.Equal("completed", row.Status);
        Assert.Equal(2, endpoint.Requests.Count);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_forgotten_and_the_next_attempt_fetches_another_one()
    {
        await using var engine = await CredentialEngine.StartAsync();
        await using var picky = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer access-token-2" ? 200 : 401;
            return Task.CompletedTask;
        });
        await SaveAsync(engine, "client_credentials");
        await engine.Engine.Database.ExecuteAsync($"update credentials set allowed_hosts = array['{picky.Url}']");
        var (row, _) = await engine.CallAsync($$"""{"url": "{{picky.Url}}/a", "credential": "crm"}""", """, "retry": { "maxAttempts": 2, "delay": "1ms" }""");
        Assert.Equal("completed", row.Status);
        Assert.Equal(2, fetched);
    }

    [Fact]
    public async Task An_endpoint_that_hangs_takes_few_connections_and_holds_up_nothing_else()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (now, peak) = (0, 0);
        await using var slow = await HttpTarget.StartAsync(async context =>
        {
            var at = Interlocked.Increment(ref now);
            InterlockedMax(ref peak, at);
            await Task.WhenAny(release.Task, AbortedAsync(context));
            Interlocked.Decrement(ref now);
            await context.Response.WriteAsync("""{"access_token": "access-token"}""");
        });
        await using var engine = await CredentialEngine.StartAsync();
        var waiting = new List<Guid>();
        for (var i = 0; i < 25; i++)
        {
            await engine.SaveAsync($"c{i}", "oauth2", $$"""{"tokenUrl": "{{slow.Url}}/token", "clientId": "c", "grant": "client_credentials"}""", $$"""{"clientSecret": "{{Secret}}"}""", null, target.Url);
            waiting.Add(await engine.Engine.StartAsync($$"""{ "name": "w{{i}}", "nodes": [ { "id": "n", "type": "http", "config": {"url": "{{target.Url}}/a", "credential": "c{{i}}"} } ] }"""));
        }
        await EngineHost.UntilAsync(async () => now > 0 && await engine.Engine.Database.QueryAsync<long>("select count(*) from workflow_executions where status = 'running'") == 25);
        var other = await engine.Engine.StartAsync("""{ "name": "other", "nodes": [ { "id": "n", "type": "transform", "config": { "value": 1 } } ] }""");
        Assert.Equal("completed", (await engine.Engine.EndAsync(other)).Status);
        release.SetResult();
        foreach (var id in waiting)
            await engine.Engine.EndAsync(id);
        Assert.InRange(peak, 1, 8); // four at a time; who has given up may be counted for a moment

        static Task AbortedAsync(HttpContext context)
        {
            var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.RequestAborted.Register(aborted.SetResult);
            return aborted.Task;
        }

        static void InterlockedMax(ref int place, int value)
        {
            for (var seen = place; value > seen; seen = place)
                Interlocked.CompareExchange(ref place, value, seen);
        }
    }

    [Fact]
    public async Task A_refresh_token_that_was_used_is_replaced_though_its_execution_is_cancelled()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var turn = 0;
        await using var rotating = await HttpTarget.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var isCurrent = (await reader.ReadToEndAsync()).EndsWith($"=refresh-token-{turn}", StringComparison.Ordinal);
            context.Response.StatusCode = isCurrent ? 200 : 400;
            turn += isCurrent ? 1 : 0;
            await release.Task;
            await context.Response.WriteAsync(isCurrent ? $$"""{"access_token": "access-token-{{turn}}", "expires_in": 1, "refresh_token": "refresh-token-{{turn}}"}""" : """{"error": "invalid_grant"}""");
        });
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", "oauth2", $$"""{"tokenUrl": "{{rotating.Url}}/token", "clientId": "c", "grant": "refresh_token"}""", $$"""{"refreshToken": "{{Refresh}}", "clientSecret": "{{Secret}}"}""", null, target.Url);
        var first = await engine.Engine.StartAsync($$"""{ "name": "first", "nodes": [ { "id": "n", "type": "http", "config": {"url": "{{target.Url}}/a", "credential": "crm"} } ] }""");
        await EngineHost.UntilAsync(() => Task.FromResult(turn == 1));
        await engine.Engine.SignalAsync(first, "cancel");
        await engine.Engine.WaitAsync(first, "cancelled");
        release.SetResult();
        Assert.Equal("completed", (await CallAsync(engine)).Status);
        Assert.Equal(2, turn);
    }

    private async Task SaveAsync(CredentialEngine engine, string grant, string more = "") => await engine.SaveAsync(
        "crm",
        "oauth2",
        $$"""{"tokenUrl": "{{endpoint.Url}}/token", "clientId": "sos:id", "grant": "{{grant}}"{{(more.Length == 0 ? "" : ", " + more)}}}""",
        grant == "refresh_token" ? $$"""{"refreshToken": "{{Refresh}}", "clientSecret": "{{Secret}}"}""" : $$"""{"clientSecret": "{{Secret}}"}""",
        null,
        target.Url);

    private async Task<ExecutionRow> CallAsync(CredentialEngine engine) => (await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "crm"}""")).Row;
}
