using Sos.Api.Pages.Credentials;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Credentials;

public sealed class CredentialFieldsTests
{
    [Fact]
    public void What_does_not_count_with_the_grant_is_left_out()
    {
        var fields = CredentialFields.New();
        fields.Type = CredentialType.OAuth2;
        fields.Settings["authorizationUrl"] = "https://login.example.com/authorize";
        fields.Settings["tokenUrl"] = " https://login.example.com/token ";

        var settings = fields.ToRequest(null).Settings!;

        Assert.Equal("https://login.example.com/token", settings["tokenUrl"]);
        Assert.DoesNotContain("authorizationUrl", settings.Keys);
        fields.Settings["grant"] = CredentialType.AuthorizationCode;
        Assert.Contains("authorizationUrl", fields.ToRequest(null).Settings!.Keys);
    }

    [Fact]
    public void An_end_that_nobody_touched_stays_to_the_moment()
    {
        var end = new DateTimeOffset(2026, 12, 24, 17, 30, 0, TimeSpan.Zero);
        var fields = CredentialFields.Of(Stored("bearer", end));

        Assert.Equal("2026-12-24", fields.Expires);
        Assert.Equal(end, fields.ToRequest(null).ExpiresAt);
        fields.Expires = "2026-12-31";
        Assert.Equal(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero), fields.ToRequest(null).ExpiresAt);
        fields.Expires = "";
        Assert.Null(fields.ToRequest(null).ExpiresAt);
    }

    [Fact]
    public void An_end_at_midnight_is_the_day_before()
    {
        var end = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal("2026-12-31", CredentialFields.Of(Stored("bearer", end)).Expires);
    }

    [Fact]
    public void Lines_of_a_custom_credential_are_its_settings_and_come_back()
    {
        var fields = CredentialFields.New();
        fields.Type = CredentialType.Custom;
        fields.Lines = "account = acme\nquery=a=b\n\n";

        var request = fields.ToRequest(new Dictionary<string, string> { ["key"] = "secret" });

        Assert.Equal([("account", "acme"), ("query", "a=b")], request.Settings!.Select(s => (s.Key, s.Value)));
        Assert.Equal("secret", request.Secrets!["key"]);
    }

    [Fact]
    public void A_database_has_no_allowed_hosts_of_its_own()
    {
        var fields = CredentialFields.New();
        (fields.Type, fields.Hosts) = (CredentialType.Postgres, "api.example.com");
        Assert.Null(fields.ToRequest(null).AllowedHosts);
    }

    [Theory]
    [InlineData("github", "bearer", "bearer", "api.github.com")]
    [InlineData("google-calendar", null, "oauth2", "www.googleapis.com")]
    public void A_connector_says_where_its_credential_goes(string connector, string? type, string expected, string host)
    {
        var fields = CredentialFields.For(ShippedConnectors.Find(connector)!, type);
        Assert.Equal((expected, host), (fields.Type, fields.Hosts));
    }

    [Fact]
    public void Every_field_of_every_type_has_a_label()
    {
        Assert.Equal(CredentialType.All.Keys.Order(), CredentialWords.Types.Select(t => t.Type).Order());
        Assert.All(CredentialType.All.Values, type => Assert.All(type.Settings.Concat(type.Secrets), field => Assert.NotEqual(field.Name, CredentialWords.Field(type.Name, field.Name).Label)));
    }

    [Theory]
    [InlineData("api.example.com:8443", "https://api.example.com:8443/me")]
    [InlineData("*.example.com", "https://api.example.com/me")]
    [InlineData("http://crm.internal:8080", "http://crm.internal:8080/me")]
    public void An_example_of_an_address_is_one_that_it_may_be_sent_to(string host, string expected) => Assert.Equal(expected, CredentialWords.ExampleUrl([host]));

    [Fact]
    public void A_credential_that_was_not_tested_says_since_when()
    {
        var made = Stored("oauth2", new DateTimeOffset(2026, 12, 24, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal("not tested yet", CredentialWords.Untested(made));
        var changed = made with { UpdatedAt = made.CreatedAt.AddDays(1) };
        Assert.Equal("not tested since it was changed", CredentialWords.Untested(changed));
        Assert.Equal("not tested since somebody signed in", CredentialWords.Untested(changed with { SignIn = new() { SignedIn = true, NeedsSignIn = false, SignedInAt = made.CreatedAt.AddDays(2) } }));
        Assert.Null(CredentialWords.Untested(changed with { LastTest = new() { At = made.CreatedAt, Ok = false } }));
    }

    private static StoredCredential Stored(string type, DateTimeOffset end) => new()
    {
        Id = Guid.CreateVersion7(), Name = "one", Type = type, Settings = new Dictionary<string, string>(), AllowedHosts = ["api.example.com"], SecretNames = ["token"],
        ExpiresAt = end, CreatedAt = end, UpdatedAt = end,
    };
}
