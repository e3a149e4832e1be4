using Sos.Executors.Models;
using Sos.Executors.Models.Providers;
using Sos.Executors.Models.Providers.Anthropic;
using Sos.Testing.Models;
using Sos.Workflows.Secrets;

namespace Sos.Executors.Tests.Models;

/// <summary>Which connection a call goes through, and where connections may lead.</summary>
public sealed class ConnectionTests
{
    [Theory]
    [InlineData(null, "gpt-4.1-mini", "openai", "gpt-4.1-mini")]
    [InlineData(null, "o3-mini", "openai", "o3-mini")]
    [InlineData(null, "text-embedding-3-small", "openai", "text-embedding-3-small")]
    [InlineData(null, "claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5")]
    [InlineData(null, "demo", "demo", "demo")]
    [InlineData(null, "demo-large", "demo", "demo-large")]
    [InlineData(null, "local", "local", "local")]
    [InlineData(null, "groq/openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b")]
    [InlineData("groq", "openai/gpt-oss-120b", "groq", "openai/gpt-oss-120b")]
    [InlineData("azure", "gpt-4.1", "azure", "gpt-4.1")]
    [InlineData(null, "mystery", null, "mystery")]
    [InlineData(null, "/mystery", null, "/mystery")]
    public void A_models_name_tells_its_connection(string? provider, string model, string? connection, string name) =>
        Assert.Equal(new ModelName(connection, name), ModelName.Parse(provider, model));

    [Fact]
    public async Task An_unknown_connection_is_answered_with_those_that_there_are()
    {
        await using var host = await ModelHost.StartAsync();
        await AddAsync(host, "mine", "openai", host.Server.OpenAIUrl, "k");
        foreach (var model in (string[])["mystery", "nowhere/mystery"])
        {
            var error = (await host.AskAsync(model)).Error;
            Assert.Equal("provider_not_found", error.Code);
            Assert.Contains("anthropic, azure, demo, ", error.Message, StringComparison.Ordinal);
            Assert.Contains("mine, ollama, openai", error.Message, StringComparison.Ordinal);
        }
        Assert.Empty(host.Server.Requests);
    }

    [Fact]
    public async Task A_workspaces_own_connection_goes_first_and_a_new_key_counts_at_once()
    {
        await using var host = await ModelHost.StartAsync(("Sos:Outbound:Allow:0", "127.0.0.1"));
        await host.AskAsync("gpt-x");
        await AddAsync(host, "openai", "openai", host.Server.OpenAIUrl, "the-workspaces-own-key");
        await host.AskAsync("gpt-x");
        await host.Database.ExecuteAsync("delete from model_providers");
        await AddAsync(host, "openai", "openai", host.Server.OpenAIUrl, "another-key-of-theirs");
        await host.AskAsync("gpt-x");
        Assert.Equal(
            ["Bearer " + ModelHost.Canary, "Bearer the-workspaces-own-key", "Bearer another-key-of-theirs"],
            host.Server.Requests.Select(r => r.Headers["authorization"]));
    }

    [Theory]
    [InlineData("openai-compatible")]
    [InlineData("anthropic")]
    public async Task A_workspaces_own_connection_may_not_lead_to_a_private_address(string kind)
    {
        await using var host = await ModelHost.StartAsync();
        await AddAsync(host, "mine", kind, kind == "anthropic" ? host.Server.Url : host.Server.OpenAIUrl, "k");
        var error = (await host.AskAsync("mine/m")).Error;
        Assert.Equal(("address_not_allowed", false), (error.Code, error.Retryable));
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.Empty(host.Server.Requests);

        // The operator's own may.
        Assert.Equal("ok", (await host.AskAsync("ollama/m")).Reply.Response.Text);
    }

    [Fact]
    public async Task A_key_that_does_not_open_is_said_to_be_so()
    {
        await using var host = await ModelHost.StartAsync();
        await AddAsync(host, "mine", "openai", host.Server.OpenAIUrl, "k", place: Guid.NewGuid());
        Assert.Equal("provider_auth_failed", (await host.AskAsync("mine/m")).Error.Code);
    }

    [Fact]
    public async Task The_conventional_variables_make_connections_where_none_is_configured()
    {
        var server = await ModelServer.StartAsync();
        await using var host = await ModelHost.StartAsync(
            server,
            ("OPENAI_API_KEY", "from-the-environment"), ("OPENAI_BASE_URL", server.OpenAIUrl),
            ("ANTHROPIC_API_KEY", "from-the-environment"), ("ANTHROPIC_BASE_URL", server.Url));
        foreach (var model in (string[])["gpt-x", "claude-x"])
            Assert.Equal("ok", (await host.AskAsync(model)).Reply.Response.Text);
        Assert.All(server.Requests, r => Assert.Equal("Bearer from-the-environment", r.Headers["authorization"]));
    }

    [Fact]
    public async Task What_is_configured_goes_before_the_environment_and_may_be_kept_from_a_workspace()
    {
        await using var host = await ModelHost.StartAsync(
            ("Sos:Models:Providers:anthropic:Workspaces:0", Guid.NewGuid().ToString()),
            ("OPENAI_API_KEY", "from-the-environment"), ("ANTHROPIC_API_KEY", "from-the-environment"));
        await host.AskAsync("gpt-x");
        Assert.Equal("Bearer " + ModelHost.Canary, host.Server.Request.Headers["authorization"]);
        var error = (await host.AskAsync("claude-x")).Error;
        Assert.Equal("provider_not_found", error.Code);
        Assert.DoesNotContain("anthropic,", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "secret")]
    [InlineData(false, null)]
    public void The_operators_own_headers_go_to_the_operators_connections_alone(bool isTrusted, string? expected)
    {
        // What Anthropic's SDK does on every request with ANTHROPIC_CUSTOM_HEADERS.
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://example.com/v1/messages") { Headers = { { "X-Gateway-Key", "secret" }, { "anthropic-version", "1" } } };
        new AnthropicProvider("X-Gateway-Key: secret\nX-Other: 1").Authorize(request, new ModelConnection { Name = "a", Kind = "anthropic", ApiKey = "k", IsTrusted = isTrusted });
        Assert.Equal(expected, request.Headers.TryGetValues("X-Gateway-Key", out var values) ? values.Single() : null);
        Assert.Equal(("Bearer k", "1"), (request.Headers.Authorization!.ToString(), request.Headers.GetValues("anthropic-version").Single()));
    }

    [Theory]
    [InlineData("Sos:Models:Providers:openai:ApiKey", "", "gpt-x", "no API key")]
    [InlineData("Sos:Models:Providers:anthropic:ApiKey", "", "claude-x", "no API key")]
    [InlineData("Sos:Models:Providers:azure:ApiKey", "", "azure/x", "no API key")]
    [InlineData("Sos:Models:Providers:ollama:BaseUrl", "", "ollama/x", "no base URL")]
    [InlineData("Sos:Models:Providers:ollama:BaseUrl", "localhost:11434/v1", "OLLAMA/x", "is no http or https URL")]
    public async Task A_connection_that_lacks_something_says_what(string setting, string value, string model, string what)
    {
        await using var host = await ModelHost.StartAsync((setting, value));
        var error = (await host.AskAsync(model)).Error;
        Assert.Equal("provider_not_found", error.Code);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    private static async Task AddAsync(ModelHost host, string name, string kind, string url, string key, Guid? place = null)
    {
        var id = Guid.CreateVersion7();
        await using var command = host.Database.DataSource.CreateCommand(
            "insert into model_providers (id, workspace_id, name, kind, base_url, secret) values ($1, $2, $3, $4, $5, $6)");
        foreach (var value in (object[])[id, host.Workspace, name, kind, url, host.Get<KeyRing>().Seal(key, SecretPlace.ModelProvider(host.Workspace, place ?? id))])
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync();
    }
}
