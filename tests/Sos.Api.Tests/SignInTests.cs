using System.Net;
using System.Text.Json;
using Sos.Api.Tests.Support;
using Sos.Testing.OAuth;

namespace Sos.Api.Tests;

/// <summary>Signing in with OAuth 2.0's authorization code, from the API through a browser to a node that uses it.</summary>
public sealed class SignInTests
{
    [Theory]
    [InlineData("header")]
    [InlineData("body")]
    public async Task Who_signs_in_lets_nodes_act_for_them(string authentication)
    {
        await using var setup = await SignInSetup.StartAsync(settings: $"\"clientAuthentication\": \"{authentication}\"");
        setup.Server.ClientSecretInBody = authentication == "body";
        var before = await setup.StateAsync();
        Assert.Equal((false, true), (before.GetProperty("signedIn").GetBoolean(), before.GetProperty("needsSignIn").GetBoolean()));
        var refused = await setup.AskAsync();
        Assert.Equal("credential_sign_in_needed", refused.GetProperty("error").GetProperty("code").GetString());

        var page = await setup.SignInAsync();
        Assert.Equal((200, "Signed in"), (page.Status, page.Title));
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("no-store", page.Headers["Cache-Control"]);

        var after = await setup.StateAsync();
        Assert.Equal((true, false), (after.GetProperty("signedIn").GetBoolean(), after.GetProperty("needsSignIn").GetBoolean()));
        Assert.Equal(["read", "write"], after.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        Assert.InRange(after.GetProperty("tokenExpiresAt").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(50), DateTimeOffset.UtcNow.AddMinutes(70));
        Assert.Equal("Ann", (await setup.AskAsync()).GetProperty("output").GetProperty("name").GetString());
        Assert.Equal(["credential_sign_in_started", "credential_signed_in"], await setup.EventsAsync());

        var asked = Assert.Single(setup.Server.Authorizations);
        Assert.Equal(("offline", "consent", "read write", "S256"), (asked["access_type"], asked["prompt"], asked["scope"], asked["code_challenge_method"]));
    }

    [Fact]
    public async Task A_public_client_signs_in_with_pkce_alone()
    {
        await using var setup = await SignInSetup.StartAsync(secrets: "{}");
        setup.Server.Refusals.Enqueue((200, """{"access_token": "of-a-public-client", "token_type": "Bearer", "expires_in": 60}"""));
        Assert.Equal("Signed in", (await setup.SignInAsync()).Title);
        var form = Assert.Single(setup.Server.TokenRequests);
        Assert.Equal(["client_id", "code", "code_verifier", "grant_type", "redirect_uri"], form.Keys.Order());
    }

    [Fact]
    public async Task The_public_address_is_where_browsers_come_back_to()
    {
        await using var host = await SignInSetup.StartHostAsync(builder => builder.Configuration["Sos:PublicUrl"] = "https://sos.example.com/tools/", executes: false);
        await using var setup = await SignInSetup.StartAsync(host);
        var answer = (await setup.Client.PostAsync("/credentials/crm/authorize")).Expect(HttpStatusCode.OK);
        Assert.Equal("https://sos.example.com/tools/oauth2/callback", answer["redirectUri"].GetString());
        Assert.Contains("redirect_uri=https%3A%2F%2Fsos.example.com%2Ftools%2Foauth2%2Fcallback&", answer["authorizationUrl"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_works_once()
    {
        await using var setup = await SignInSetup.StartAsync();
        var back = await setup.VisitAsync(await setup.AuthorizeAsync());
        Assert.Equal(200, (await setup.ReturnAsync(back)).Status);
        var again = await setup.ReturnAsync(back);
        Assert.Equal((400, "This sign-in was used already"), (again.Status, again.Title));
        Assert.Single(setup.Server.TokenRequests);
    }

    [Fact]
    public async Task A_state_that_is_old_changed_or_replaced_leads_nowhere()
    {
        await using var setup = await SignInSetup.StartAsync();
        var replaced = await setup.VisitAsync(await setup.AuthorizeAsync());
        var back = await setup.VisitAsync(await setup.AuthorizeAsync());
        Assert.Equal("This sign-in is not known", (await setup.ReturnAsync(replaced)).Title);
        var text = back.ToString();
        var state = text[(text.IndexOf("state=", StringComparison.Ordinal) + 6)..text.IndexOf("&code", StringComparison.Ordinal)];
        string[] others =
        [
            "", "x", state + "x", state[..^1], state[..^2] + (state.EndsWith("AA", StringComparison.Ordinal) ? "BB" : "AA"),
            // The random part, claimed for another workspace.
            Convert.ToBase64String(Guid.CreateVersion7().ToByteArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_') + state[state.IndexOf('.', StringComparison.Ordinal)..],
        ];
        foreach (var other in others)
            Assert.Equal("This sign-in is not known", (await setup.ReturnAsync(new Uri(text.Replace(state, other, StringComparison.Ordinal)))).Title);

        await setup.Client.Host.Database.ExecuteAsync($"update credential_sign_ins set expires_at = now() where workspace_id = '{setup.Client.Workspace}'");
        Assert.Equal("This sign-in is void", (await setup.ReturnAsync(back)).Title);
        Assert.Empty(setup.Server.TokenRequests);
        Assert.False((await setup.StateAsync()).GetProperty("signedIn").GetBoolean());
    }

    [Fact]
    public async Task A_credential_that_was_changed_meanwhile_is_not_signed_in_to()
    {
        await using var setup = await SignInSetup.StartAsync();
        var id = (await setup.Client.GetAsync("/credentials/crm")).Expect(HttpStatusCode.OK)["id"].GetString();
        var back = await setup.VisitAsync(await setup.AuthorizeAsync());
        (await setup.Client.PutAsync($"/credentials/{id}", setup.Definition("\"issuer\": \"https://other.example.com\""))).Expect(HttpStatusCode.OK);
        Assert.Equal("This sign-in is void", (await setup.ReturnAsync(back)).Title);
    }

    [Fact]
    public async Task What_counts_is_the_credential_that_the_browser_was_sent_away_with_and_not_when()
    {
        await using var setup = await SignInSetup.StartAsync();
        var id = (await setup.Client.GetAsync("/credentials/crm")).Expect(HttpStatusCode.OK)["id"].GetString();
        var back = await setup.VisitAsync(await setup.AuthorizeAsync());
        (await setup.Client.PutAsync($"/credentials/{id}", setup.Definition("\"issuer\": \"https://other.example.com\""))).Expect(HttpStatusCode.OK);
        await setup.Client.Host.Database.ExecuteAsync($"update credential_sign_ins set created_at = now() where workspace_id = '{setup.Client.Workspace}'");
        Assert.Equal("This sign-in is void", (await setup.ReturnAsync(back)).Title);
    }

    [Fact]
    public async Task Another_sign_in_voids_one_whose_code_has_come_back()
    {
        await using var setup = await SignInSetup.StartAsync();
        await setup.AuthorizeAsync();
        await setup.Client.Host.Database.ExecuteAsync($"update credential_sign_ins set returned_at = now(), code = 'c' where workspace_id = '{setup.Client.Workspace}'");
        await setup.AuthorizeAsync();
        Assert.Equal(1, await setup.Client.Host.Database.QueryAsync<long>($"select count(*) from credential_sign_ins where workspace_id = '{setup.Client.Workspace}' and code is null"));
        Assert.Equal(1, await setup.Client.Host.Database.QueryAsync<long>($"select count(*) from credential_sign_ins where workspace_id = '{setup.Client.Workspace}'"));
    }

    [Fact]
    public async Task A_revoked_key_finishes_no_sign_in()
    {
        await using var setup = await SignInSetup.StartAsync();
        var back = await setup.VisitAsync(await setup.AuthorizeAsync());
        await setup.Client.Host.Database.ExecuteAsync($"update api_keys set revoked_at = now() where workspace_id = '{setup.Client.Workspace}'");
        Assert.Equal("This sign-in is void", (await setup.ReturnAsync(back)).Title);
        Assert.Empty(setup.Server.TokenRequests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(55)]
    public async Task A_short_token_that_can_not_be_renewed_is_used(int seconds)
    {
        await using var setup = await SignInSetup.StartAsync();
        setup.Server.Refusals.Enqueue((200, $$"""{"access_token": "short-lived", "expires_in": {{seconds}}}"""));
        Assert.Equal("Signed in", (await setup.SignInAsync()).Title);
        Assert.DoesNotContain("credential_sign_in_needed", (await setup.AskAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(seconds == 0, (await setup.StateAsync()).GetProperty("tokenExpiresAt").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task Other_secrets_end_a_sign_in_and_another_test_address_does_not()
    {
        await using var setup = await SignInSetup.StartAsync();
        var id = (await setup.Client.GetAsync("/credentials/crm")).Expect(HttpStatusCode.OK)["id"].GetString();
        await setup.SignInAsync();
        var withTest = setup.Definition($"\"testUrl\": \"{setup.Server.Url}/me\"").Replace($"\"secrets\": {{ \"clientSecret\": \"{OAuthServer.ClientSecret}\" }}", "\"expiresAt\": null", StringComparison.Ordinal);
        (await setup.Client.PutAsync($"/credentials/{id}", withTest)).Expect(HttpStatusCode.OK);
        Assert.True((await setup.StateAsync()).GetProperty("signedIn").GetBoolean());
        (await setup.Client.PutAsync($"/credentials/{id}", setup.Definition())).Expect(HttpStatusCode.OK);
        Assert.False((await setup.StateAsync()).GetProperty("signedIn").GetBoolean());
    }

    [Theory]
    [InlineData("access_denied", "You did not sign in")]
    [InlineData("<b>odd</b>", "The service refused")]
    public async Task Who_declines_reads_so_and_nothing_of_the_address_becomes_markup(string error, string title)
    {
        await using var setup = await SignInSetup.StartAsync();
        setup.Server.Declines = error;
        var page = await setup.SignInAsync();
        Assert.Equal((400, title), (page.Status, page.Title));
        Assert.DoesNotContain("<script", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page.Html, StringComparison.Ordinal);
        Assert.Equal(["credential_sign_in_started", "credential_sign_in_failed"], await setup.EventsAsync());
        Assert.Empty(setup.Server.TokenRequests);
    }

    [Theory]
    [InlineData("", "https://evil.example.com", false)]
    [InlineData("", "{server}/realms/one", true)]
    [InlineData("\"issuer\": \"https://login.example.com\"", "https://login.example.com", true)]
    [InlineData("\"issuer\": \"https://login.example.com\"", "https://login.example.com/", false)]
    [InlineData("\"issuer\": \"https://login.example.com\"", null, false)]
    public async Task Who_comes_back_from_another_server_is_stopped(string settings, string? issuer, bool passes)
    {
        await using var setup = await SignInSetup.StartAsync(settings: settings);
        setup.Server.Issuer = issuer?.Replace("{server}", setup.Server.Url, StringComparison.Ordinal);
        Assert.Equal(passes ? "Signed in" : "Signing in was stopped", (await setup.SignInAsync()).Title);
        Assert.Equal(passes ? 1 : 0, setup.Server.TokenRequests.Count);
    }

    [Theory]
    [InlineData(400, """{"error": "invalid_grant"}""", "its code is refused")]
    [InlineData(401, """{"error": "invalid_client", "error_description": "client/Canary+5ecret"}""", "Check its tokenUrl, clientId")]
    [InlineData(200, """{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}""", "its code is refused")]
    [InlineData(200, "<html>", "no usable access_token")]
    public async Task A_code_that_is_not_exchanged_is_explained(int status, string body, string words)
    {
        await using var setup = await SignInSetup.StartAsync();
        setup.Server.Refusals.Enqueue((status, body));
        var page = await setup.SignInAsync();
        Assert.Equal((400, "Signing in failed"), (page.Status, page.Title));
        Assert.Contains(words, page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("5ecret", page.Html, StringComparison.Ordinal);
        Assert.Equal(["credential_sign_in_started", "credential_sign_in_failed"], await setup.EventsAsync());
        Assert.Equal(0, await setup.Client.Host.Database.QueryAsync<long>($"select count(*) from credential_sign_ins where workspace_id = '{setup.Client.Workspace}' and (code is not null or verifier is not null)"));
    }

    [Fact]
    public async Task A_token_endpoint_that_is_away_for_a_moment_is_asked_again()
    {
        await using var setup = await SignInSetup.StartAsync();
        setup.Server.Refusals.Enqueue((503, ""));
        Assert.Equal("Signed in", (await setup.SignInAsync()).Title);
    }

    [Fact]
    public async Task A_sign_in_that_is_revoked_says_so_and_another_one_mends_it()
    {
        await using var setup = await SignInSetup.StartAsync();
        setup.Server.Lifetime = 1;
        await setup.SignInAsync();
        Assert.Equal("completed", (await setup.AskAsync()).GetProperty("status").GetString());
        setup.Server.Revoke();
        for (var i = 0; i < 2; i++)
        {
            var error = (await setup.AskAsync()).GetProperty("error");
            Assert.Equal("credential_sign_in_needed", error.GetProperty("code").GetString());
            Assert.Contains("POST /api/v1/credentials/crm/authorize", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        var state = await setup.StateAsync();
        Assert.Equal((false, true), (state.GetProperty("signedIn").GetBoolean(), state.GetProperty("needsSignIn").GetBoolean()));
        Assert.NotEqual(JsonValueKind.Null, state.GetProperty("lostAt").ValueKind);
        Assert.Equal("credential_sign_in_lost", (await setup.EventsAsync())[^1]);
        Assert.Equal(2, setup.Server.TokenRequests.Count(r => r["grant_type"] == "refresh_token")); // once it is known, nobody asks again

        setup.Server.Lifetime = 3600;
        Assert.Equal("Signed in", (await setup.SignInAsync()).Title);
        Assert.Equal("completed", (await setup.AskAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Refresh_tokens_that_are_good_once_survive_many_nodes_on_two_executors()
    {
        var key = Sos.Workflows.Secrets.KeyRing.Generate("shared");
        await using var host = await SignInSetup.StartHostAsync(b => b.Configuration["Sos:Secrets:Keys:0"] = key);
        await using var other = await SignInSetup.StartHostAsync(b => b.Configuration["Sos:Secrets:Keys:0"] = key, database: host.Database);
        await using var setup = await SignInSetup.StartAsync(host);
        setup.Server.Lifetime = 1; // so short that each node renews
        await setup.SignInAsync();
        var runs = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => setup.AskAsync()));
        Assert.All(runs, r => Assert.Equal("completed", r.GetProperty("status").GetString()));
        Assert.Equal(16, setup.Server.TokenRequests.Count(r => r["grant_type"] == "refresh_token"));
        Assert.True((await setup.StateAsync()).GetProperty("signedIn").GetBoolean());
    }

    [Fact]
    public async Task A_token_without_end_and_refresh_is_used_for_as_long_as_it_works()
    {
        await using var setup = await SignInSetup.StartAsync();
        setup.Server.Lifetime = null;
        await setup.SignInAsync();
        Assert.Equal(JsonValueKind.Null, (await setup.StateAsync()).GetProperty("tokenExpiresAt").ValueKind);
        for (var i = 0; i < 2; i++)
            Assert.Equal("completed", (await setup.AskAsync()).GetProperty("status").GetString());
        Assert.Single(setup.Server.TokenRequests);
    }

    [Fact]
    public async Task Only_credentials_to_sign_in_with_and_only_admins_begin_a_sign_in()
    {
        await using var setup = await SignInSetup.StartAsync();
        (await setup.Client.PostAsync("/credentials", """{"name": "key", "type": "bearer", "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test"]}""")).Expect(HttpStatusCode.Created);
        (await setup.Client.PostAsync("/credentials/key/authorize")).ExpectProblem(409, "no_sign_in");
        (await setup.Client.PostAsync("/credentials/none/authorize")).ExpectProblem(404, "not_found");
        (await (await setup.Client.Host.NewKeyAsync(setup.Client.Workspace, "developer")).PostAsync("/credentials/crm/authorize")).ExpectProblem(403, "role_too_low");
        (await (await setup.Client.Host.NewWorkspaceAsync()).PostAsync("/credentials/crm/authorize")).ExpectProblem(404, "not_found");
    }

    [Theory]
    [InlineData("/settings", "\"grant\": \"authorization_code\"")]
    [InlineData("/settings/authorizationUrl", "\"grant\": \"authorization_code\", \"authorizationUrl\": \"javascript:alert(1)\"")]
    [InlineData("/settings/authorizationUrl", "\"grant\": \"authorization_code\", \"authorizationUrl\": \"http://a.test/authorize\"")]
    [InlineData("/settings/authorizeParameters", "\"grant\": \"authorization_code\", \"authorizationUrl\": \"https://a.test\", \"authorizeParameters\": \"a=1&state=mine\"")]
    [InlineData("/settings/authorizeParameters", "\"grant\": \"authorization_code\", \"authorizationUrl\": \"https://a.test\", \"authorizeParameters\": \"redirect%5furi=x\"")]
    [InlineData("/settings/issuer", "\"grant\": \"client_credentials\", \"issuer\": \"https://a.test\"")]
    [InlineData("/settings/testUrl", "\"grant\": \"client_credentials\", \"testUrl\": \"https://b.test/me\"")]
    public async Task What_is_wrong_with_the_settings_is_said(string pointer, string settings)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var refused = (await client.PostAsync("/credentials", $$"""{"name": "c", "type": "oauth2", "settings": {"tokenUrl": "https://a.test", "clientId": "i", {{settings}}}, "secrets": {"clientSecret": "secret-1"}, "allowedHosts": ["a.test"]}"""))
            .ExpectProblem(400, "invalid_credential");
        Assert.Equal(pointer, Assert.Single(refused["errors"].EnumerateArray()).GetProperty("pointer").GetString());
    }
}
