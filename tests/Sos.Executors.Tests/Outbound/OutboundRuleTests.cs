using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sos.Executors.Outbound;

namespace Sos.Executors.Tests.Outbound;

public sealed class OutboundRuleTests
{
    [Theory]
    [InlineData("10.1.0.0/16", "10.1.255.1", 80, true)]
    [InlineData("10.1.2.3/16", "10.1.255.1", 80, true)]
    [InlineData("10.1.0.0/16", "10.2.0.1", 80, false)]
    [InlineData("10.1.2.3", "10.1.2.3", 443, true)]
    [InlineData("10.1.2.3", "10.1.2.4", 443, false)]
    [InlineData("10.1.2.3:5080", "10.1.2.3", 5080, true)]
    [InlineData("10.1.2.3:5080", "10.1.2.3", 5081, false)]
    [InlineData("::ffff:10.1.2.3", "10.1.2.3", 80, true)]
    [InlineData("::1", "::1", 80, true)]
    [InlineData("[::1]", "::1", 80, true)]
    [InlineData("[::1]:5080", "::1", 5080, true)]
    [InlineData("[::1]:5080", "::1", 80, false)]
    [InlineData("fd00::/8", "fd12::1", 80, true)]
    public void Rules_for_addresses(string rule, string address, int port, bool covers)
    {
        var parsed = OutboundRule.Parse(rule);
        Assert.Equal(covers, parsed.CoversAddress(IPAddress.Parse(address), port));
        Assert.False(parsed.CoversHost(address, port));
    }

    [Theory]
    [InlineData("crm.internal", "crm.internal", 80, true)]
    [InlineData("CRM.Internal.", "crm.internal", 80, true)]
    [InlineData("crm.internal", "a.crm.internal", 80, false)]
    [InlineData("*.internal", "crm.internal", 80, true)]
    [InlineData("*.internal", "a.crm.internal", 80, true)]
    [InlineData("*.internal", "internal", 80, false)]
    [InlineData("*.internal", "notinternal", 80, false)]
    [InlineData("*.internal:8080", "crm.internal", 8080, true)]
    [InlineData("*.internal:8080", "crm.internal", 80, false)]
    [InlineData("localhost:5080", "localhost", 5080, true)]
    [InlineData("münchen.example", "xn--mnchen-3ya.example", 80, true)]
    public void Rules_for_names(string rule, string host, int port, bool covers)
    {
        var parsed = OutboundRule.Parse(rule);
        Assert.Equal(covers, parsed.CoversHost(host, port));
        Assert.False(parsed.CoversAddress(IPAddress.Loopback, port));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0/8/8")]
    [InlineData("http://crm.internal")]
    [InlineData("crm.internal:0")]
    [InlineData("crm.internal:65536")]
    [InlineData("crm.internal:http")]
    [InlineData("[::1")]
    [InlineData("[::1]5080")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a b")]
    [InlineData("-")]
    [InlineData("user@host")]
    public void What_is_no_rule_is_refused(string rule)
    {
        Assert.False(OutboundRule.TryParse(rule, out _));
        Assert.Contains("Sos:Outbound:Deny:0", Assert.Single(OutboundRule.Problems([rule], "Deny")), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_can_not_be_read_are_all_named()
    {
        using var services = Services(("Sos:Outbound:Allow:0", "10.0.0.0/8"), ("Sos:Outbound:Allow:1", "a b"), ("Sos:Outbound:Deny:0", "*"));
        var failures = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<OutboundGuard>()).Failures.ToArray();
        Assert.Equal(2, failures.Length);
        Assert.StartsWith("The setting Sos:Outbound:Allow:1 is 'a b'", failures[0], StringComparison.Ordinal);
        Assert.StartsWith("The setting Sos:Outbound:Deny:0 is '*'", failures[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_reach_the_guard()
    {
        using var services = Services(("Sos:Outbound:Allow:0", "crm.internal"));
        Assert.Single(services.GetRequiredService<OutboundGuard>().Allowed("crm.internal", 80, [IPAddress.Parse("10.0.0.1")]));
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Key, s.Value)))
            .Build())
        .AddOutbound()
        .BuildServiceProvider();
}
