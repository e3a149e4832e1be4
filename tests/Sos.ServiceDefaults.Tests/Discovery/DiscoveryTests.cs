using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Sos.ServiceDefaults.Discovery;

namespace Sos.ServiceDefaults.Tests.Discovery;

public sealed class DiscoveryTests
{
    [Theory]
    [InlineData("https+http://executors/a/b?c=d", "https://10.0.0.1:7443/a/b?c=d")]
    [InlineData("http+https://executors/", "http://10.0.0.1:7080/")]
    [InlineData("http://executors/", "http://10.0.0.1:7080/")]
    [InlineData("https://executors", "https://10.0.0.1:7443/")]
    [InlineData("http://_grpc.executors/x", "http://10.0.0.1:7090/x")]
    [InlineData("https+http://plain/x", "http://plain.internal:81/x")]
    [InlineData("http://based/x", "http://gateway/api/x")]
    [InlineData("http://single/", "http://one:1/")]
    [InlineData("http://example.com:8080/x?y=z", "http://example.com:8080/x?y=z")]
    [InlineData("https+http://unknown/x", "https://unknown/x")]
    [InlineData("https+http://unknown:8443/x", "https://unknown:8443/x")]
    public void Names_become_addresses(string asked, string expected)
    {
        using var endpoints = new ServiceEndpoints(Configuration(
            ("services:executors:https:0", "https://10.0.0.1:7443"),
            ("services:executors:http:0", "http://10.0.0.1:7080"),
            ("services:executors:grpc:0", "http://10.0.0.1:7090"),
            ("services:plain:http:0", "plain.internal:81"),
            ("services:based:http:0", "http://gateway/api/"),
            ("services:single:http", "http://one:1")));
        Assert.Equal(expected, endpoints.Resolve(new Uri(asked)).ToString());
    }

    [Fact]
    public void Replicas_are_used_in_turn()
    {
        using var endpoints = new ServiceEndpoints(Configuration([.. Enumerable.Range(0, 12).Select(i => ($"services:x:http:{i}", $"http://host{i}"))]));
        var seen = Enumerable.Range(0, 24).Select(_ => endpoints.Resolve(new Uri("http://x")).Host).ToArray();
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"host{i}"), seen[..12]);
        Assert.Equal(seen[..12], seen[12..]);
    }

    [Fact]
    public void A_changed_configuration_counts_from_then_on()
    {
        var configuration = Configuration(("services:x:http:0", "http://before"));
        using var endpoints = new ServiceEndpoints(configuration);
        Assert.Equal("before", endpoints.Resolve(new Uri("http://x")).Host);
        configuration["services:x:http:0"] = "http://after";
        ((IConfigurationRoot)configuration).Reload();
        Assert.Equal("after", endpoints.Resolve(new Uri("http://x")).Host);
    }

    [Fact]
    public void An_address_that_is_none_is_named()
    {
        using var endpoints = new ServiceEndpoints(Configuration(("services:x:http:0", "http://:::")));
        Assert.Contains("services:x:http", Assert.Throws<InvalidOperationException>(() => endpoints.Resolve(new Uri("http://x"))).Message);
    }

    [Fact]
    public async Task Every_client_of_the_factory_resolves_names_and_retries_reach_another_replica()
    {
        using var refused = new Sos.Testing.Otlp.RefusedPort();
        await using var other = await TestHost.StartAsync(map: app => app.MapGet("/who", () => "other"));
        await using var host = await TestHost.StartAsync(new()
        {
            ["services:other:http:0"] = refused.Endpoint,
            ["services:other:http:1"] = other.Client.BaseAddress!.ToString(),
        }, builder => builder.Services.AddHttpClient("typed", client => client.BaseAddress = new Uri("https+http://other"))
            .AddStandardResilienceHandler(options => options.Retry.Delay = TimeSpan.FromMilliseconds(1)));
        Assert.Equal("other", await host.Get<IHttpClientFactory>().CreateClient("typed").GetStringAsync("/who"));
    }

    static IConfigurationRoot Configuration(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value))).Build();
}
