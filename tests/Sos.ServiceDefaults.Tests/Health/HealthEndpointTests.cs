using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sos.ServiceDefaults.Tests.Health;

public sealed class HealthEndpointTests
{
    [Theory]
    [InlineData("/health", """{"status":"Healthy","checks":{"self":"Healthy"}}""")]
    [InlineData("/alive", """{"status":"Healthy","checks":{"self":"Healthy"}}""")]
    [InlineData("/ready", """{"status":"Healthy","checks":{}}""")]
    public async Task Probes_are_mapped_in_every_environment(string path, string expected)
    {
        await using var host = await TestHost.StartAsync();
        var response = await host.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task A_failing_check_answers_503_where_its_tag_is_asked_and_tells_no_details()
    {
        await using var host = await TestHost.StartAsync(configure: builder => builder.Services.AddHealthChecks()
            .AddCheck("queue", () => HealthCheckResult.Unhealthy("password=hunter2", new InvalidOperationException("hunter2")), ["ready"]));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/alive")).StatusCode);
        foreach (var path in new[] { "/ready", "/health" })
        {
            var response = await host.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            var text = await response.Content.ReadAsStringAsync();
            Assert.Contains("\"queue\":\"Unhealthy\"", text);
            Assert.DoesNotContain("hunter2", text);
        }
    }

    [Fact]
    public async Task Probes_need_no_sign_in()
    {
        await using var host = await TestHost.StartAsync(configure: builder =>
        {
            builder.Services.AddAuthentication();
            builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
        });
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/alive")).StatusCode);
    }
}
