using System.Diagnostics;
using System.Text;

namespace Sos.Executors.Tests.Nodes.Http;

public sealed class HttpRequestTests : IAsyncLifetime
{
    private readonly HttpRun run = new();
    private HttpTarget target = null!;

    public async Task InitializeAsync() => target = await HttpTarget.StartAsync("application/json", "{}", headers: ("Set-Cookie", "id=1"));

    public async Task DisposeAsync()
    {
        await target.DisposeAsync();
        run.Dispose();
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("HEAD", false)]
    [InlineData("OPTIONS", false)]
    [InlineData("POST", true)]
    [InlineData("PUT", true)]
    [InlineData("PATCH", true)]
    [InlineData("DELETE", true)]
    public async Task Methods_that_change_something_carry_the_idempotency_key(string method, bool hasKey)
    {
        await run.OutputAsync(target.Url, $"\"method\": \"{method}\"");
        Assert.Equal(method, target.Request.Method);
        Assert.Equal(hasKey ? "0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77/n" : null, target.Request.Headers.GetValueOrDefault("idempotency-key"));
    }

    [Fact]
    public async Task An_idempotency_key_of_the_config_wins()
    {
        await run.OutputAsync(target.Url, """ "method": "POST", "headers": {"idempotency-key": "mine"} """);
        Assert.Equal("mine", target.Request.Headers["idempotency-key"]);
    }

    [Fact]
    public async Task The_method_is_get_unless_said_otherwise()
    {
        await run.OutputAsync(target.Url + "/a/b?c=d#e");
        Assert.Equal(("GET", "/a/b?c=d", ""), (target.Request.Method, target.Request.Target, target.Request.Body));
        Assert.StartsWith("SOS/", target.Request.Headers["user-agent"], StringComparison.Ordinal);
        Assert.DoesNotContain("content-type", target.Request.Headers.Keys);
    }

    [Theory]
    [InlineData("""{"a":[1,"ü",null]}""", """{"a":[1,"ü",null]}""")]
    [InlineData("null", "null")]
    [InlineData("\"text\"", "\"text\"")]
    public async Task A_json_body_is_any_json(string json, string body)
    {
        await run.OutputAsync(target.Url, $"\"method\": \"POST\", \"json\": {json}");
        Assert.Equal("application/json", target.Request.Headers["content-type"]);
        NodeRun.AssertJson(body, System.Text.Json.JsonElement.Parse(target.Request.Body));
        Assert.Equal(Encoding.UTF8.GetByteCount(target.Request.Body).ToString(System.Globalization.CultureInfo.InvariantCulture), target.Request.Headers["content-length"]);
    }

    [Fact]
    public async Task A_form_body_encodes_repeats_and_leaves_out_nulls()
    {
        await run.OutputAsync(target.Url, """ "method": "POST", "form": {"a b": "x&y=z ü", "n": 5, "on": true, "l": [1, null, "2"], "none": null} """);
        Assert.Equal("application/x-www-form-urlencoded", target.Request.Headers["content-type"]);
        Assert.Equal("a+b=x%26y%3Dz+%C3%BC&n=5&on=true&l=1&l=2", target.Request.Body);
    }

    [Theory]
    [InlineData("", "text/plain; charset=utf-8")]
    [InlineData(""", "contentType": "application/xml" """, "application/xml")]
    [InlineData(""", "contentType": "application/xml", "headers": {"content-type": "text/csv"} """, "text/csv")]
    public async Task A_text_body_has_the_type_it_is_given(string more, string contentType)
    {
        await run.OutputAsync(target.Url, """ "method": "PUT", "text": "<ü/>" """ + more);
        Assert.Equal((contentType, "<ü/>"), (target.Request.Headers["content-type"], target.Request.Body));
    }

    [Theory]
    [InlineData("/p?own=1", "/p?own=1&q=a%20b%26c&tag=x&tag=y&n=1.5")]
    [InlineData("/p", "/p?q=a%20b%26c&tag=x&tag=y&n=1.5")]
    [InlineData("", "/?q=a%20b%26c&tag=x&tag=y&n=1.5")]
    public async Task Query_parameters_are_encoded_and_added(string path, string sent)
    {
        await run.OutputAsync(target.Url + path, """ "query": {"q": "a b&c", "tag": ["x", "y"], "n": 1.5, "none": null} """);
        Assert.Equal(sent, target.Request.Target);
    }

    [Fact]
    public async Task Headers_may_be_numbers_and_booleans_and_nulls_are_left_out()
    {
        await run.OutputAsync(target.Url, """ "headers": {"X-Text": "a", "X-Number": 5, "X-Flag": true, "X-None": null, "Content-Language": "de", "User-Agent": "me"} """);
        var headers = target.Request.Headers;
        Assert.Equal(("a", "5", "true", "me"), (headers["x-text"], headers["x-number"], headers["x-flag"], headers["user-agent"]));
        Assert.DoesNotContain("x-none", headers.Keys);
        Assert.DoesNotContain("content-language", headers.Keys);
    }

    [Theory]
    [InlineData("""{"type": "basic", "username": "ann", "password": "pä:ss"}""", "authorization", "Basic YW5uOnDDpDpzcw==")]
    [InlineData("""{"username": "ann", "type": "basic"}""", "authorization", "Basic YW5uOg==")]
    [InlineData("""{"type": "bearer", "token": "t0ken"}""", "authorization", "Bearer t0ken")]
    [InlineData("""{"type": "apiKey", "value": "k3y"}""", "x-api-key", "k3y")]
    [InlineData("""{"type": "apiKey", "name": "X-Mine", "value": "k3y"}""", "x-mine", "k3y")]
    public async Task Credentials_go_into_a_header_and_replace_one_that_is_there(string auth, string header, string value)
    {
        await run.OutputAsync(target.Url, $$"""  "headers": {"{{header.ToUpperInvariant()}}": "other"}, "auth": {{auth}} """);
        Assert.Equal(value, target.Request.Headers[header]);
    }

    [Fact]
    public async Task An_api_key_can_go_into_the_query()
    {
        await run.OutputAsync(target.Url + "/?a=1", """ "auth": {"type": "apiKey", "in": "query", "name": "appid", "value": "k&y"} """);
        Assert.Equal("/?a=1&appid=k%26y", target.Request.Target);
    }

    [Fact]
    public async Task Cookies_are_not_kept()
    {
        await run.OutputAsync(target.Url);
        await run.OutputAsync(target.Url);
        Assert.Equal(2, target.Requests.Count);
        Assert.All(target.Requests, r => Assert.DoesNotContain("cookie", r.Headers.Keys));
    }

    [Fact]
    public async Task The_current_span_is_sent_as_traceparent_also_when_it_is_not_sampled()
    {
        using var span = new Activity("node").SetIdFormat(ActivityIdFormat.W3C).Start();
        await run.OutputAsync(target.Url);
        Assert.StartsWith($"00-{span.TraceId}-", target.Request.Headers["traceparent"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/relative")]
    [InlineData("example.com")]
    [InlineData("http://")]
    [InlineData("http://a b/")]
    [InlineData("http://h:99999/")]
    [InlineData("http://h/\nx")]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com/")]
    [InlineData("http://user@example.com/")]
    [InlineData("http://user:secret-pw@example.com/")]
    public async Task What_is_no_http_url_is_refused(string url)
    {
        var error = await run.FailAsync(url);
        Assert.Equal(("invalid_url", false), (error.Code, error.Retryable));
        Assert.DoesNotContain("secret-pw", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"X Y\": \"a\"", "'X Y' is not a header name")]
    [InlineData("\"X\\r\\nY\": \"a\"", "is not a header name")]
    [InlineData("\"\": \"a\"", "is not a header name")]
    [InlineData("\"X-A\": \"top-secret\\r\\nX-B: c\"", "The value of the header 'X-A' has a line break")]
    [InlineData("\"X-A\": \"ünicode\"", "not ASCII")]
    [InlineData("\"X-A\": [1]", "The value of the header 'X-A' is a list")]
    [InlineData("\"X-A\": \"1\", \"x-a\": \"2\"", "given twice")]
    [InlineData("\"Host\": \"internal\"", "is set by SOS itself")]
    [InlineData("\"content-length\": 5", "is set by SOS itself")]
    [InlineData("\"Transfer-Encoding\": \"chunked\"", "is set by SOS itself")]
    [InlineData("\"Connection\": \"upgrade\"", "is set by SOS itself")]
    public async Task Headers_that_can_not_be_sent_are_refused_without_their_values(string header, string message)
    {
        var error = await run.FailAsync(target.Url, $$""" "headers": { {{header}} } """);
        Assert.Equal("invalid_header", error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("top-secret", error.Message, StringComparison.Ordinal);
        Assert.Empty(target.Requests);
    }

    [Theory]
    [InlineData(""" "json": 1, "text": "x" """, "several bodies")]
    [InlineData(""" "form": {}, "text": "x" """, "several bodies")]
    [InlineData(""" "form": {"a": {}} """, "'a' in form is an object")]
    [InlineData(""" "query": {"a": [[1]]} """, "'a' in query is a list")]
    [InlineData(""" "auth": {"type": "basic"} """, "auth.username is empty")]
    [InlineData(""" "auth": {"type": "basic", "username": "a:b"} """, "auth.username holds a colon")]
    [InlineData(""" "auth": {"type": "bearer", "token": ""} """, "auth.token is empty")]
    [InlineData(""" "auth": {"type": "apiKey"} """, "auth.value is empty")]
    [InlineData(""" "auth": {"token": "x"} """, "does not fit")]
    [InlineData(""" "method": "BREW" """, "$.method")]
    [InlineData(""" "timeout": "0s" """, "timeout must be")]
    [InlineData(""" "timeout": "2h" """, "timeout must be")]
    [InlineData(""" "maxResponseBytes": 0 """, "maxResponseBytes must be")]
    [InlineData(""" "maxResponseBytes": 10485761 """, "maxResponseBytes must be")]
    [InlineData(""" "expectedStatus": [20] """, "expectedStatus holds 20")]
    [InlineData(""" "expectedStatus": ["2xx"] """, "expectedStatus holds \"2xx\"")]
    public async Task A_config_that_makes_no_request_is_refused(string more, string message)
    {
        var error = await run.FailAsync(target.Url, more);
        Assert.Equal(("invalid_config", false), (error.Code, error.Retryable));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(target.Requests);
    }
}
