using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sos.Api.Tests.Support;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Api.Tests;

public sealed class ModelProviderTests
{
    private const string ApiKey = "sk-never-to-be-seen-again-1234";

    private const string Groq = $$"""{"name": "groq", "kind": "openai-compatible", "baseUrl": "https://api.groq.com/openai/v1", "settings": {"timeout": "30s"}, "apiKey": "{{ApiKey}}"}""";

    [Fact]
    public async Task A_connection_is_made_listed_changed_and_deleted_and_its_key_is_never_shown()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var made = (await client.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created);
        var path = "/model-providers/" + made["id"].GetString();
        Assert.Equal("/api/v1" + path, made.Response.Headers.Location?.ToString());
        Assert.Equal(("groq", "openai-compatible", "https://api.groq.com/openai/v1", true, "30s"),
            (made["name"].GetString(), made["kind"].GetString(), made["baseUrl"].GetString(), made["hasApiKey"].GetBoolean(), made["settings"].GetProperty("timeout").GetString()));

        var changed = (await client.PutAsync(path, """{"name": "groq-2", "kind": "openai-compatible", "baseUrl": "https://api.groq.com/openai/v1"}""")).Expect(HttpStatusCode.OK);
        Assert.Equal(("groq-2", true, "{}"), (changed["name"].GetString(), changed["hasApiKey"].GetBoolean(), changed["settings"].GetRawText()));
        var keyless = (await client.PutAsync(path, """{"name": "groq-2", "kind": "openai-compatible", "baseUrl": "https://api.groq.com/openai/v1", "removeApiKey": true}""")).Expect(HttpStatusCode.OK);
        Assert.False(keyless["hasApiKey"].GetBoolean());
        var rekeyed = (await client.PutAsync(path, Groq)).Expect(HttpStatusCode.OK);

        var one = (await client.GetAsync(path)).Expect(HttpStatusCode.OK);
        var list = (await client.GetAsync("/model-providers")).Expect(HttpStatusCode.OK);
        Assert.Equal("groq", list["items"][0].GetProperty("name").GetString());
        (await client.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync(path)).ExpectProblem(404, "not_found");
        (await client.DeleteAsync(path)).ExpectProblem(404, "not_found");

        Assert.All([made, changed, keyless, rekeyed, one, list], answer => Assert.DoesNotContain("1234", answer.Text, StringComparison.Ordinal));
        // Nor does anything that was logged hold it; but it says who did what, in which trace.
        var events = await client.Host.Database.QueryAsync<string>($"select string_agg(event_type || ' ' || context || ' ' || (user_id = '{client.User}') || ' ' || (trace_id is not null), '; ' order by id) from event_logs where workspace_id = '{client.Workspace}'");
        Assert.DoesNotContain(ApiKey, events, StringComparison.Ordinal);
        Assert.Equal(["model_provider_created", "model_provider_updated", "model_provider_updated", "model_provider_updated", "model_provider_deleted"], events!.Split("; ").Select(e => e.Split(' ')[0]));
        Assert.All(events.Split("; "), e => Assert.EndsWith("true true", e, StringComparison.Ordinal));
        Assert.Contains("\"baseUrl\": \"https://api.groq.com/openai/v1\"", events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_stored_is_sealed_and_opens_for_an_executor()
    {
        var host = await ApiHost.ExecutingAsync();
        var client = await host.NewWorkspaceAsync();
        (await client.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created);
        var stored = await host.Database.QueryAsync<byte[]>($"select secret from model_providers where workspace_id = '{client.Workspace}'");
        Assert.DoesNotContain("never", System.Text.Encoding.Latin1.GetString(stored!), StringComparison.Ordinal);
        var found = await host.Services.GetRequiredService<ProviderConnections>().FindAsync(client.Workspace, "groq", CancellationToken.None);
        Assert.Equal((ApiKey, new Uri("https://api.groq.com/openai/v1")), (found?.ApiKey, found?.BaseUrl));
    }

    [Theory]
    [InlineData("""{"name": "groq", "kind": "openai-compatible", "baseUrl": "https://elsewhere.example/v1"}""")]
    [InlineData("""{"name": "groq", "kind": "azure-openai", "baseUrl": "https://api.groq.com/openai/v1"}""")]
    [InlineData("""{"name": "groq", "kind": "openai"}""")]
    public async Task A_stored_key_is_not_sent_elsewhere(string change)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var path = "/model-providers/" + (await client.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created)["id"].GetString();
        var refused = (await client.PutAsync(path, change)).ExpectProblem(400, "api_key_needed");
        Assert.Equal("/apiKey", refused["errors"][0].GetProperty("pointer").GetString());
        Assert.Equal("https://api.groq.com/openai/v1", (await client.GetAsync(path))["baseUrl"].GetString());
        (await client.PutAsync(path, change[..^1] + ", \"apiKey\": \"another\"}")).Expect(HttpStatusCode.OK);
        Assert.False((await client.PutAsync(path, Groq.Replace($"\"apiKey\": \"{ApiKey}\"", "\"removeApiKey\": true", StringComparison.Ordinal))).Expect(HttpStatusCode.OK)["hasApiKey"].GetBoolean());
    }

    [Fact]
    public async Task A_name_is_taken_once_in_a_workspace()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created);
        (await client.PostAsync("/model-providers", Groq)).ExpectProblem(409, "name_taken");
        var other = (await client.PostAsync("/model-providers", """{"name": "openai", "kind": "openai"}""")).Expect(HttpStatusCode.Created)["id"].GetString();
        (await client.PutAsync($"/model-providers/{other}", Groq)).ExpectProblem(409, "name_taken");
        var elsewhere = await client.Host.NewWorkspaceAsync();
        (await elsewhere.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("/name", """{"name": "Open AI", "kind": "openai"}""")]
    [InlineData("/name", """{"name": "demo", "kind": "openai"}""")]
    [InlineData("/name", """{"name": "openai\n", "kind": "openai"}""")]
    [InlineData("/kind", """{"name": "p", "kind": "gemini"}""")]
    [InlineData("/baseUrl", """{"name": "p", "kind": "openai-compatible"}""")]
    [InlineData("/baseUrl", """{"name": "p", "kind": "openai", "baseUrl": "file:///etc/passwd"}""")]
    [InlineData("/baseUrl", """{"name": "p", "kind": "openai", "baseUrl": "https://user:pass@example.com/"}""")]
    [InlineData("/baseUrl", """{"name": "p", "kind": "openai", "baseUrl": "https://example.com/?key=1"}""")]
    [InlineData("/settings", """{"name": "p", "kind": "openai", "settings": [1]}""")]
    [InlineData("/settings", """{"name": "p", "kind": "openai", "settings": null}""")]
    [InlineData("/settings/apiKey", """{"name": "p", "kind": "openai", "settings": {"apiKey": "sk"}}""")]
    [InlineData("/settings/deep", """{"name": "p", "kind": "openai", "settings": {"deep": {"er": 1}}}""")]
    [InlineData("/settings/A", """{"name": "p", "kind": "openai", "settings": {"a": 1, "A": 2}}""")]
    [InlineData("/apiKey", """{"name": "p", "kind": "openai", "apiKey": "two words"}""")]
    [InlineData("/apiKey", """{"name": "p", "kind": "openai", "apiKey": ""}""")]
    [InlineData("/removeApiKey", """{"name": "p", "kind": "openai", "apiKey": "k", "removeApiKey": true}""")]
    public async Task What_is_wrong_is_said_where_it_is(string pointer, string body)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var refused = (await client.PostAsync("/model-providers", body)).ExpectProblem(400, "invalid_provider");
        Assert.Equal(pointer, Assert.Single(refused["errors"].EnumerateArray()).GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task Without_a_key_to_encrypt_with_no_secret_is_saved_and_the_setting_is_named()
    {
        await using var host = await ApiHost.StartAsync(executes: false, b => b.Configuration["Sos:Secrets:Keys:0"] = "");
        var client = await host.NewWorkspaceAsync();
        var refused = (await client.PostAsync("/model-providers", Groq)).ExpectProblem(409, "secrets_key_missing");
        Assert.Contains("Sos:Secrets:Keys", refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ApiKey, refused.Text, StringComparison.Ordinal);
        Assert.Equal(0, await host.Database.QueryAsync<long>("select count(*) from model_providers"));
        (await client.PostAsync("/model-providers", """{"name": "ollama", "kind": "openai-compatible", "baseUrl": "http://localhost:11434/v1"}""")).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_malformed_key_keeps_the_service_from_starting_without_being_shown()
    {
        var refusal = await Assert.ThrowsAsync<SecretException>(() => ApiHost.StartAsync(executes: false, b => b.Configuration["Sos:Secrets:Keys:0"] = "one:c2VjcmV0"));
        Assert.Contains("Sos:Secrets:Keys:0", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_log_of_any_level_holds_a_key()
    {
        var logs = new EveryLog();
        var encryption = KeyRing.Generate("seen");
        await using (var host = await ApiHost.StartAsync(executes: true, b =>
        {
            b.Configuration["Sos:Secrets:Keys:0"] = encryption;
            b.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs);
        }))
        {
            var client = await host.NewWorkspaceAsync();
            (await client.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created);
            (await client.PostAsync("/model-providers", Groq)).ExpectProblem(409, "name_taken");
            (await client.PostAsync("/model-providers", Groq.Replace("openai-compatible", "wrong", StringComparison.Ordinal))).ExpectProblem(400, "invalid_provider");
            (await client.PostAsync("/model-providers", Groq + "}")).ExpectProblem(400, "invalid_json");
            Assert.Equal(ApiKey, (await host.Services.GetRequiredService<ProviderConnections>().FindAsync(client.Workspace, "groq", CancellationToken.None))?.ApiKey);
        }
        Assert.Contains(logs.Lines, line => line.Contains("model_providers", StringComparison.Ordinal)); // it did listen
        Assert.DoesNotContain(logs.Lines, line => line.Contains(ApiKey, StringComparison.Ordinal) || line.Contains(encryption.Split(':')[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_workspace_has_a_hundred_connections_at_most()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        await client.Host.Database.ExecuteAsync($"insert into model_providers (id, workspace_id, name, kind) select gen_random_uuid(), '{client.Workspace}', 'p' || n, 'openai' from generate_series(1, 100) n");
        (await client.PostAsync("/model-providers", Groq)).ExpectProblem(409, "too_many_providers");
    }

    [Fact]
    public async Task Viewers_see_and_only_admins_change()
    {
        var admin = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = (await admin.PostAsync("/model-providers", Groq)).Expect(HttpStatusCode.Created)["id"].GetString();
        var viewer = await admin.Host.NewKeyAsync(admin.Workspace, "viewer");
        var developer = await admin.Host.NewKeyAsync(admin.Workspace, "developer");
        (await viewer.GetAsync("/model-providers")).Expect(HttpStatusCode.OK);
        foreach (var client in new[] { viewer, developer })
        {
            (await client.PostAsync("/model-providers", Groq)).ExpectProblem(403, "role_too_low");
            (await client.PutAsync($"/model-providers/{id}", Groq)).ExpectProblem(403, "role_too_low");
            (await client.DeleteAsync($"/model-providers/{id}")).ExpectProblem(403, "role_too_low");
        }
    }
}
