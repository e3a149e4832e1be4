using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>Answers that become files.</summary>
public sealed class HttpDownloadTests : IDisposable
{
    private readonly HttpRun run = new();

    [Fact]
    public async Task The_body_is_saved_as_it_is_and_the_output_tells_where()
    {
        byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)i)];
        await using var target = await HttpTarget.StartAsync("application/pdf", bytes);
        var output = await run.OutputAsync(target.Url, """
            "download": { "path": "in/2026/a.pdf" }
            """);
        var file = output.GetProperty("file");
        Assert.Equal(("in/2026/a.pdf", 300_000, "application/pdf"), (file.GetProperty("path").GetString(), file.GetProperty("size").GetInt32(), file.GetProperty("contentType").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, output.GetProperty("body").ValueKind);
        Assert.Equal(bytes, await run.GetAsync("in/2026/a.pdf"));
        Assert.Contains(run.Node.LastContext!.Records.Take().Events, e => e.EventType == "file_written");
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_unless_it_must_not_be()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "new");
        await run.PutAsync("a.txt", 1);
        Assert.Equal("file_exists", (await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.txt\", \"overwrite\": false }")).Code);
        Assert.Equal([1], await run.GetAsync("a.txt"));
        await run.OutputAsync(target.Url, "\"download\": { \"path\": \"a.txt\" }");
        Assert.Equal("new"u8.ToArray(), await run.GetAsync("a.txt"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_than_maxBytes_leaves_no_file(bool announced)
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            if (announced)
                context.Response.ContentLength = 2001;
            await context.Response.Body.WriteAsync(new byte[2001]);
        });
        Assert.Equal("response_too_large", (await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.bin\", \"maxBytes\": 2000 }")).Code);
        Assert.Null(await run.GetAsync("a.bin"));
    }

    [Fact]
    public async Task A_decompression_bomb_counts_with_what_it_becomes()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            await gzip.WriteAsync(new byte[3_000_000]);
        await using var target = await HttpTarget.StartAsync("application/octet-stream", packed.ToArray(), headers: ("Content-Encoding", "gzip"));
        Assert.Equal("response_too_large", (await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.bin\", \"maxBytes\": 1000000 }")).Code);
        Assert.Null(await run.GetAsync("a.bin"));
    }

    [Fact]
    public async Task More_than_the_files_may_have_is_the_files_error()
    {
        await using var target = await HttpTarget.StartAsync("application/octet-stream", new byte[5_000_001]);
        Assert.Equal("file_too_large", (await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.bin\" }")).Code);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_leaves_the_old_file()
    {
        await run.PutAsync("a.txt", 1);
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        var error = await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.txt\" }");
        Assert.Equal(("http_connection_failed", true), (error.Code, error.Retryable));
        Assert.Equal([1], await run.GetAsync("a.txt"));
    }

    [Fact]
    public async Task What_is_compressed_wrongly_is_an_invalid_response()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "no gzip", headers: ("Content-Encoding", "gzip"));
        Assert.Equal("invalid_response", (await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.txt\" }")).Code);
    }

    [Theory]
    [InlineData("\"download\": { \"path\": \"../a\" }", "path_not_allowed")]
    [InlineData("\"download\": { \"path\": \"a\", \"maxBytes\": 0 }", "invalid_config")]
    [InlineData("\"download\": { \"path\": \"a\" }, \"responseType\": \"text\"", "invalid_config")]
    [InlineData("\"download\": { \"path\": \"a\" }, \"method\": \"HEAD\"", "invalid_config")]
    [InlineData("\"download\": { \"path\": \"a\" }, \"pagination\": { \"type\": \"link\" }", "invalid_config")]
    public async Task What_can_not_be_saved_is_refused(string more, string code)
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "a");
        Assert.Equal(code, (await run.FailAsync(target.Url, more)).Code);
    }

    [Fact]
    public async Task A_failed_answer_is_not_saved()
    {
        await using var target = await HttpTarget.StartAsync("text/plain", "not here", status: 404);
        var error = await run.FailAsync(target.Url, "\"download\": { \"path\": \"a.txt\" }");
        Assert.Equal(("http_404", "not here"), (error.Code, error.Details!.Value.GetProperty("body").GetString()));
        Assert.Null(await run.GetAsync("a.txt"));
    }

    public void Dispose() => run.Dispose();
}
