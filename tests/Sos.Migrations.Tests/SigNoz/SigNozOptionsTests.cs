using Microsoft.Extensions.Configuration;
using Sos.Migrations.SigNoz;

namespace Sos.Migrations.Tests.SigNoz;

public sealed class SigNozOptionsTests
{
    [Fact]
    public void The_address_comes_from_the_setting_or_from_where_SigNozs_pages_are()
    {
        var pages = new Uri("https://pages.example.com");
        Assert.Equal(pages, Read([], pages).Url);
        Assert.Equal(new Uri("http://localhost:8080"), Read([("Url", "http://localhost:8080")], pages).Url);
    }

    [Theory]
    [InlineData("There is no SigNoz to work on", "ApiKey", "Canary")]
    [InlineData("SigNoz:Url must be an address", "Url", "Canary:8080")]
    [InlineData("SigNoz:Url is the address of SigNoz's pages alone", "Url", "http://admin:Canary@localhost")]
    [InlineData("SigNoz:Url is the address of SigNoz's pages alone", "Url", "http://localhost?key=Canary")]
    [InlineData("SigNoz:Webhook must be an address", "Url", "http://localhost", "Webhook", "hooks/Canary")]
    [InlineData("SigNoz:ApiKey holds a character", "Url", "http://localhost", "ApiKey", "Canary\nInjected: header")]
    [InlineData("are both set", "Url", "http://localhost", "ApiKey", "Canary", "Email", "a@example.com", "Password", "Canary")]
    [InlineData("A login needs both", "Url", "http://localhost", "Email", "a@example.com")]
    [InlineData("A login needs both", "Url", "http://localhost", "Password", "Canary")]
    [InlineData("SigNoz:Wait is '2 minutes', but must be a time between 00:00:00 and 01:00:00", "Url", "http://localhost", "Wait", "2 minutes")]
    [InlineData("SigNoz:Timeout is '02:00:00'", "Url", "http://localhost", "Timeout", "02:00:00")]
    [InlineData("SigNoz:RetryDelay is '00:00:00'", "Url", "http://localhost", "RetryDelay", "00:00:00")]
    public void A_mistake_is_told_by_the_settings_name_and_without_secrets(string message, params string[] settings)
    {
        var error = Assert.Throws<SigNozException>(() => Read([.. settings.Chunk(2).Select(pair => (pair[0], pair[1]))]));
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain("Canary", error.Message);
    }

    private static SigNozOptions Read((string Name, string Value)[] settings, Uri? pages = null) => SigNozOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>($"SigNoz:{setting.Name}", setting.Value))).Build(), pages);
}
