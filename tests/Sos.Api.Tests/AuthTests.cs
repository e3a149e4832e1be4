using System.Diagnostics;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sos.Api.Auth;
using Sos.Api.Tests.Support;
using Sos.Workflows.Store;

namespace Sos.Api.Tests;

public sealed class AuthTests
{
    public static TheoryData<string, string, string> Refused { get; } = new()
    {
        { "", "", "missing_key" },
        { "Authorization", "Bearer sos_unknown", "invalid_key" },
        { "Authorization", "Bearer", "invalid_authorization" },
        { "Authorization", "Basic dXNlcjpwYXNz", "invalid_authorization" },
        { "X-API-Key", "sos_unknown", "invalid_key" },
        { "X-API-Key", new string('x', 5_000), "invalid_key" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Without_a_valid_key_nothing_is_told(string header, string value, string code)
    {
        using var http = (await ApiHost.IdleAsync()).Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/workflows");
        if (header.Length > 0)
            request.Headers.TryAddWithoutValidation(header, value);
        var answer = await Answer.OfAsync(http, request);
        answer.ExpectProblem(401, code);
        Assert.Equal("Bearer", answer.Response.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Both_headers_take_a_key_but_not_two_different_ones()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        (await client.SendAsync(HttpMethod.Get, "/workflows", null, ("X-API-Key", client.Key))).Expect(HttpStatusCode.OK);
        (await client.SendAsync(HttpMethod.Get, "/workflows", null, ("X-API-Key", client.Key + "x"))).ExpectProblem(401, "invalid_authorization");
        using var http = host.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/workflows") { Headers = { { "X-API-Key", client.Key } } };
        (await Answer.OfAsync(http, request)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_role_may_do_what_it_is_for_and_no_more()
    {
        var host = await ApiHost.IdleAsync();
        var admin = await host.NewWorkspaceAsync();
        var developer = await host.NewKeyAsync(admin.Workspace, "developer");
        var viewer = await host.NewKeyAsync(admin.Workspace, "viewer");

        var workflow = await developer.SaveAsync(Definitions.Transform());
        (await viewer.GetAsync($"/workflows/{workflow}")).Expect(HttpStatusCode.OK);
        (await viewer.PostAsync("/workflows/validate", Definitions.Transform())).Expect(HttpStatusCode.OK);
        (await viewer.PostAsync("/workflows", Definitions.Transform("v"))).ExpectProblem(403, "role_too_low");
        (await viewer.PostAsync($"/workflows/{workflow}/executions")).ExpectProblem(403, "role_too_low");
        (await viewer.DeleteAsync($"/workflows/{workflow}")).ExpectProblem(403, "role_too_low");
        (await developer.GetAsync("/api-keys")).ExpectProblem(403, "role_too_low");
        (await developer.PostAsync("/api-keys", """{"name": "k", "role": "admin"}""")).ExpectProblem(403, "role_too_low");
        (await admin.GetAsync("/api-keys")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_made_key_is_shown_once_works_and_stops_working_when_revoked()
    {
        var host = await ApiHost.IdleAsync();
        var admin = await host.NewWorkspaceAsync();
        var made = (await admin.PostAsync("/api-keys", """{"name": "Build server", "role": "viewer"}""")).Expect(HttpStatusCode.Created);
        var key = made["key"].GetString()!;
        Assert.Matches("^sos_[A-Za-z0-9_-]{43}$", key);
        Assert.DoesNotContain(key, (await admin.GetAsync("/api-keys")).Text, StringComparison.Ordinal);
        Assert.Equal(0, await host.Database.QueryAsync<long>($"select count(*) from api_keys where position('{key}' in api_keys::text) > 0"));

        using var http = host.WithKey(key);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/workflows")).StatusCode);
        (await admin.DeleteAsync($"/api-keys/{made["id"].GetString()}")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/v1/workflows")).StatusCode);
        Assert.Contains(
            (await admin.GetAsync("/api-keys"))["items"].EnumerateArray(),
            k => k.GetProperty("name").GetString() == "Build server" && k.GetProperty("revokedAt").ValueKind == System.Text.Json.JsonValueKind.String);
    }

    [Fact]
    public async Task A_key_that_was_revoked_elsewhere_opens_nothing_after_five_seconds()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        using var cache = ActivatorUtilities.CreateInstance<KeyCache>(host.Services, time);
        Assert.NotNull((await cache.FindAsync(client.Key, "here", CancellationToken.None)).Caller);
        await host.Database.ExecuteAsync($"update api_keys set revoked_at = now() where workspace_id = '{client.Workspace}'");

        time.Advance(KeyCache.Lifetime - TimeSpan.FromMilliseconds(1));
        Assert.NotNull((await cache.FindAsync(client.Key, "here", CancellationToken.None)).Caller);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null((await cache.FindAsync(client.Key, "here", CancellationToken.None)).Caller);
    }

    [Fact]
    public async Task Somebody_who_guesses_keys_is_slowed_down()
    {
        var host = await ApiHost.IdleAsync();
        using var cache = ActivatorUtilities.CreateInstance<KeyCache>(host.Services, NoneComesBack(KeyCache.Guesses.TokenLimit));
        for (var i = 0; i < 100; i++)
            Assert.False((await cache.FindAsync($"sos_guess{i}", "there", CancellationToken.None)).TooManyLookups);
        Assert.True((await cache.FindAsync("sos_guess", "there", CancellationToken.None)).TooManyLookups);
        Assert.False((await cache.FindAsync("sos_guess", "elsewhere", CancellationToken.None)).TooManyLookups);
    }

    [Fact]
    public async Task Guessing_all_at_once_gains_nothing()
    {
        var host = await ApiHost.IdleAsync();
        using var cache = ActivatorUtilities.CreateInstance<KeyCache>(host.Services, NoneComesBack(20));
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(async () => await cache.FindAsync($"sos_guess{i}", "there", CancellationToken.None))));
        Assert.InRange(answers.Count(a => !a.TooManyLookups), 20, 20 + KeyCache.LookupsAtOnce);
    }

    [Fact]
    public async Task Somebody_who_guessed_too_often_may_try_again_later()
    {
        var host = await ApiHost.IdleAsync();
        var oneComes = new TokenBucketRateLimiterOptions { TokenLimit = 1, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(1) };
        using var cache = ActivatorUtilities.CreateInstance<KeyCache>(host.Services, oneComes);
        Assert.False(await IsRefusedAsync());
        await Eventually.TrueAsync(IsRefusedAsync, "a refusal");
        await Eventually.TrueAsync(async () => !await IsRefusedAsync(), "a look-up");

        async Task<bool> IsRefusedAsync() => (await cache.FindAsync($"sos_guess{Guid.NewGuid():N}", "there", CancellationToken.None)).TooManyLookups;
    }

    [Fact]
    public async Task Many_people_with_keys_may_have_one_address()
    {
        var host = await ApiHost.IdleAsync();
        var client = await host.NewWorkspaceAsync();
        using var cache = ActivatorUtilities.CreateInstance<KeyCache>(host.Services, new FakeTimeProvider(DateTimeOffset.UtcNow));
        var keys = host.Services.GetRequiredService<ApiKeyStore>();
        for (var i = 0; i < 400; i++)
        {
            var (_, key) = await keys.CreateAsync(client.Workspace, client.User, "k", "viewer", null, CancellationToken.None);
            Assert.NotNull((await cache.FindAsync(key, "proxy", CancellationToken.None)).Caller);
        }
    }

    [Fact]
    public async Task An_expired_key_opens_nothing()
    {
        var host = await ApiHost.IdleAsync();
        var admin = await host.NewWorkspaceAsync();
        (await admin.PostAsync("/api-keys", """{"name": "k", "role": "viewer", "expiresAt": "2020-01-01T00:00:00Z"}""")).ExpectProblem(400, "invalid_key_request");
        var (_, key) = await host.Services.GetRequiredService<ApiKeyStore>().CreateAsync(admin.Workspace, null, "old", "viewer", DateTimeOffset.UtcNow.AddDays(-1), CancellationToken.None);
        using var http = host.WithKey(key);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/v1/workflows")).StatusCode);
    }

    [Fact]
    public async Task When_a_key_was_last_used_is_noted()
    {
        var host = await ApiHost.IdleAsync();
        var admin = await host.NewWorkspaceAsync();
        (await admin.GetAsync("/workflows")).Expect(HttpStatusCode.OK);
        await host.Services.GetRequiredService<KeyUse>().FlushAsync(CancellationToken.None);
        Assert.True(await host.Database.QueryAsync<bool>($"select last_used_at is not null from api_keys where workspace_id = '{admin.Workspace}'"));
    }

    [Fact]
    public async Task A_key_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_held_up()
    {
        await using var host = await ApiHost.StartAsync(executes: false, b =>
        {
            b.Configuration["Sos:Api:RateLimit:PerSecond"] = "1";
            b.Configuration["Sos:Api:RateLimit:Burst"] = "3";
        });
        var client = await host.NewWorkspaceAsync();
        var (asked, started) = (0, Stopwatch.GetTimestamp());
        Answer refused;
        while ((refused = await client.GetAsync("/node-types/http")).Status == HttpStatusCode.OK)
            asked++;
        Assert.InRange(asked, 3, 3 + (int)Math.Ceiling(Stopwatch.GetElapsedTime(started).TotalSeconds));
        refused.ExpectProblem(429, "too_many_requests");
        Assert.InRange(refused.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        (await (await host.NewWorkspaceAsync()).GetAsync("/node-types/http")).Expect(HttpStatusCode.OK);
    }

    private static TokenBucketRateLimiterOptions NoneComesBack(int tokens) => new() { TokenLimit = tokens, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromDays(1) };
}
