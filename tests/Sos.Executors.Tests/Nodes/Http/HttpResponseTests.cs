using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Sos.Executors.Tests.Nodes.Http;

public sealed class HttpResponseTests : IDisposable
{
    private readonly HttpRun run = new();

    [Fact]
    public async Task The_output_has_status_headers_body_and_where_it_came_from()
    {
        await using var target = await HttpTarget.StartAsync("application/json; charset=utf-8", """{"n":1}""", 201, ("X-Two", "a"), ("X-Two", "b"));
        var output = await run.OutputAsync(target.Url + "/p?q=1#f");
        Assert.Equal(201, output.GetProperty("status").GetInt32());
        Assert.Equal("a, b", output.GetProperty("headers").GetProperty("x-two").GetString());
        Assert.Equal("application/json; charset=utf-8", output.GetProperty("headers").GetProperty("content-type").GetString());
        Assert.Equal("application/json", output.GetProperty("contentType").GetString());
        Assert.Equal(target.Url + "/p?q=1", output.GetProperty("url").GetString());
        Assert.True(output.GetProperty("latencyMs").GetDouble() >= 0);
        NodeRun.AssertJson("""{"n":1}""", output.GetProperty("body"));
        Assert.Equal(6, output.GetPropertyCount());
    }

    [Theory]
    [InlineData("application/json", """{"a":[1.50,"ü"]}""", """{"a":[1.50,"ü"]}""")]
    [InlineData("application/problem+json", """[1]""", "[1]")]
    [InlineData("text/json", "5", "5")]
    [InlineData("application/json", "{broken", "\"{broken\"")]
    [InlineData("text/plain", "[1]", "\"[1]\"")]
    [InlineData("text/html; charset=utf-8", "<p>ü", "\"<p>ü\"")]
    [InlineData("application/xml", "<a/>", "\"<a/>\"")]
    [InlineData("image/svg+xml", "<svg/>", "\"<svg/>\"")]
    [InlineData("application/octet-stream", "abc", "\"YWJj\"")]
    [InlineData("image/png", "abc", "\"YWJj\"")]
    [InlineData("not a media type", "abc", "\"abc\"")]
    [InlineData(null, "abc", "\"abc\"")]
    [InlineData(null, "a\0c", "\"YQBj\"")]
    [InlineData("application/json", "", "null")]
    [InlineData("application/x-ndjson", "{\"a\":1}\r\n\n[2]\n", "[{\"a\":1},[2]]")]
    [InlineData("application/jsonl", "1\n{broken", "\"1\\n{broken\"")]
    [InlineData("application/x-www-form-urlencoded", "a=1&b=x+y%26&a=2&c", """{"a":["1","2"],"b":"x y&","c":""}""")]
    [InlineData("text/csv", "a,b\n1,2", "\"a,b\\n1,2\"")]
    public async Task The_body_is_what_its_media_type_says(string? contentType, string body, string expected)
    {
        await using var target = await HttpTarget.StartAsync(contentType, body);
        NodeRun.AssertJson(expected, (await run.OutputAsync(target.Url)).GetProperty("body"));
    }

    [Theory]
    [InlineData("json", "text/plain", "[1]", "[1]")]
    [InlineData("text", "application/json", "[1]", "\"[1]\"")]
    [InlineData("text", "image/png", "", "\"\"")]
    [InlineData("base64", "text/plain", "abc", "\"YWJj\"")]
    [InlineData("none", "text/plain", "abc", "null")]
    [InlineData("csv", "text/plain", "a,b\n1,\"x,\ny\"\n", """[{"a":"1","b":"x,\ny"}]""")]
    public async Task A_response_type_outranks_the_media_type(string responseType, string contentType, string body, string expected)
    {
        await using var target = await HttpTarget.StartAsync(contentType, body);
        NodeRun.AssertJson(expected, (await run.OutputAsync(target.Url, $"\"responseType\": \"{responseType}\"")).GetProperty("body"));
    }

    [Fact]
    public async Task A_body_that_must_be_csv_and_is_not_fails()
    {
        await using var target = await HttpTarget.StartAsync("text/csv", "a,b\n\"open");
        var error = await run.FailAsync(target.Url, "\"responseType\": \"csv\"");
        Assert.Equal("invalid_response", error.Code);
        Assert.Contains("is not CSV", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_must_be_json_and_is_not_fails_with_its_start()
    {
        await using var target = await HttpTarget.StartAsync("application/json", "<html>Oops");
        var error = await run.FailAsync(target.Url, "\"responseType\": \"json\"");
        Assert.Equal(("invalid_response", false), (error.Code, error.Retryable));
        Assert.Equal("<html>Oops", error.Details!.Value.GetProperty("body").GetString());
        Assert.Equal(200, error.Details!.Value.GetProperty("status").GetInt32());
    }

    [Theory]
    [InlineData("windows-1252", new byte[] { 0x80, 0xFC })]
    [InlineData("iso-8859-15", new byte[] { 0xA4, 0xFC })]
    [InlineData("\"utf-8\"", new byte[] { 0xE2, 0x82, 0xAC, 0xC3, 0xBC })]
    [InlineData("utf-8", new byte[] { 0xEF, 0xBB, 0xBF, 0xE2, 0x82, 0xAC, 0xC3, 0xBC })]
    [InlineData("utf-16", new byte[] { 0xAC, 0x20, 0xFC, 0x00 })]
    [InlineData("utf-8", new byte[] { 0xFF, 0xFE, 0xAC, 0x20, 0xFC, 0x00 })]
    [InlineData("no-such-charset", new byte[] { 0xE2, 0x82, 0xAC, 0xC3, 0xBC })]
    public async Task Text_is_decoded_by_its_charset(string charset, byte[] body)
    {
        await using var target = await HttpTarget.StartAsync("text/plain; charset=" + charset, body);
        Assert.Equal("€ü", (await run.OutputAsync(target.Url)).GetProperty("body").GetString());
    }

    [Theory]
    [InlineData("windows-1252", new byte[] { (byte)'"', 0x80, (byte)'"' })]
    [InlineData("utf-8", new byte[] { 0xEF, 0xBB, 0xBF, (byte)'"', 0xE2, 0x82, 0xAC, (byte)'"' })]
    public async Task Json_in_another_charset_or_with_a_byte_order_mark_is_read(string charset, byte[] body)
    {
        await using var target = await HttpTarget.StartAsync("application/json; charset=" + charset, body);
        NodeRun.AssertJson("\"€\"", (await run.OutputAsync(target.Url, "\"responseType\": \"json\"")).GetProperty("body"));
    }

    [Theory]
    [InlineData("application/json", """{"a\u0000":"b\u0000c","d":"\ud800"}""", """{"a\ufffd":"b\ufffdc","d":"\ufffd"}""")]
    [InlineData("text/plain", "a\0b", "\"a\ufffdb\"")]
    public async Task Characters_that_no_database_holds_become_replacement_characters(string contentType, string body, string expected)
    {
        await using var target = await HttpTarget.StartAsync(contentType, body);
        NodeRun.AssertJson(expected, (await run.OutputAsync(target.Url)).GetProperty("body"));
    }

    [Fact]
    public async Task Json_nested_too_deeply_stays_text()
    {
        var body = new string('[', 200) + new string(']', 200);
        await using var target = await HttpTarget.StartAsync("application/json", body);
        Assert.Equal(body, (await run.OutputAsync(target.Url)).GetProperty("body").GetString());
        Assert.Equal("invalid_response", (await run.FailAsync(target.Url, "\"responseType\": \"json\"")).Code);
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 204)]
    public async Task A_response_without_a_body_has_null(string method, int status)
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            if (status == 200)
                context.Response.ContentLength = 5_000_000;
            return Task.CompletedTask;
        });
        Assert.Equal(JsonValueKind.Null, (await run.OutputAsync(target.Url, $"\"method\": \"{method}\"")).GetProperty("body").ValueKind);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Compressed_bodies_are_decompressed(string encoding)
    {
        await using var target = await HttpTarget.StartAsync("text/plain", Compress(encoding, "hello"u8), headers: ("Content-Encoding", encoding));
        Assert.Equal("hello", (await run.OutputAsync(target.Url)).GetProperty("body").GetString());
        Assert.Contains(encoding, target.Request.Headers["accept-encoding"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_in_an_unknown_encoding_is_not_taken_for_text()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "abc", headers: ("Content-Encoding", "zstd"));
        Assert.Equal("YWJj", (await run.OutputAsync(target.Url)).GetProperty("body").GetString());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_is_not_what_its_encoding_says_is_an_invalid_response(string encoding)
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "this is not compressed", headers: ("Content-Encoding", encoding));
        Assert.Equal("invalid_response", (await run.FailAsync(target.Url)).Code);
    }

    [Theory]
    [InlineData("[404]", 404)]
    [InlineData("[\"200-299\", \"404\"]", 404)]
    [InlineData("[\"200-399\"]", 304)]
    [InlineData("[500]", 500)]
    public async Task Other_statuses_can_be_expected(string expected, int status)
    {
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        Assert.Equal(status, (await run.OutputAsync(target.Url, $"\"expectedStatus\": {expected}")).GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_success_that_was_not_expected_is_a_failure()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "hi");
        var error = await run.FailAsync(target.Url, "\"expectedStatus\": [201, \"404-410\"]");
        Assert.Equal("http_200", error.Code);
        Assert.Contains("answered 200 OK; expected 201, 404-410.", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => run.Dispose();

    internal static byte[] Compress(string encoding, ReadOnlySpan<byte> bytes)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.SmallestSize),
            "br" => new BrotliStream(compressed, CompressionLevel.Fastest),
            _ => new ZLibStream(compressed, CompressionLevel.SmallestSize),
        })
        {
            stream.Write(bytes);
        }
        return compressed.ToArray();
    }
}
