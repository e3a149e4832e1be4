using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sos.Executors.Tests.Nodes;
using Sos.Executors.Tests.Nodes.Http;

namespace Sos.Executors.Tests.Connectors;

/// <summary>What a connector's call sends and what it refuses to send.</summary>
public sealed class RequestTests
{
    [Fact]
    public async Task Parameters_go_where_the_manifest_says()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: shop
            title: Shop
            baseUrl: "URL/api"
            headers: { X-Client: "{{ settings.tenant }}" }
            settings: { tenant: { default: acme } }
            actions:
              put:
                title: Put
                method: PUT
                path: /{kind}/{+file}
                query: { version: "2" }
                headers: { X-Fixed: "yes" }
                parameters:
                  kind: { type: string, required: true }
                  file: { type: string, required: true }
                  tags: { type: array, items: { type: string }, in: query, list: comma }
                  trace: { type: string, in: header, as: X-Trace }
                  name: { type: string, as: /meta/name }
                  size: { type: integer, default: 5 }
                  nothing: { type: string }
                body: { kind: fixed, when: "{{ args.nothing }}" }
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        await engine.DataAsync("""{"connector": "shop", "action": "put", "with": {"kind": "a/b c", "file": "x/y z.txt", "tags": ["p", "q&r"], "trace": "t1", "name": "n", "nothing": null}}""");
        Assert.Equal("/api/a%2Fb%20c/x/y%20z.txt?version=2&tags=p%2Cq%26r", target.Request.Target);
        Assert.Equal(("yes", "t1", "acme"), (target.Request.Headers["x-fixed"], target.Request.Headers["x-trace"], target.Request.Headers["x-client"]));
        NodeRun.AssertJson("""{"kind": "fixed", "meta": {"name": "n"}, "size": 5}""", JsonElement.Parse(target.Request.Body));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a\r\nHost: evil")]
    public async Task A_value_in_the_path_leads_to_no_other_path(string value)
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Simple(target.Url));
        var config = JsonSerializer.Serialize(new { connector = "simple", action = "get", with = new { id = value } });
        Assert.Equal("invalid_arguments", (await engine.FailAsync(config)).Code);
        Assert.Empty(target.Requests);
    }

    [Theory]
    [InlineData("%2e%2e", "/items/%252e%252e")]
    [InlineData("../../admin?x=1#y", "/items/..%2F..%2Fadmin%3Fx%3D1%23y")]
    [InlineData("é€", "/items/%C3%A9%E2%82%AC")]
    public async Task What_has_a_meaning_in_urls_has_none_in_a_value(string value, string sent)
    {
        var received = "";
        await using var target = await HttpTarget.StartAsync(context =>
        {
            received = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
            return Task.CompletedTask;
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Simple(target.Url));
        await engine.DataAsync(JsonSerializer.Serialize(new { connector = "simple", action = "get", with = new { id = value } }));
        Assert.Equal(sent, received);
    }

    [Theory]
    [InlineData("evil.example/")]
    [InlineData("a@b")]
    [InlineData("x?y")]
    [InlineData("169.254.169.254#")]
    [InlineData("acme:8080")]
    [InlineData("a..b")]
    public async Task A_setting_in_the_host_is_part_of_a_hosts_name(string site)
    {
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: hosted
            title: Hosted
            settings: { site: {} }
            baseUrl: https://{site}.example.com
            actions: { go: { title: Go } }
            """);
        Assert.Equal("invalid_settings", (await engine.FailAsync(JsonSerializer.Serialize(new { connector = "hosted", action = "go", settings = new { site } }))).Code);
    }

    [Fact]
    public async Task A_form_of_several_parts_names_its_files_plainly()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: mail
            title: Mail
            baseUrl: "URL"
            actions: { send: { title: Send, method: POST, encoding: multipart, parameters: { to: { type: array }, files: { type: array } } } }
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        await engine.DataAsync("""{"connector": "mail", "action": "send", "with": {"to": ["a", "b"], "files": [{"base64": "aGk_", "fileName": "ä \"b\".txt", "contentType": "text/plain"}]}}""");
        Assert.Contains("Content-Disposition: form-data; name=\"to\"\r\n\r\na\r\n", target.Request.Body, StringComparison.Ordinal);
        Assert.Contains("Content-Disposition: form-data; name=\"to\"\r\n\r\nb\r\n", target.Request.Body, StringComparison.Ordinal);
        Assert.Contains("Content-Disposition: form-data; name=\"files\"; filename=\"ä %22b%22.txt\"\r\n\r\nhi?\r\n", target.Request.Body, StringComparison.Ordinal);
        Assert.Equal("invalid_arguments", (await engine.FailAsync("""{"connector": "mail", "action": "send", "with": {"files": [{"base64": "???"}]}}""")).Code);
    }

    [Fact]
    public async Task A_credential_in_the_body_follows_no_redirect_to_another_server()
    {
        await using var elsewhere = await HttpTarget.StartAsync("application/json", "{}");
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = elsewhere.Url + "/x";
            return Task.CompletedTask;
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: pager
            title: Pager
            baseUrl: "URL"
            auth: [ { type: custom, secrets: [key], body: { /routing/key: "{{ secrets.key }}" } } ]
            actions: { alert: { title: Alert, method: POST } }
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        await engine.Credentials.SaveAsync("key", "custom", "{}", """{"key": "canary-key-1234"}""", null, target.Url);
        Assert.Equal("connector_307", (await engine.FailAsync("""{"connector": "pager", "action": "alert", "credential": "key"}""")).Code);
        Assert.Equal("""{"routing":{"key":"canary-key-1234"}}""", target.Request.Body);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_header_takes_no_line_break_and_a_private_address_is_refused()
    {
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: inward
            title: Inward
            baseUrl: http://10.0.0.1
            actions: { go: { title: Go, parameters: { x: { type: string, in: header, as: X-Y } } } }
            """);
        Assert.Equal("invalid_arguments", (await engine.FailAsync("""{"connector": "inward", "action": "go", "with": {"x": "a\r\nb: c"}}""")).Code);
        Assert.Equal("address_not_allowed", (await engine.FailAsync("""{"connector": "inward", "action": "go"}""")).Code);
    }

    [Fact]
    public async Task Arguments_are_checked_before_anything_is_sent()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync(Simple(target.Url));
        Assert.Contains("with/id", (await engine.FailAsync("""{"connector": "simple", "action": "get", "with": {"id": 5}}""")).Message, StringComparison.Ordinal);
        Assert.Contains("odd", (await engine.FailAsync("""{"connector": "simple", "action": "get", "with": {"id": "a", "odd": 1}}""")).Message, StringComparison.Ordinal);
        var (code, message) = await engine.FailAsync("""{"connector": "simple", "action": "gte"}""");
        Assert.Equal("connector_action_not_found", code);
        Assert.Contains("get", message, StringComparison.Ordinal);
        (code, message) = await engine.FailAsync("""{"connector": "simpel", "action": "get"}""");
        Assert.Equal("connector_not_found", code);
        Assert.Contains("simple", message, StringComparison.Ordinal);
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task The_key_by_which_a_service_knows_a_request_again_is_the_same_for_every_attempt()
    {
        var answers = 0;
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref answers) == 1 ? 503 : 201;
            return Task.CompletedTask;
        });
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync($$"""
            id: pay
            title: Pay
            baseUrl: "{{target.Url}}"
            actions: { pay: { title: Pay, method: POST, path: /pay, idempotency: { header: Idempotency-Key, format: uuid } } }
            """);
        var run = await engine.RunAsync("""{"connector": "pay", "action": "pay"}""", """, "retry": { "maxAttempts": 2, "delay": "1ms" } """);
        Assert.Equal("completed", run.Row.Status);
        var keys = target.Requests.Select(r => r.Headers["idempotency-key"]).ToList();
        Assert.Equal(2, keys.Count);
        Assert.Equal(keys[0], keys[1]);
        Assert.True(Guid.TryParse(keys[0], out var key) && key.Version == 8, keys[0]);
    }

    [Fact]
    public async Task A_credential_goes_where_the_connector_says_and_out_of_nothing()
    {
        const string Canary = "canary-token-9876";
        await using var target = await HttpTarget.StartAsync(async context => await context.Response.WriteAsJsonAsync(new { echo = context.Request.Path.Value, key = context.Request.Headers["X-Key"].ToString() }));
        await using var engine = await ConnectorEngine.StartAsync();
        await engine.SaveAsync("""
            id: bot
            title: Bot
            baseUrl: "URL/bot{token}"
            auth:
              - { type: apiKey, in: path, name: token }
              - { type: bearer, in: header, name: X-Key, prefix: "Key " }
              - { type: custom, secrets: [id, pass], headers: { X-Key: "{{ secrets.id + '/' + secrets.pass }}" }, query: { p: "{{ secrets.pass }}" } }
            actions: { say: { title: Say, method: POST, path: /say } }
            """.Replace("URL", target.Url, StringComparison.Ordinal));
        await engine.Credentials.SaveAsync("in-path", "apiKey", "{}", $$"""{"value": "{{Canary}}"}""", null, target.Url);
        var run = await engine.RunAsync("""{"connector": "bot", "action": "say", "credential": "in-path"}""");
        Assert.Equal($"/bot{Canary}/say", target.Request.Target);
        Assert.DoesNotContain(Canary, run.Row.Output!.Value.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, JsonSerializer.Serialize(engine.Calls(run).SelectMany(s => s.TagObjects)), StringComparison.Ordinal);
        Assert.Equal("credential_missing", (await engine.FailAsync("""{"connector": "bot", "action": "say"}""")).Code);
        await engine.Credentials.SaveAsync("basic", "basic", """{"username": "u"}""", $$"""{"password": "{{Canary}}"}""", null, target.Url);
        Assert.Equal("credential_wrong_type", (await engine.FailAsync("""{"connector": "bot", "action": "say", "credential": "basic"}""")).Code);
        await engine.Credentials.SaveAsync("elsewhere", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, "api.example.com");
        Assert.Equal("credential_host_not_allowed", (await engine.FailAsync("""{"connector": "bot", "action": "say", "credential": "elsewhere"}""")).Code);
    }

    private static string Simple(string url) => $$"""
        id: simple
        title: Simple
        baseUrl: "{{url}}"
        actions:
          get:
            title: Get
            path: /items/{id}
            parameters: { id: { type: string, required: true } }
        """;
}
