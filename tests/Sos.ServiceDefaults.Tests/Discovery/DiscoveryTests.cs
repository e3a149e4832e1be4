using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace Sos.ServiceDefaults.Tests.Discovery;

public sealed class DiscoveryTests
{
    [Theory]
    [InlineData("https+http://executors/a/b?c=d", "https://10.0.0.1:7443/a/b?c=d")]
    [InlineData("http+https://executors/", "http://10.0.0.1:7080/")]
    [InlineData("http://executors/", "http://10.0.0.1:7080/")]
    [InlineData("https://executors", "https://10.0.0.1:7443/")]
    [InlineData("http://_grpc.executors/x", "http://10.0.0.1:7090/x")]
    [InlineData("http+https://plain/x", "http://plain.internal:81/x")]
    [InlineData("http://based/x", "http://gateway/api/x")]
    [InlineData("http://single/", "http://one:1/")]
    [InlineData("http://example.com:8080/x?y=z", "http://example.com:8080/x?y=z")]
    [InlineData("https+http://unknown/x", "https://unknown/x")]
    [InlineData("https+http://unknown:8443/x", "https://unknown:8443/x")]
    public async Task Names_become_addresses(string asked, string expected)
    {
        using var client = new Client(
            ("services:executors:https:0", "https://10.0.0.1:7443"),
            ("services:executors:http:0", "http://10.0.0.1:7080"),
            ("services:executors:grpc:0", "http://10.0.0.1:7090"),
            ("services:plain:http:0", "plain.internal:81"),
            ("services:based:http:0", "http://gateway/api/"),
            ("services:single:http", "http://one:1"));
        Assert.Equal(expected, (await client.AskAsync(asked)).ToString());
    }

    [Fact]
    public async Task Replicas_are_used_in_turn()
    {
        using var client = new Client([.. Enumerable.Range(0, 12).Select(i => ($"services:x:http:{i}", $"http://host{i}"))]);
        var seen = new List<string>();
        for (var i = 0; i < 24; i++)
            seen.Add((await client.AskAsync("http://x")).Host);
        Assert.Equal(12, seen[..12].Distinct().Count());
        Assert.Equal(seen[..12], seen[12..]);
    }

    [Fact]
    public async Task A_changed_configuration_counts_from_then_on()
    {
        using var client = new Client(("services:x:http:0", "http://before"));
        Assert.Equal("before", (await client.AskAsync("http://x")).Host);
        client.Configuration["services:x:http:0"] = "http://after";
        client.Configuration.Reload();
        await Wait.UntilAsync(async () => (await client.AskAsync("http://x")).Host == "after");
    }

    [Fact]
    public async Task An_address_that_is_none_is_named()
    {
        using var client = new Client(("services:x:http:0", "http://:::"));
        Assert.Matches("x.*http", (await Assert.ThrowsAnyAsync<Exception>(() => client.AskAsync("http://x"))).Message);
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
        }, builder => builder.Services
            .ConfigureAll<HttpStandardResilienceOptions>(options => options.Retry.Delay = TimeSpan.FromMilliseconds(1))
            .AddHttpClient("typed", client => client.BaseAddress = new Uri("https+http://other")));
        Assert.Equal("other", await host.Get<IHttpClientFactory>().CreateClient("typed").GetStringAsync("/who"));
    }

    /// <summary>A client of the factory that goes nowhere and tells the address it would have gone to.</summary>
    sealed class Client : HttpMessageHandler
    {
        readonly ServiceProvider _services;
        readonly ConcurrentQueue<Uri> _asked = new();

        public Client(params (string Key, string? Value)[] settings)
        {
            Configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value))).Build();
            var services = new ServiceCollection();
            services.AddLogging();
            services.AddSingleton<IConfiguration>(Configuration);
            Platform.AddHttpDefaults(services);
            services.AddHttpClient("test").ConfigurePrimaryHttpMessageHandler(() => this);
            _services = services.BuildServiceProvider();
        }

        public IConfigurationRoot Configuration { get; }

        public async Task<Uri> AskAsync(string address)
        {
            using var response = await _services.GetRequiredService<IHttpClientFactory>().CreateClient("test").GetAsync(new Uri(address));
            return _asked.TryDequeue(out var asked) ? asked : throw new InvalidOperationException("Nothing was sent.");
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _asked.Enqueue(request.RequestUri!);
            return Task.FromResult(new HttpResponseMessage());
        }

        protected override void Dispose(bool disposing)
        {
            _services.Dispose();
            base.Dispose(disposing);
        }
    }
}
