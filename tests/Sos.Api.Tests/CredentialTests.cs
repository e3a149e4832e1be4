using System.Net;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class CredentialTests
{
    private const string Secret = "never-to-be-seen-again-1234";

    private const string Basic = $$"""{"name": "crm", "type": "basic", "settings": {"username": "ann"}, "secrets": {"password": "{{Secret}}"}, "allowedHosts": ["CRM.example.com", "*.example.org"]}""";

    private const string WithoutSecrets = """{"name": "crm-2", "type": "basic", "settings": {"username": "ann"}, "allowedHosts": ["crm.example.com"]}""";

    [Fact]
    public async Task A_credential_is_made_listed_changed_and_deleted_and_its_secrets_are_never_shown()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var made = (await client.PostAsync("/credentials", Basic)).Expect(HttpStatusCode.Created);
        var path = "/credentials/" + made["id"].GetString();
        Assert.Equal("/api/v1" + path, made.Response.Headers.Location?.ToString());
        Assert.Equal(("crm", "basic", """{"username":"ann"}""", """["crm.example.com","*.example.org"]""", """["password"]"""),
            (made["name"].GetString(), made["type"].GetString(), made["settings"].GetRawText(), made["allowedHosts"].GetRawText(), made["secretNames"].GetRawText()));

        var changed = (await client.PutAsync(path, WithoutSecrets)).Expect(HttpStatusCode.OK);
        Assert.Equal(("crm-2", """["password"]"""), (changed["name"].GetString(), changed["secretNames"].GetRawText()));
        var anew = (await client.PutAsync(path, Basic)).Expect(HttpStatusCode.OK);
        var one = (await client.GetAsync(path)).Expect(HttpStatusCode.OK);
        var list = (await client.GetAsync("/credentials")).Expect(HttpStatusCode.OK);
        Assert.Equal("crm", list["items"][0].GetProperty("name").GetString());
        (await client.DeleteAsync(path)).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync(path)).ExpectProblem(404, "not_found");
        (await client.PutAsync(path, Basic)).ExpectProblem(404, "not_found");
        (await client.DeleteAsync(path)).ExpectProblem(404, "not_found");

        Assert.All([made, changed, anew, one, list], answer => Assert.DoesNotContain("1234", answer.Text, StringComparison.Ordinal));
        var events = await client.Host.Database.QueryAsync<string>($"select string_agg(event_type || ' ' || context || ' ' || (user_id = '{client.User}') || ' ' || (trace_id is not null), '; ' order by id) from event_logs where workspace_id = '{client.Workspace}'");
        Assert.DoesNotContain(Secret, events, StringComparison.Ordinal);
        Assert.Equal(["credential_created", "credential_updated", "credential_updated", "credential_deleted"], events!.Split("; ").Select(e => e.Split(' ')[0]));
        Assert.All(events.Split("; "), e => Assert.EndsWith("true true", e, StringComparison.Ordinal));
        Assert.Contains("\"allowedHosts\": [\"crm.example.com\"]", events, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name": "crm", "type": "basic", "settings": {"username": "bob"}, "allowedHosts": ["crm.example.com"]}""")]
    [InlineData("""{"name": "crm", "type": "basic", "settings": {"username": "ann"}, "allowedHosts": ["crm.example.com", "evil.test"]}""")]
    [InlineData("""{"name": "crm", "type": "basic", "settings": {"username": "ann"}, "allowedHosts": ["*.example.com"]}""")]
    [InlineData("""{"name": "crm", "type": "custom", "settings": {"username": "ann"}, "allowedHosts": ["crm.example.com"]}""")]
    public async Task Secrets_are_given_again_when_they_would_go_elsewhere(string change)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var path = "/credentials/" + (await client.PostAsync("/credentials", Basic)).Expect(HttpStatusCode.Created)["id"].GetString();
        (await client.PutAsync(path, change)).ExpectProblem(400, "secrets_needed");
        Assert.Equal("""{"username":"ann"}""", (await client.GetAsync(path)).Expect(HttpStatusCode.OK)["settings"].GetRawText());
    }

    [Fact]
    public async Task A_new_credential_needs_its_secrets_and_a_name_of_its_own()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/credentials", WithoutSecrets)).ExpectProblem(400, "secrets_needed");
        (await client.PostAsync("/credentials", Basic)).Expect(HttpStatusCode.Created);
        (await client.PostAsync("/credentials", Basic)).ExpectProblem(409, "name_taken");
        var elsewhere = await client.Host.NewWorkspaceAsync();
        (await elsewhere.PostAsync("/credentials", Basic)).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_login_of_a_database_goes_to_its_own_server()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var made = (await client.PostAsync("/credentials", """{"name": "db", "type": "postgres", "settings": {"host": "DB.example.com", "database": "crm", "username": "ann"}, "secrets": {"password": "secret-1"}, "expiresAt": "2027-01-01T00:00:00Z"}"""))
            .Expect(HttpStatusCode.Created);
        Assert.Equal("""["postgres://db.example.com:5432"]""", made["allowedHosts"].GetRawText());
        Assert.Equal("verify-full", made["settings"].GetProperty("sslMode").GetString());
        Assert.Equal(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), made["expiresAt"].GetDateTimeOffset());
    }

    [Theory]
    [InlineData("/name", """{"name": "My CRM", "type": "bearer", "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/type", """{"name": "c", "type": "password", "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/allowedHosts", """{"name": "c", "type": "bearer", "secrets": {"token": "secret-1"}}""")]
    [InlineData("/allowedHosts", """{"name": "c", "type": "bearer", "secrets": {"token": "secret-1"}, "allowedHosts": []}""")]
    [InlineData("/allowedHosts/1", """{"name": "c", "type": "bearer", "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test", "*.com"]}""")]
    [InlineData("/allowedHosts", """{"name": "c", "type": "postgres", "settings": {"host": "h", "database": "d", "username": "u"}, "secrets": {"password": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/secrets", """{"name": "c", "type": "bearer", "secrets": {}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/secrets", """{"name": "c", "type": "bearer", "secrets": {"token": "secret-1", "other": "secret-2"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/secrets/token", """{"name": "c", "type": "bearer", "secrets": {"token": "short"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/secrets/token", """{"name": "c", "type": "bearer", "secrets": {"token": "line\nbreak"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings", """{"name": "c", "type": "bearer", "settings": {"url": "x"}, "secrets": {"token": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings", """{"name": "c", "type": "basic", "secrets": {"password": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings/username", """{"name": "c", "type": "basic", "settings": {"username": "a:b"}, "secrets": {"password": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings/in", """{"name": "c", "type": "apiKey", "settings": {"in": "cookie"}, "secrets": {"value": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings/name", """{"name": "c", "type": "apiKey", "settings": {"name": "X: y"}, "secrets": {"value": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings/tokenUrl", """{"name": "c", "type": "oauth2", "settings": {"tokenUrl": "file:///etc", "clientId": "i"}, "secrets": {"clientSecret": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/secrets", """{"name": "c", "type": "oauth2", "settings": {"tokenUrl": "https://a.test", "clientId": "i", "grant": "refresh_token"}, "secrets": {"clientSecret": "secret-1"}, "allowedHosts": ["a.test"]}""")]
    [InlineData("/settings/port", """{"name": "c", "type": "postgres", "settings": {"host": "h", "port": "0", "database": "d", "username": "u"}, "secrets": {"password": "secret-1"}}""")]
    [InlineData("/settings/host", """{"name": "c", "type": "postgres", "settings": {"host": "*.example.com", "database": "d", "username": "u"}, "secrets": {"password": "secret-1"}}""")]
    [InlineData("/secrets", """{"name": "c", "type": "custom", "secrets": {}, "allowedHosts": ["a.test"]}""")]
    public async Task What_is_wrong_is_said_where_it_is_and_without_the_secret(string pointer, string body)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var refused = (await client.PostAsync("/credentials", body)).ExpectProblem(400, "invalid_credential");
        Assert.Equal(pointer, Assert.Single(refused["errors"].EnumerateArray()).GetProperty("pointer").GetString());
        Assert.DoesNotContain("secret-", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workspace_has_five_hundred_credentials_at_most()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        await client.Host.Database.ExecuteAsync($"insert into credentials (id, workspace_id, name, type, allowed_hosts, secret_names, secret) select gen_random_uuid(), '{client.Workspace}', 'c' || n, 'custom', array['a.test'], '{{}}', '' from generate_series(1, 500) n");
        (await client.PostAsync("/credentials", Basic)).ExpectProblem(409, "too_many_credentials");
    }

    [Fact]
    public async Task Viewers_see_and_only_admins_change()
    {
        var admin = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var id = (await admin.PostAsync("/credentials", Basic)).Expect(HttpStatusCode.Created)["id"].GetString();
        (await (await admin.Host.NewKeyAsync(admin.Workspace, "viewer")).GetAsync($"/credentials/{id}")).Expect(HttpStatusCode.OK);
        var developer = await admin.Host.NewKeyAsync(admin.Workspace, "developer");
        (await developer.PostAsync("/credentials", Basic)).ExpectProblem(403, "role_too_low");
        (await developer.PutAsync($"/credentials/{id}", Basic)).ExpectProblem(403, "role_too_low");
        (await developer.DeleteAsync($"/credentials/{id}")).ExpectProblem(403, "role_too_low");
    }
}
