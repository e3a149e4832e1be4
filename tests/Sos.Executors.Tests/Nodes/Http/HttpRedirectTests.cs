using System.Net;
using Microsoft.AspNetCore.Http;

namespace Sos.Executors.Tests.Nodes.Http;

public sealed class HttpRedirectTests : IDisposable
{
    private readonly HttpRun run = new();

    [Theory]
    [InlineData(301, "POST", "GET")]
    [InlineData(302, "POST", "GET")]
    [InlineData(303, "POST", "GET")]
    [InlineData(303, "PUT", "GET")]
    [InlineData(303, "HEAD", "HEAD")]
    [InlineData(301, "PUT", "PUT")]
    [InlineData(302, "DELETE", "DELETE")]
    [InlineData(307, "POST", "POST")]
    [InlineData(308, "POST", "POST")]
    [InlineData(302, "GET", "GET")]
    public async Task Redirects_keep_or_change_the_method_as_http_says(int status, string method, string then)
    {
        await using var target = await Redirecting(status, "/end");
        var output = await run.OutputAsync(target.Url + "/start", $"\"method\": \"{method}\"" + (method is "POST" or "PUT" ? ", \"json\": {\"a\":1}" : ""));
        Assert.Equal(target.Url + "/end", output.GetProperty("url").GetString());
        var requests = target.Requests.ToArray();
        Assert.Equal([method, then], requests.Select(r => r.Method));
        var keeps = then is "POST" or "PUT";
        Assert.Equal(keeps ? """{"a":1}""" : "", requests[1].Body);
        Assert.Equal(keeps, requests[1].Headers.ContainsKey("content-type"));
        Assert.Equal(then is not ("GET" or "HEAD"), requests[1].Headers.ContainsKey("idempotency-key"));
    }

    [Fact]
    public async Task Credentials_stay_with_their_origin()
    {
        await using var elsewhere = await HttpTarget.StartAsync("text/plain", "end");
        await using var target = await Redirecting(307, elsewhere.Url + "/end");
        const string config = """
            "method": "POST", "headers": {"Cookie": "c=1", "X-Plain": "p", "X-Auth-Token": "t"},
            "auth": {"type": "apiKey", "name": "X-Mine", "value": "k3y-k3y"}
            """;
        await run.OutputAsync(target.Url + "/start", config);
        Assert.Equal(("c=1", "p", "t", "k3y-k3y"), Received(target.Request));
        Assert.Equal((null, "p", null, null), Received(elsewhere.Request));
        Assert.Contains("idempotency-key", elsewhere.Request.Headers.Keys);

        static (string?, string?, string?, string?) Received(ReceivedRequest r) =>
            (r.Headers.GetValueOrDefault("cookie"), r.Headers.GetValueOrDefault("x-plain"), r.Headers.GetValueOrDefault("x-auth-token"), r.Headers.GetValueOrDefault("x-mine"));
    }

    [Theory]
    [InlineData("\"form\": { \"client_secret\": \"canary-token\" }")]
    [InlineData("\"json\": { \"a\": 1 }, \"auth\": { \"type\": \"bearer\", \"token\": \"canary-token\" }")]
    public async Task A_body_that_may_hold_a_secret_stays_with_its_origin(string config)
    {
        await using var elsewhere = await HttpTarget.StartAsync("text/plain", "end");
        await using var target = await Redirecting(307, elsewhere.Url + "/end");
        var error = await run.FailAsync(target.Url + "/start", config + ", \"method\": \"POST\"");
        Assert.Equal("http_307", error.Code);
        Assert.Contains("which was not followed", error.Message, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Credentials_go_along_within_their_origin()
    {
        await using var target = await Redirecting(302, "end?x=1");
        await run.OutputAsync(target.Url + "/a/start", """ "auth": {"type": "bearer", "token": "t0ken-t0ken"} """);
        Assert.Equal(["/a/start", "/a/end?x=1"], target.Requests.Select(r => r.Target));
        Assert.All(target.Requests, r => Assert.Equal("Bearer t0ken-t0ken", r.Headers["authorization"]));
    }

    [Fact]
    public async Task A_circle_ends_after_ten_redirects()
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.Redirect("/again");
            return Task.CompletedTask;
        });
        var error = await run.FailAsync(target.Url);
        Assert.Equal(("too_many_redirects", false), (error.Code, error.Retryable));
        Assert.Equal(11, target.Requests.Count);
    }

    [Theory]
    [InlineData("/end", "\"followRedirects\": false")]
    [InlineData("ftp://127.0.0.1/", "")]
    [InlineData("http://user:pass-word@127.0.0.1/", "")]
    public async Task A_redirect_that_is_not_followed_is_the_answer(string location, string more)
    {
        await using var target = await Redirecting(302, location);
        var error = await run.FailAsync(target.Url + "/start", more);
        Assert.Equal("http_302", error.Code);
        Assert.Contains("which was not followed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pass-word", error.Message + error.Details, StringComparison.Ordinal);
        Assert.True(error.Details!.Value.TryGetProperty("location", out _));
        Assert.Single(target.Requests);
    }

    [Fact]
    public async Task A_redirect_can_be_expected()
    {
        await using var target = await Redirecting(302, "/end");
        var output = await run.OutputAsync(target.Url + "/start", "\"followRedirects\": false, \"expectedStatus\": [\"300-399\"]");
        Assert.Equal("/end", output.GetProperty("headers").GetProperty("location").GetString());
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/", "a loopback address")]
    [InlineData("http://169.254.169.254/latest/meta-data/", "a cloud's metadata address")]
    [InlineData("http://10.0.0.1/", "a private address")]
    [InlineData("//[::ffff:10.0.0.1]/", "a private address")]
    [InlineData("http://2130706433:1/", "a loopback address")]
    public async Task Every_redirect_is_checked(string location, string what)
    {
        await using var target = await Redirecting(302, location);
        using var guarded = new HttpRun(allow: [$"127.0.0.1:{target.Port}"]);
        var error = await guarded.FailAsync(target.Url + "/start");
        Assert.Equal(("address_not_allowed", false), (error.Code, error.Retryable));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Single(target.Requests);
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://0/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:7f00:1]/")]
    [InlineData("http://[::]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://localhost/")]
    [InlineData("http://LOCALHOST./")]
    [InlineData("http://192.168.0.1:8080/")]
    [InlineData("http://169.254.169.254/latest/")]
    public async Task Addresses_that_are_not_public_are_refused_in_every_spelling(string url)
    {
        using var strict = new HttpRun(allow: [], resolve: _ => [IPAddress.Loopback]);
        var error = await strict.FailAsync(url);
        Assert.Equal(("address_not_allowed", false), (error.Code, error.Retryable));
        Assert.Contains("Sos:Outbound:Allow", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_after_a_redirect_is_refused()
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.Headers.Connection = "close"; // so that the name is asked for again
            context.Response.Redirect("/again");
            return Task.CompletedTask;
        });
        var answers = 0;
        using var guarded = new HttpRun(allow: ["127.0.0.1"], resolve: _ => [IPAddress.Parse(answers++ == 0 ? "127.0.0.1" : "169.254.169.254")]);
        Assert.Equal("address_not_allowed", (await guarded.FailAsync($"http://rebinding.test:{target.Port}/start")).Code);
        Assert.Single(target.Requests);
    }

    public void Dispose() => run.Dispose();

    private static Task<HttpTarget> Redirecting(int status, string location) => HttpTarget.StartAsync(context =>
    {
        if (context.Request.Path.Value!.EndsWith("start", StringComparison.Ordinal))
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = location;
        }
        return Task.CompletedTask;
    });
}
