using System.Net;
using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

/// <summary><c>/webhooks</c>: how people manage them. What callers get is in <see cref="HookTests"/>.</summary>
public sealed class WebhookTests
{
    private const string Secret = "never-to-be-seen-again-5678";

    [Fact]
    public async Task A_webhook_is_made_listed_changed_and_deleted_and_its_address_is_shown_once()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var made = (await client.PostAsync("/webhooks", Body(workflow))).Expect(HttpStatusCode.Created);
        var path = "/webhooks/" + made["id"].GetString();
        var token = made["path"].GetString()!["/hooks/".Length..];
        Assert.Matches("^hook_[A-Za-z0-9_-]{43}$", token);
        Assert.Equal(new Uri(client.Host.Address, made["path"].GetString()).ToString(), made["url"].GetString());
        Assert.Equal((token[..9], "github", "async", """["POST"]""", 600, 1_048_576, true), (made["tokenPrefix"].GetString(), made["verification"].GetProperty("kind").GetString(),
            made["answer"].GetString(), made["methods"].GetRawText(), made["ratePerMinute"].GetInt32(), made["maxBodyBytes"].GetInt32(), made["enabled"].GetBoolean()));

        var changed = (await client.PutAsync(path, Body(workflow, secret: null, more: """, "answer": "sync", "waitSeconds": 5, "enabled": false"""))).Expect(HttpStatusCode.OK);
        Assert.Equal(("sync", 5, false), (changed["answer"].GetString(), changed["waitSeconds"].GetInt32(), changed["enabled"].GetBoolean()));
        var one = (await client.GetAsync(path)).Expect(HttpStatusCode.OK);
        var list = (await client.GetAsync("/webhooks?limit=1")).Expect(HttpStatusCode.OK);
        Assert.Equal(made["id"].GetString(), Assert.Single(list["items"].EnumerateArray()).GetProperty("id").GetString());
        var rotated = (await client.PostAsync(path + "/rotate")).Expect(HttpStatusCode.OK);
        Assert.NotEqual(made["path"].GetString(), rotated["path"].GetString());
        (await client.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync(path)).ExpectProblem(404, "not_found");
        (await client.PutAsync(path, Body(workflow))).ExpectProblem(404, "not_found");
        (await client.PostAsync(path + "/rotate")).ExpectProblem(404, "not_found");
        (await client.DeleteAsync(path)).ExpectProblem(404, "not_found");

        Assert.All([made, changed, one, list, rotated], answer => Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal));
        Assert.All([changed, one, list], answer => Assert.DoesNotContain(token, answer.Text, StringComparison.Ordinal));
        var events = await client.Host.Database.QueryAsync<string>($"select string_agg(event_type || ' ' || context, '; ' order by id) from event_logs where workspace_id = '{client.Workspace}'");
        Assert.DoesNotContain(Secret, events, StringComparison.Ordinal);
        Assert.DoesNotContain(token, events, StringComparison.Ordinal);
        Assert.Equal(["webhook_created", "webhook_updated", "webhook_rotated", "webhook_deleted"], events!.Split("; ").Select(e => e.Split(' ')[0]));
    }

    [Fact]
    public async Task Neither_token_nor_secret_is_stored_as_it_is_and_the_api_can_not_read_either()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var made = (await client.PostAsync("/webhooks", Body(await client.SaveAsync(Definitions.Transform())))).Expect(HttpStatusCode.Created);
        var database = client.Host.Database;
        var row = await database.QueryAsync<string>($"select w::text || encode(secret, 'escape') from webhooks w where id = '{made["id"].GetString()}'");
        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.DoesNotContain(made["path"].GetString()![20..], row, StringComparison.Ordinal);
        foreach (var column in new[] { "secret", "token_hash" })
        {
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => database.ExecuteAsync($"set role sos_api; select {column} from webhooks"));
            Assert.Equal("42501", refused.SqlState);
        }
    }

    [Fact]
    public async Task The_secret_is_given_again_when_callers_are_recognized_in_another_way()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        (await client.PostAsync("/webhooks", Body(workflow, secret: null))).ExpectProblem(400, "secret_needed");
        var path = "/webhooks/" + (await client.PostAsync("/webhooks", Body(workflow))).Expect(HttpStatusCode.Created)["id"].GetString();
        (await client.PutAsync(path, Body(workflow, """{"kind": "slack"}""", secret: null))).ExpectProblem(400, "secret_needed");
        (await client.PutAsync(path, Body(workflow, """{"kind": "slack"}"""))).Expect(HttpStatusCode.OK);
        (await client.PutAsync(path, Body(workflow, """{"kind": "none"}""", secret: null))).Expect(HttpStatusCode.OK);
        (await client.PutAsync(path, Body(workflow, """{"kind": "slack"}""", secret: null))).ExpectProblem(400, "secret_needed");
    }

    [Fact]
    public async Task The_secret_is_given_again_when_it_is_to_be_read_in_another_way()
    {
        const string text = """{"kind": "generic", "header": "X-Sig"}""", base64 = """{"kind": "generic", "header": "X-Sig", "secretEncoding": "base64"}""";
        var (short15, long16) = (Convert.ToBase64String(new byte[15]), Convert.ToBase64String(new byte[16]));
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var path = "/webhooks/" + (await client.PostAsync("/webhooks", Body(workflow, text, "abcdefgh"))).Expect(HttpStatusCode.Created)["id"].GetString();
        (await client.PutAsync(path, Body(workflow, base64, secret: null))).ExpectProblem(400, "secret_needed");
        (await client.PutAsync(path, Body(workflow, base64, short15))).ExpectProblem(400, "invalid_webhook");
        (await client.PutAsync(path, Body(workflow, base64, long16))).Expect(HttpStatusCode.OK);
        (await client.PutAsync(path, Body(workflow, base64, secret: null))).Expect(HttpStatusCode.OK);
        (await client.PutAsync(path, Body(workflow, text, secret: null))).ExpectProblem(400, "secret_needed");
        (await client.PutAsync(path, Body(workflow, text, "abcdefgh"))).Expect(HttpStatusCode.OK);
        // Left out, it is text.
        (await client.PutAsync(path, Body(workflow, """{"kind": "generic", "header": "X-Sig", "secretEncoding": "text"}""", secret: null))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_address_is_below_the_public_one()
    {
        await using var host = await ApiHost.StartAsync(executes: false, builder => builder.Configuration["Sos:PublicUrl"] = "https://sos.example.com/tools/");
        var client = await host.NewWorkspaceAsync();
        var made = (await client.PostAsync("/webhooks", Body(await client.SaveAsync(Definitions.Transform())))).Expect(HttpStatusCode.Created);
        Assert.Equal("https://sos.example.com/tools" + made["path"].GetString(), made["url"].GetString());
        var rotated = (await client.PostAsync($"/webhooks/{made["id"].GetString()}/rotate")).Expect(HttpStatusCode.OK);
        Assert.Equal("https://sos.example.com/tools" + rotated["path"].GetString(), rotated["url"].GetString());
    }

    [Theory]
    [InlineData("/verification/kind", """{"kind": "magic"}""", "")]
    [InlineData("/verification/header", """{"kind": "generic"}""", "")]
    [InlineData("/verification/header", """{"kind": "github", "header": "X-Sig"}""", "")]
    [InlineData("/verification/header", """{"kind": "header", "header": "X Sig"}""", "")]
    [InlineData("/verification/algorithm", """{"kind": "generic", "header": "X-Sig", "algorithm": "md5"}""", "")]
    [InlineData("/verification/encoding", """{"kind": "stripe", "encoding": "hex"}""", "")]
    [InlineData("/verification/timestampHeader", """{"kind": "generic", "header": "X-Sig", "signedContent": "timestamp.body"}""", "")]
    [InlineData("/verification/idHeader", """{"kind": "generic", "header": "X-Sig", "idHeader": "X-Id"}""", "")] // not signed
    [InlineData("/verification/toleranceSeconds", """{"kind": "slack", "toleranceSeconds": 100000}""", "")]
    [InlineData("/verification/toleranceSeconds", """{"kind": "github", "toleranceSeconds": 100}""", "")]
    [InlineData("/verification/username", """{"kind": "basic"}""", "")]
    [InlineData("/methods", """{"kind": "github"}""", """, "methods": ["GET"]""")]
    [InlineData("/methods", """{"kind": "github"}""", """, "methods": ["PATCH"]""")]
    [InlineData("/answer", """{"kind": "github"}""", """, "answer": "later" """)]
    [InlineData("/waitSeconds", """{"kind": "github"}""", """, "waitSeconds": 61""")]
    [InlineData("/maxBodyBytes", """{"kind": "github"}""", """, "maxBodyBytes": 100000000""")]
    [InlineData("/ratePerMinute", """{"kind": "github"}""", """, "ratePerMinute": 0""")]
    [InlineData("/replayWindowSeconds", """{"kind": "github"}""", """, "replayWindowSeconds": 0""")]
    [InlineData("/replayWindowSeconds", """{"kind": "github"}""", """, "replayWindowSeconds": 2592001""")]
    [InlineData("/replayWindowSeconds", """{"kind": "slack"}""", """, "replayWindowSeconds": 600""")] // a recorded call would be in time still
    [InlineData("/version", """{"kind": "github"}""", """, "version": 3""")]
    [InlineData("/secret", """{"kind": "generic", "header": "X-Sig", "secretEncoding": "hex"}""", "")]
    [InlineData("/secret", """{"kind": "none"}""", "")]
    public async Task What_is_wrong_is_said_where_it_is_and_without_the_secret(string pointer, string verification, string more)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var refused = (await client.PostAsync("/webhooks", Body(await client.SaveAsync(Definitions.Transform()), verification, more: more))).ExpectProblem(400, "invalid_webhook");
        Assert.Contains(pointer, refused["errors"].EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        Assert.DoesNotContain(Secret, refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_workflow_must_exist()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/webhooks", Body(Guid.NewGuid().ToString()))).ExpectProblem(400, "invalid_webhook");
    }

    [Fact]
    public async Task Viewers_see_and_developers_change()
    {
        var admin = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var workflow = await admin.SaveAsync(Definitions.Transform());
        var viewer = await admin.Host.NewKeyAsync(admin.Workspace, "viewer");
        var developer = await admin.Host.NewKeyAsync(admin.Workspace, "developer");
        var id = (await developer.PostAsync("/webhooks", Body(workflow))).Expect(HttpStatusCode.Created)["id"].GetString();
        (await viewer.GetAsync($"/webhooks/{id}")).Expect(HttpStatusCode.OK);
        (await viewer.PostAsync("/webhooks", Body(workflow))).ExpectProblem(403, "role_too_low");
        (await viewer.PutAsync($"/webhooks/{id}", Body(workflow))).ExpectProblem(403, "role_too_low");
        (await viewer.PostAsync($"/webhooks/{id}/rotate")).ExpectProblem(403, "role_too_low");
        (await viewer.DeleteAsync($"/webhooks/{id}")).ExpectProblem(403, "role_too_low");
    }

    internal static string Body(string workflow, string verification = """{"kind": "github"}""", string? secret = Secret, string more = "") =>
        $$"""{"name": "Pushes", "workflowId": "{{workflow}}", "verification": {{verification}}{{(secret is null ? "" : $", \"secret\": \"{secret}\"")}}{{more}}}""";
}
