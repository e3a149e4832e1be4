using Sos.Workflows.Credentials;

namespace Sos.Workflows.Tests.Credentials;

public sealed class AllowedHostTests
{
    [Theory]
    [InlineData("api.example.com", "https://api.example.com/x?y=1")]
    [InlineData("API.Example.com", "https://api.EXAMPLE.com/")]
    [InlineData("api.example.com", "https://api.example.com./")]
    [InlineData("https://api.example.com", "https://api.example.com:443/")]
    [InlineData("api.example.com:8443", "https://api.example.com:8443/")]
    [InlineData("*.example.com", "https://a.b.example.com/")]
    [InlineData("http://crm.internal:8080", "http://crm.internal:8080/")]
    [InlineData("http://10.1.2.3", "http://10.1.2.3/")]
    [InlineData("[2001:db8::1]:8443", "https://[2001:DB8:0::1]:8443/")]
    [InlineData("bücher.example", "https://xn--bcher-kva.example/")]
    public void A_host_includes_its_addresses(string host, string url) => Assert.True(Parse(host).Includes(new Uri(url)));

    [Theory]
    [InlineData("api.example.com", "http://api.example.com/")]
    [InlineData("api.example.com", "https://api.example.com:8443/")]
    [InlineData("api.example.com", "https://api.example.com.evil.test/")]
    [InlineData("api.example.com", "https://evil-api.example.com/")]
    [InlineData("api.example.com", "https://api.example.com@evil.test/")]
    [InlineData("*.example.com", "https://example.com/")]
    [InlineData("*.example.com", "https://badexample.com/")]
    [InlineData("*.example.com", "https://a.example.com.evil.test/")]
    [InlineData("http://crm.internal:8080", "https://crm.internal:8080/")]
    [InlineData("http://crm.internal:8080", "http://crm.internal/")]
    public void And_no_others(string host, string url) => Assert.False(Parse(host).Includes(new Uri(url)));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.com")]
    [InlineData("*.10.0.0.1")]
    [InlineData("a.*.example.com")]
    [InlineData("example.com/path")]
    [InlineData("user@example.com")]
    [InlineData("ftp://example.com")]
    [InlineData("example.com:0")]
    [InlineData("example.com:99999")]
    [InlineData("two hosts")]
    public void What_is_no_host_is_refused(string text) => Assert.False(AllowedHost.TryParse(text, out _));

    [Theory]
    [InlineData("API.example.com", "api.example.com")]
    [InlineData("https://api.example.com:443", "api.example.com")]
    [InlineData("http://crm.internal:80", "http://crm.internal")]
    [InlineData("*.Example.com:8443", "*.example.com:8443")]
    [InlineData("postgres://db.example.com:5432", "postgres://db.example.com:5432")]
    [InlineData("[::1]:8443", "[::1]:8443")]
    public void What_is_stored_reads_as_the_same(string text, string stored)
    {
        Assert.Equal(stored, Parse(text).ToString());
        Assert.Equal(Parse(text), Parse(stored));
    }

    private static AllowedHost Parse(string text) => AllowedHost.TryParse(text, out var host) ? host : throw new ArgumentException(text);
}
