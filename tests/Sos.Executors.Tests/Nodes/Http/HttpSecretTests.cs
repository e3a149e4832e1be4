using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sos.Executors.Nodes.Http;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>Against a server that repeats all it is told.</summary>
public sealed class HttpSecretTests : IAsyncLifetime
{
    private readonly HttpRun run = new();
    private HttpTarget target = null!;

    public async Task InitializeAsync() => target = await HttpTarget.StartAsync(async context =>
    {
        var heard = new Dictionary<string, string>(context.Request.Headers.Select(h => KeyValuePair.Create(h.Key, h.Value.ToString())))
        {
            ["query"] = context.Request.QueryString.Value ?? "",
            ["parameter"] = context.Request.Query["appid"].ToString(),
        };
        if (context.Request.Headers.Authorization.ToString() is { Length: > 0 } authorization)
            context.Response.Headers["X-Heard"] = authorization;
        context.Response.StatusCode = context.Request.Path == "/fail" ? 500 : 200;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(heard));
    });

    public async Task DisposeAsync()
    {
        await target.DisposeAsync();
        run.Dispose();
    }

    public static TheoryData<string> Credentials => new(
        """ "auth": {"type": "basic", "username": "ann", "password": "s3cr3t-value"} """,
        """ "auth": {"type": "bearer", "token": "s3cr3t-value"} """,
        """ "auth": {"type": "apiKey", "value": "s3cr3t-value"} """,
        """ "auth": {"type": "apiKey", "name": "X-Odd", "value": "s3cr3t-value"} """,
        """ "auth": {"type": "apiKey", "in": "query", "name": "appid", "value": "s3cr3t-value"} """,
        """ "auth": {"type": "apiKey", "in": "query", "name": "appid", "value": "s3cr3t-value/ü+\"\\" } """,
        """ "headers": {"Authorization": "s3cr3t-value"} """,
        """ "headers": {"X-Access-Token": "s3cr3t-value"} """);

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task Credentials_are_in_no_output_error_or_span(string config)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var root = new Activity("root").SetIdFormat(ActivityIdFormat.W3C).Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.TraceId == root.TraceId)
                    spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);

        var output = await run.OutputAsync(target.Url + "/ok", config);
        AssertClean(output.GetRawText());
        Assert.Contains("***", output.GetProperty("body").GetRawText(), StringComparison.Ordinal);

        var error = await run.FailAsync(target.Url + "/fail", config);
        AssertClean(error.Message + error.Details!.Value.GetRawText());

        Assert.Equal(2, spans.Count);
        Assert.All(spans, span => AssertClean(string.Join(' ', span.TagObjects.Select(t => $"{t.Key}={t.Value}"))));
        Assert.Empty(run.Node.LastContext!.Records.Take().Events);
    }

    [Fact]
    public async Task Credentials_in_the_url_are_blotted_out_where_it_is_shown()
    {
        var output = await run.OutputAsync(target.Url + "/ok?a=1&api_key=s3cr3t-value&sig=s3cr3t-value&b=2");
        Assert.Equal(target.Url + "/ok?a=1&api_key=***&sig=***&b=2", output.GetProperty("url").GetString());
        var error = await run.FailAsync(target.Url + "/fail?token=s3cr3t-value");
        Assert.DoesNotContain("s3cr3t", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_in_a_config_are_blotted_out_before_it_is_stored() => NodeRun.AssertJson(
        """
        {"url": "https://h/p?token=***&a=1", "auth": {"type": "basic", "username": "ann", "password": "***", "token": "***", "value": "***", "name": "X"},
         "headers": {"Authorization": "***", "Accept": "b"}, "query": {"api_key": "***", "q": ["x"]}, "form": {"client_secret": "***", "none": null}, "json": {"a": [1]},
         "multipart": [{"name": "api_key", "value": "***"}, {"name": "title", "value": "t"}, 5]}
        """,
        HttpExecutor.Describe.HideSecrets!(JsonElement.Parse(
            """
            {"url": "https://u:p@h/p?token=t&a=1", "auth": {"type": "basic", "username": "ann", "password": "p", "token": "t", "value": "v", "name": "X"},
             "headers": {"Authorization": "a", "Accept": "b"}, "query": {"api_key": ["k"], "q": ["x"]}, "form": {"client_secret": "s", "none": null}, "json": {"a": [1]},
             "multipart": [{"name": "api_key", "value": "k"}, {"name": "title", "value": "t"}, 5]}
            """)));

    [Theory]
    [InlineData("""{"url": "not a url", "auth": "x", "headers": null}""")]
    [InlineData("5")]
    public void A_config_that_does_not_fit_is_left_as_it_is(string config) =>
        NodeRun.AssertJson(config, HttpExecutor.Describe.HideSecrets!(JsonElement.Parse(config)));

    [Fact]
    public async Task A_secret_that_is_almost_nothing_does_not_blot_out_innocent_text()
    {
        var output = await run.OutputAsync(target.Url + "/ok?page=1", """ "auth": {"type": "bearer", "token": "1"} """);
        Assert.Equal("?page=1", output.GetProperty("body").GetProperty("query").GetString());
    }

    private static void AssertClean(string text)
    {
        Assert.DoesNotContain("s3cr3t", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes("ann:s3cr3t-value")), text, StringComparison.Ordinal);
    }
}
