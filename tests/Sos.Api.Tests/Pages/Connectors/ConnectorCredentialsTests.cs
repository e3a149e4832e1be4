using Sos.Api.Connectors;
using Sos.Workflows.Connectors;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Connectors;

public sealed class ConnectorCredentialsTests
{
    [Theory]
    [InlineData("https://api.example.com/v1", "api.example.com", true)]
    [InlineData("https://api.example.com/v1", "*.example.com", true)]
    [InlineData("https://api.example.com/v1", "other.example.com", false)]
    [InlineData("https://api.example.com/v1", "http://api.example.com", false)]
    [InlineData("https://{account}.example.com", "acme.example.com", true)]
    [InlineData("https://{account}.example.com", "*.example.com", true)]
    [InlineData("https://{account}.example.com", "acme.example.org", false)]
    [InlineData("https://{host}/api", "api.example.com", true)]
    [InlineData("https://{host}/api", "other.example.com", false)]
    [InlineData("{address}", "other.example.com", true)]
    public void A_credential_goes_with_a_connector_whose_address_it_may_be_sent_to(string baseUrl, string host, bool expected)
    {
        var connector = Connector(baseUrl, new ConnectorAuth { Type = "bearer" });
        Assert.Equal(expected, ConnectorCredentials.Of(connector, [Credential("bearer", host)]).Any());
        Assert.Empty(ConnectorCredentials.Of(connector, [Credential("basic", host)]));
    }

    [Fact]
    public void A_custom_one_has_all_the_secrets()
    {
        var way = new ConnectorAuth { Type = "custom", Secrets = ["key", "token"] };
        var connector = Connector("https://api.example.com", way);
        Assert.True(ConnectorCredentials.Fits(connector, way, Credential("custom", "api.example.com", "token", "key")));
        Assert.False(ConnectorCredentials.Fits(connector, way, Credential("custom", "api.example.com", "key")));
    }

    // {host} has a default.
    private static ConnectorManifest Connector(string baseUrl, ConnectorAuth way) => new()
    {
        Id = "one", Title = "One", BaseUrl = baseUrl, Auth = [way],
        Settings = new Dictionary<string, ConnectorSetting> { ["host"] = new() { Default = "api.example.com" }, ["account"] = new(), ["address"] = new() },
    };

    private static StoredCredential Credential(string type, string host, params string[] secrets) => new()
    {
        Id = Guid.CreateVersion7(), Name = "one", Type = type, Settings = new Dictionary<string, string>(), AllowedHosts = [host], SecretNames = secrets,
        CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch,
    };
}
