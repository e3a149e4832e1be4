using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>Files and forms of several parts as bodies.</summary>
public sealed class HttpUploadTests : IDisposable
{
    private readonly HttpRun run = new();

    [Theory]
    [InlineData("in/a.csv", "", "text/csv")]
    [InlineData("in/a.csv", ", \"contentType\": \"application/x-mine\"", "application/x-mine")]
    public async Task A_file_is_sent_as_it_is(string path, string more, string contentType)
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        await run.PutAsync(path, "a,b\n1,ü\n"u8.ToArray());
        await run.OutputAsync(target.Url, $"\"method\": \"PUT\", \"file\": \"{path}\"{more}");
        Assert.Equal(("a,b\n1,ü\n", contentType, "9"), (target.Request.Body, target.Request.Headers["content-type"], target.Request.Headers["content-length"]));
        Assert.Contains(run.Node.LastContext!.Records.Take().Events, e => e.EventType == "file_read");
    }

    [Fact]
    public async Task A_file_is_opened_again_for_each_hop()
    {
        var hops = 0;
        await using var target = await HttpTarget.StartAsync(context =>
        {
            if (hops++ == 0)
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = "/again";
            }
            return Task.CompletedTask;
        });
        await run.PutAsync("a.bin", [.. Enumerable.Range(0, 200_000).Select(i => (byte)('a' + (i % 26)))]);
        await run.OutputAsync(target.Url, "\"method\": \"POST\", \"file\": \"a.bin\"");
        Assert.Equal([200_000, 200_000], target.Requests.Select(r => r.Body.Length));
    }

    [Fact]
    public async Task Parts_are_sent_in_their_order_with_the_files_names_and_types()
    {
        var parts = new List<(string? Name, string? FileName, string? Type, string Body)>();
        await using var target = await HttpTarget.StartAsync(async context => parts.AddRange(await PartsAsync(context.Request)));
        await run.PutAsync("in/Prüfung \"1\".csv".Replace("\"", "'", StringComparison.Ordinal), "a,b"u8.ToArray());
        await run.OutputAsync(target.Url, """
            "method": "POST", "multipart": [
              { "name": "title", "value": "Grüße\r\nX: y" }, { "name": "n", "value": 5 }, { "name": "meta", "value": {"a": [1]} }, { "name": "none", "value": null },
              { "name": "doc", "file": "in/Prüfung '1'.csv" }, { "name": "doc", "file": "in/Prüfung '1'.csv", "filename": "b\"\r\n.txt", "contentType": "text/plain" } ]
            """);
        Assert.Equal(
            [
                ("title", null, null, "Grüße\r\nX: y"), ("n", null, null, "5"), ("meta", null, "application/json", """{"a": [1]}"""),
                ("doc", "Prüfung '1'.csv", "text/csv", "a,b"), ("doc", "b%22%0D%0A.txt", "text/plain", "a,b"),
            ],
            parts);
        Assert.True(target.Request.Headers.ContainsKey("content-length"));
    }

    [Theory]
    [InlineData("a\\\"; filename=\\\"evil")]
    [InlineData("a\\r\\nX-Evil: yes\\r\\n\\r\\nbody")]
    public async Task A_name_can_not_leave_its_header(string name)
    {
        var parts = new List<(string? Name, string? FileName, string? Type, string Body)>();
        await using var target = await HttpTarget.StartAsync(async context => parts.AddRange(await PartsAsync(context.Request)));
        await run.OutputAsync(target.Url, $$"""
            "method": "POST", "multipart": [{ "name": "{{name}}", "value": "v" }]
            """);
        var (got, fileName, _, body) = Assert.Single(parts);
        Assert.Equal((null, "v"), (fileName, body));
        Assert.Contains("%", got, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"file\": \"nothing.txt\"", "file_not_found")]
    [InlineData("\"file\": \"../secret\"", "path_not_allowed")]
    [InlineData("\"multipart\": [{ \"name\": \"a\", \"file\": \"/etc/passwd\" }]", "path_not_allowed")]
    [InlineData("\"multipart\": [{ \"name\": \"a\" }]", "invalid_config")]
    [InlineData("\"multipart\": [{ \"name\": \"a\", \"value\": 1, \"file\": \"b\" }]", "invalid_config")]
    [InlineData("\"multipart\": [{ \"name\": \"a\\u0007\", \"value\": 1 }]", "invalid_config")]
    [InlineData("\"multipart\": [{ \"name\": \"a\", \"value\": 1, \"contentType\": \"a\\r\\nX: y\" }]", "invalid_header")]
    [InlineData("\"multipart\": [{ \"name\": \"a\", \"value\": 1 }], \"headers\": { \"Content-Type\": \"text/plain\" }", "invalid_header")]
    [InlineData("\"multipart\": [{ \"name\": \"a\", \"value\": 1 }], \"text\": \"b\"", "invalid_config")]
    [InlineData("\"text\": \"b\", \"contentType\": \"no media type\"", "invalid_header")]
    public async Task What_can_not_be_sent_is_not(string more, string code)
    {
        await using var target = await HttpTarget.StartAsync("application/json", "{}");
        Assert.Equal(code, (await run.FailAsync(target.Url, "\"method\": \"POST\", " + more)).Code);
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task A_file_that_is_gone_when_it_is_to_be_sent_again_fails_the_node()
    {
        await using var target = await HttpTarget.StartAsync(async context =>
        {
            await run.Store.DeleteAsync(run.Node.Workspace, Executors.Files.FilePath.Parse("a.txt"), CancellationToken.None);
            context.Response.StatusCode = 308;
            context.Response.Headers.Location = "/again";
        });
        await run.PutAsync("a.txt", [1]);
        Assert.Equal("file_not_found", (await run.FailAsync(target.Url, "\"method\": \"POST\", \"file\": \"a.txt\"")).Code);
    }

    public void Dispose() => run.Dispose();

    private static async Task<List<(string?, string?, string?, string)>> PartsAsync(HttpRequest request)
    {
        var parts = new List<(string?, string?, string?, string)>();
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).ToString();
        var reader = new MultipartReader(boundary, request.Body);
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            var disposition = ContentDispositionHeaderValue.Parse(section.ContentDisposition);
            using var body = new StreamReader(section.Body, Encoding.UTF8);
            parts.Add((disposition.Name.Value?.Trim('"'), disposition.FileName.Value?.Trim('"'), section.ContentType, await body.ReadToEndAsync()));
        }
        return parts;
    }
}
