using System.Text;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Nodes;
using Sos.Executors.Tests.Engine;
using Sos.Executors.Tests.Nodes.Http;

namespace Sos.Executors.Tests.Credentials;

/// <summary>Credentials of each type in <c>http</c> nodes, on a real database.</summary>
public sealed class CredentialRunTests
{
    private const string Canary = "canary-value-1234";

    public static TheoryData<string, string, string, string, string> Types => new()
    {
        { "apiKey", """{"name": "X-Odd"}""", $$"""{"value": "{{Canary}}"}""", "x-odd", Canary },
        { "bearer", "{}", $$"""{"token": "{{Canary}}"}""", "authorization", "Bearer " + Canary },
        { "basic", """{"username": "ann"}""", $$"""{"password": "{{Canary}}"}""", "authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:" + Canary)) },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_credential_is_sent_as_its_type_says_logged_and_blotted_out(string type, string settings, string secrets, string header, string sent)
    {
        await using var target = await EchoAsync();
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", type, settings, secrets, null, target.Url);
        var (row, id) = await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "crm", "headers": {"Authorization": "Bearer of-the-author", "X-Odd": "x"} }""");
        Assert.Equal("completed", row.Status);
        Assert.Equal(sent, target.Request.Headers[header]);
        Assert.DoesNotContain(Canary, row.Output!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("***", row.Output!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.Equal($"credential_used completed call crm {type} 127.0.0.1:{target.Port}", await engine.UsesAsync(id));
    }

    [Fact]
    public async Task A_key_may_go_into_the_query()
    {
        await using var target = await EchoAsync();
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", "apiKey", """{"in": "query", "name": "appid"}""", """{"value": "canary&value/1234"}""", null, target.Url);
        var (row, _) = await engine.CallAsync($$"""{"url": "{{target.Url}}/a?b=1", "credential": "crm"}""");
        Assert.Equal("/a?b=1&appid=canary%26value%2F1234", target.Request.Target);
        Assert.Equal($"{target.Url}/a?b=1&appid=***", row.Output!.Value.GetProperty("url").GetString());
        Assert.DoesNotContain("1234", row.Output!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_is_sent_nowhere_else()
    {
        await using var target = await EchoAsync();
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, "api.example.com", "*.example.org");
        var (row, id) = await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "crm"}""");
        Assert.Equal("credential_host_not_allowed", row.ErrorCode);
        Assert.Contains("api.example.com, *.example.org", row.Error!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(target.Requests);
        Assert.Equal($"credential_refused failed call crm bearer 127.0.0.1:{target.Port}", await engine.UsesAsync(id));
    }

    [Fact]
    public async Task A_redirect_to_another_host_does_not_take_it_along()
    {
        await using var elsewhere = await EchoAsync();
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.Redirect(elsewhere.Url + "/b");
            return Task.CompletedTask;
        });
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", "apiKey", """{"name": "X-Odd"}""", $$"""{"value": "{{Canary}}"}""", null, target.Url);
        var (row, _) = await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "crm"}""");
        Assert.Equal("completed", row.Status);
        Assert.Equal(Canary, target.Request.Headers["x-odd"]);
        Assert.DoesNotContain(Canary, string.Join(' ', elsewhere.Request.Headers.Values) + elsewhere.Request.Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_next_page_gets_it_only_where_it_may_go()
    {
        await using var second = await HttpTarget.StartAsync("application/json", "[2]");
        await using var first = await HttpTarget.StartAsync("application/json", "[1]", headers: ("Link", $"<{second.Url}/more>; rel=next"));
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("both", "apiKey", """{"name": "X-Odd"}""", $$"""{"value": "{{Canary}}"}""", null, first.Url, second.Url);
        await engine.SaveAsync("one", "apiKey", """{"name": "X-Odd"}""", $$"""{"value": "{{Canary}}"}""", null, first.Url);
        var (row, _) = await engine.CallAsync($$"""{"url": "{{first.Url}}/a", "credential": "one", "pagination": {"type": "link"} }""");
        Assert.Equal("pagination_failed", row.ErrorCode);
        Assert.Empty(second.Requests);
        (row, _) = await engine.CallAsync($$"""{"url": "{{first.Url}}/a", "credential": "both", "headers": {"X-Auth-Token": "another-secret"}, "pagination": {"type": "link"} }""");
        Assert.Equal("completed", row.Status);
        Assert.Equal((Canary, false), (second.Request.Headers["x-odd"], second.Request.Headers.ContainsKey("x-auth-token")));
    }

    [Fact]
    public async Task Every_attempt_logs_its_use_once()
    {
        var uses = 0;
        var twice = new TestNode("twice", async (context, cancellationToken) =>
        {
            for (var i = 0; i < 2; i++)
                await context.UseCredentialAsync("crm", new Uri("https://api.example.com/" + i), cancellationToken);
            return ++uses == 1 ? NodeOutcome.Fail("again", "Once more.", retryable: true) : new NodeOutcome.Completed(context.Config);
        });
        await using var engine = await CredentialEngine.StartAsync(1, twice);
        await engine.SaveAsync("crm", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, "api.example.com");
        var id = await engine.Engine.StartAsync("""{ "name": "w", "nodes": [ { "id": "n", "type": "twice", "config": {}, "retry": { "maxAttempts": 2, "delay": "1ms" } } ] }""");
        Assert.Equal("completed", (await engine.Engine.EndAsync(id)).Status);
        Assert.Equal("credential_used completed n crm bearer api.example.com:443; credential_used completed n crm bearer api.example.com:443", await engine.UsesAsync(id));
    }

    [Fact]
    public async Task A_login_of_a_database_is_for_its_own_server_and_no_web_request()
    {
        string? login = null;
        var node = new TestNode("login-reader", async (context, cancellationToken) =>
        {
            var credential = await context.UseLoginAsync("db", cancellationToken);
            login = $"{credential.Setting("username")} {credential.Secret("password")} {credential.Setting("sslMode")}";
            return new NodeOutcome.Completed(context.Config);
        });
        await using var engine = await CredentialEngine.StartAsync(1, node);
        await engine.SaveAsync("db", "postgres", """{"host": "DB.example.com", "database": "crm", "username": "ann"}""", $$"""{"password": "{{Canary}}"}""");
        var id = await engine.Engine.StartAsync("""{ "name": "w", "nodes": [ { "id": "n", "type": "login-reader", "config": {} } ] }""");
        Assert.Equal("completed", (await engine.Engine.EndAsync(id)).Status);
        Assert.Equal($"ann {Canary} verify-full", login);
        Assert.Equal("credential_used completed n db postgres DB.example.com:5432", await engine.UsesAsync(id));
        Assert.Equal("credential_host_not_allowed", (await engine.CallAsync("""{"url": "https://db.example.com:5432/", "credential": "db"}""")).Row.ErrorCode);
    }

    [Fact]
    public async Task What_can_not_be_used_says_why()
    {
        await using var target = await EchoAsync();
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("old", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", DateTimeOffset.UtcNow.AddMinutes(-1), target.Url);
        await engine.SaveAsync("odd", "custom", "{}", $$"""{"anything": "{{Canary}}"}""", null, target.Url);
        await engine.SaveAsync("moved", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, target.Url);
        await engine.Engine.Database.ExecuteAsync("update credentials set id = gen_random_uuid() where name = 'moved'");
        Assert.Equal("credential_expired", await CodeAsync("old"));
        Assert.Equal("credential_wrong_type", await CodeAsync("odd"));
        Assert.Equal("credential_unreadable", await CodeAsync("moved"));
        var (row, _) = await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "nothing"}""");
        Assert.Equal("credential_not_found", row.ErrorCode);
        Assert.Contains("moved, odd, old", row.Error!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(target.Requests);

        async Task<string?> CodeAsync(string name) => (await engine.CallAsync($$"""{"url": "{{target.Url}}/a", "credential": "{{name}}"}""")).Row.ErrorCode;
    }

    private static Task<HttpTarget> EchoAsync() => HttpTarget.StartAsync(async context =>
    {
        context.Response.ContentType = "text/plain";
        foreach (var (name, value) in context.Request.Headers)
            await context.Response.WriteAsync($"{name}: {value}\n");
        await context.Response.WriteAsync($"{context.Request.QueryString} {context.Request.Query["appid"]}");
    });
}
