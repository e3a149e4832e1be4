using System.Net;
using System.Text.Json;
using Npgsql;
using Sos.Api.Tests.Support;
using Sos.Testing.OAuth;

namespace Sos.Api.Tests;

/// <summary><c>POST /credentials/{id}/test</c>.</summary>
public sealed class CredentialTestTests
{
    private static readonly Lazy<Task<ApiHost>> Host = new(() => SignInSetup.StartHostAsync());

    [Fact]
    public async Task A_token_is_got_and_tried()
    {
        await using var setup = await SignInSetup.StartAsync(await Host.Value);
        var before = await TestAsync(setup.Client, "crm");
        Assert.Equal((false, "credential_sign_in_needed"), (before["ok"].GetBoolean(), before["code"].GetString()));
        await setup.SignInAsync();
        var got = await TestAsync(setup.Client, "crm");
        Assert.True(got["ok"].GetBoolean(), got.Text);
        Assert.StartsWith($"{setup.Server.Url}/token gave a token, which expires at ", got["message"].GetString(), StringComparison.Ordinal);
        var tried = await TestAsync(setup.Client, "crm", $$"""{"testUrl": "{{setup.Server.Url}}/me"}""");
        Assert.Equal((true, 200, $"GET {setup.Server.Url}/me answered 200."), (tried["ok"].GetBoolean(), tried["status"].GetInt32(), tried["message"].GetString()));
        Assert.True(tried["latencyMs"].GetDouble() > 0);
        (await setup.Client.GetAsync($"/executions/{tried["executionId"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(2, setup.Server.TokenRequests.Count(r => r["grant_type"] == "refresh_token")); // each test asks anew
    }

    [Fact]
    public async Task A_service_that_refuses_is_told_from_one_that_is_not_asked()
    {
        var client = await (await Host.Value).NewWorkspaceAsync();
        await using var server = await OAuthServer.StartAsync();
        var id = (await client.PostAsync("/credentials", $$"""{"name": "key", "type": "bearer", "settings": {"testUrl": "{{server.Url}}/me"}, "secrets": {"token": "wrong-token"}, "allowedHosts": ["{{server.Url}}", "http://127.0.0.1:1"]}"""))
            .Expect(HttpStatusCode.Created)["id"].GetString()!;
        var refused = await TestAsync(client, id);
        Assert.Equal((false, "http_401", 401), (refused["ok"].GetBoolean(), refused["code"].GetString(), refused["status"].GetInt32()));
        Assert.Contains("refuses the credential", refused["message"].GetString(), StringComparison.Ordinal);
        var missing = await TestAsync(client, "key", $$"""{"testUrl": "{{server.Url}}/nowhere"}""");
        Assert.Contains("says nothing of the credential", missing["message"].GetString(), StringComparison.Ordinal);
        var away = await TestAsync(client, "key", """{"testUrl": "http://127.0.0.1:1/"}""");
        Assert.Equal((false, "http_connection_failed"), (away["ok"].GetBoolean(), away["code"].GetString()));

        (await client.PostAsync("/credentials", """{"name": "plain", "type": "basic", "settings": {"username": "ann"}, "secrets": {"password": "secret-1"}, "allowedHosts": ["a.test"]}""")).Expect(HttpStatusCode.Created);
        var opens = await TestAsync(client, "plain");
        Assert.True(opens["ok"].GetBoolean());
        Assert.StartsWith("It can be read. Whether the service accepts it, only a request can tell", opens["message"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_shows_its_last_test_until_it_gets_other_secrets()
    {
        var client = await (await Host.Value).NewWorkspaceAsync();
        await using var server = await OAuthServer.StartAsync();
        (await client.PostAsync("/credentials", Definition("wrong-token", ", \"https://other.test\""))).Expect(HttpStatusCode.Created);
        Assert.Equal(JsonValueKind.Null, (await ReadAsync(client)).ValueKind);

        await TestAsync(client, "key");
        var last = await ReadAsync(client);
        Assert.Equal((false, "http_401"), (last.GetProperty("ok").GetBoolean(), last.GetProperty("code").GetString()));
        Assert.Contains("/me answered 401", last.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.UtcNow - last.GetProperty("at").GetDateTimeOffset(), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
        Assert.Equal(last.GetRawText(), (await client.GetAsync("/credentials")).Expect(HttpStatusCode.OK)["items"][0].GetProperty("lastTest").GetRawText());
        Assert.Equal(last.GetRawText(), (await ReadAsync(await client.Host.NewKeyAsync(client.Workspace, "viewer"))).GetRawText());

        // A change that leaves the secrets as they are leaves it, too.
        var id = (await client.GetAsync("/credentials/key"))["id"].GetString();
        Assert.Equal(JsonValueKind.Object, (await client.PutAsync($"/credentials/{id}", Definition(null, ""))).Expect(HttpStatusCode.OK)["lastTest"].ValueKind);
        Assert.Equal(JsonValueKind.Null, (await client.PutAsync($"/credentials/{id}", Definition("rotated-token", ""))).Expect(HttpStatusCode.OK)["lastTest"].ValueKind);
        Assert.Equal(JsonValueKind.Null, (await ReadAsync(client)).ValueKind);

        async Task<JsonElement> ReadAsync(ApiClient who) => (await who.GetAsync("/credentials/key")).Expect(HttpStatusCode.OK)["lastTest"];

        string Definition(string? secret, string moreHosts) =>
            "{" + (secret is null ? "" : $"\"secrets\": {{\"token\": \"{secret}\"}}, ")
            + $"\"name\": \"key\", \"type\": \"bearer\", \"settings\": {{\"testUrl\": \"{server.Url}/me\"}}, \"allowedHosts\": [\"{server.Url}\"{moreHosts}] }}";
    }

    [Fact]
    public async Task A_test_that_nobody_waits_for_any_more_is_kept_all_the_same()
    {
        var client = await (await Host.Value).NewWorkspaceAsync();
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        (await client.PostAsync("/credentials", $$"""{"name": "key", "type": "bearer", "settings": {"testUrl": "{{url}}/me"}, "secrets": {"token": "secret-1"}, "allowedHosts": ["{{url}}"]}""")).Expect(HttpStatusCode.Created);

        using var patience = new CancellationTokenSource();
        var request = client.Http.PostAsync("/api/v1/credentials/key/test", null, patience.Token);
        using (await listener.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(30)))
        {
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        // Nobody waits, and the service goes away without an answer.
        listener.Stop();
        var last = default(JsonElement);
        await Eventually.TrueAsync(async () => (last = (await client.GetAsync("/credentials/key"))["lastTest"]).ValueKind == JsonValueKind.Object, "the test to be kept");
        Assert.False(last.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Signing_in_ends_what_the_test_before_it_said()
    {
        await using var setup = await SignInSetup.StartAsync(await Host.Value);
        await TestAsync(setup.Client, "crm");
        Assert.Equal("credential_sign_in_needed", (await setup.Client.GetAsync("/credentials/crm"))["lastTest"].GetProperty("code").GetString());
        await setup.SignInAsync();
        Assert.Equal(JsonValueKind.Null, (await setup.Client.GetAsync("/credentials/crm"))["lastTest"].ValueKind);
    }

    [Fact]
    public async Task A_workflow_that_somebody_named_like_the_tests_is_not_run_for_them()
    {
        var client = await (await Host.Value).NewWorkspaceAsync();
        var developer = await client.Host.NewKeyAsync(client.Workspace, "developer");
        await developer.SaveAsync("""{"name": "credential-test", "nodes": [{"id": "n", "type": "transform", "config": {"value": 1}}], "output": {"ok": true, "message": "Of a developer."}}""");
        (await client.PostAsync("/credentials", """{"name": "plain", "type": "custom", "secrets": {"password": "secret-1"}, "allowedHosts": ["a.test"]}""")).Expect(HttpStatusCode.Created);
        Assert.StartsWith("It can be read.", (await TestAsync(client, "plain"))["message"].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"testUrl": "https://elsewhere.test/"}""")]
    [InlineData("""{"testUrl": "/me"}""")]
    [InlineData("""{"testUrl": "https://ann@a.test/"}""")]
    public async Task A_credential_is_tried_only_where_it_may_go(string body)
    {
        var client = await (await Host.Value).NewWorkspaceAsync();
        (await client.PostAsync("/credentials", """{"name": "key", "type": "bearer", "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test"]}""")).Expect(HttpStatusCode.Created);
        (await client.PostAsync("/credentials/key/test", body)).ExpectProblem(400, "invalid_test");
    }

    [Fact]
    public async Task The_address_is_guarded_like_any_that_a_workflow_calls()
    {
        var client = await (await Host.Value).NewWorkspaceAsync();
        (await client.PostAsync("/credentials", """{"name": "key", "type": "bearer", "secrets": {"token": "secret-1"}, "allowedHosts": ["http://169.254.169.254"]}""")).Expect(HttpStatusCode.Created);
        Assert.Equal("address_not_allowed", (await TestAsync(client, "key", """{"testUrl": "http://169.254.169.254/latest"}"""))["code"].GetString());
        (await client.PostAsync("/credentials", """{"name": "db", "type": "postgres", "settings": {"host": "10.0.0.1", "database": "d", "username": "u"}, "secrets": {"password": "secret-1"}}""")).Expect(HttpStatusCode.Created);
        Assert.Equal("address_not_allowed", (await TestAsync(client, "db"))["code"].GetString());
    }

    [Fact]
    public async Task A_database_is_signed_in_to()
    {
        var host = await Host.Value;
        var client = await host.NewWorkspaceAsync();
        var server = new NpgsqlConnectionStringBuilder(host.Database.ConnectionString);
        await SaveAsync("good", server.Password!);
        await SaveAsync("bad", "wrong-" + server.Password);
        var good = await TestAsync(client, "good");
        Assert.True(good["ok"].GetBoolean(), good.Text);
        Assert.StartsWith($"Signed in to the database '{server.Database}'", good["message"].GetString(), StringComparison.Ordinal);
        var bad = await TestAsync(client, "bad");
        Assert.Equal((false, "database_login_failed"), (bad["ok"].GetBoolean(), bad["code"].GetString()));
        Assert.DoesNotContain(server.Password!, good.Text + bad.Text, StringComparison.Ordinal);

        async Task SaveAsync(string name, string password) => (await client.PostAsync("/credentials", $$"""
            {"name": "{{name}}", "type": "postgres", "settings": {"host": "127.0.0.1", "port": "{{server.Port}}", "database": "{{server.Database}}", "username": "{{server.Username}}", "sslMode": "disable"}, "secrets": {"password": "{{password}}"} }
            """)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Viewers_do_not_test_and_other_workspaces_find_nothing()
    {
        var admin = await (await Host.Value).NewWorkspaceAsync();
        (await admin.PostAsync("/credentials", """{"name": "key", "type": "custom", "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test"]}""")).Expect(HttpStatusCode.Created);
        Assert.True((await TestAsync(await admin.Host.NewKeyAsync(admin.Workspace, "developer"), "key"))["ok"].GetBoolean());
        (await (await admin.Host.NewKeyAsync(admin.Workspace, "viewer")).PostAsync("/credentials/key/test")).ExpectProblem(403, "role_too_low");
        (await (await admin.Host.NewWorkspaceAsync()).PostAsync("/credentials/key/test")).ExpectProblem(404, "not_found");
    }

    private static async Task<Answer> TestAsync(ApiClient client, string credential, string? body = null) =>
        (await client.PostAsync($"/credentials/{credential}/test", body)).Expect(HttpStatusCode.OK);
}
