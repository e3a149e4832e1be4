using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Sos.Executors.Nodes.File;

namespace Sos.Executors.Tests.Nodes.Files;

/// <summary>What the actions of a <c>file</c> node do and record.</summary>
public sealed class FileTests : IDisposable
{
    private readonly FileRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task A_file_goes_through_its_life()
    {
        var written = await run.OutputAsync("""{"action": "write", "path": "in/note.txt", "text": "Grüße"}""");
        Assert.Equal(("in/note.txt", 7, "text/plain"), (written.GetProperty("path").GetString(), written.GetProperty("size").GetInt32(), written.GetProperty("contentType").GetString()));
        Assert.False(written.TryGetProperty("content", out _));
        Assert.Equal(9, (await run.OutputAsync("""{"action": "append", "path": "in/note.txt", "text": " !"}""")).GetProperty("size").GetInt32());
        Assert.Equal("Grüße !", (await run.OutputAsync("""{"action": "read", "path": "in/note.txt"}""")).GetProperty("content").GetString());
        Assert.True((await run.OutputAsync("""{"action": "stat", "path": "in/note.txt"}""")).GetProperty("exists").GetBoolean());
        await run.OutputAsync("""{"action": "move", "path": "in/note.txt", "to": "done/note.txt"}""");
        NodeRun.AssertJson("""{"exists": false, "path": "in/note.txt"}""", await run.OutputAsync("""{"action": "stat", "path": "in/note.txt"}"""));
        NodeRun.AssertJson("""{"path": "done/note.txt", "deleted": 1}""", await run.OutputAsync("""{"action": "delete", "path": "done/note.txt"}"""));
        NodeRun.AssertJson("""{"path": "done/note.txt", "deleted": 0}""", await run.OutputAsync("""{"action": "delete", "path": "done/note.txt"}"""));
        NodeRun.AssertJson("""{"files": [], "cursor": null}""", await run.OutputAsync("""{"action": "list"}"""));
    }

    [Fact]
    public async Task A_list_comes_in_pages()
    {
        foreach (var name in (string[])["a.csv", "b/c.csv", "b/d.txt", "b/e/f.csv"])
            await run.PutAsync(name, 1, 2);
        var page = await run.OutputAsync("""{"action": "list", "glob": "**/*.csv", "limit": 2}""");
        Assert.Equal(["a.csv", "b/c.csv"], Paths(page));
        page = await run.OutputAsync($$"""{"action": "list", "glob": "**/*.csv", "cursor": {{page.GetProperty("cursor").GetRawText()}}}""");
        Assert.Equal(["b/e/f.csv"], Paths(page));
        Assert.Equal(JsonValueKind.Null, page.GetProperty("cursor").ValueKind);
        Assert.Equal(["b/c.csv", "b/d.txt", "b/e/f.csv"], Paths(await run.OutputAsync("""{"action": "list", "path": "b", "cursor": null}""")));
        Assert.Equal(3, (await run.OutputAsync("""{"action": "delete", "path": "b", "recursive": true}""")).GetProperty("deleted").GetInt32());
        Assert.Equal(["a.csv"], Paths(await run.OutputAsync("""{"action": "list"}""")));

        static IEnumerable<string?> Paths(JsonElement page) => page.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("path").GetString());
    }

    [Fact]
    public async Task A_write_may_depend_on_what_is_there()
    {
        var first = await run.OutputAsync("""{"action": "write", "path": "f", "text": "1", "overwrite": false}""");
        Assert.Equal("file_exists", (await run.FailAsync("""{"action": "write", "path": "f", "text": "2", "overwrite": false}""")).Code);
        var etag = first.GetProperty("etag").GetRawText();
        await run.OutputAsync($$"""{"action": "write", "path": "f", "text": "2", "ifMatch": {{etag}}}""");
        Assert.Equal("file_changed", (await run.FailAsync($$"""{"action": "write", "path": "f", "text": "3", "ifMatch": {{etag}}}""")).Code);
        Assert.Equal("invalid_config", (await run.FailAsync($$"""{"action": "write", "path": "f", "text": "3", "overwrite": false, "ifMatch": {{etag}}}""")).Code);
    }

    [Theory]
    [InlineData("""{"action": "read", "path": "none"}""", "file_not_found")]
    [InlineData("""{"action": "read"}""", "path_not_allowed")]
    [InlineData("""{"action": "read", "path": "../x"}""", "path_not_allowed")]
    [InlineData("""{"action": "write", "path": "/etc/x", "text": ""}""", "path_not_allowed")]
    [InlineData("""{"action": "move", "path": "small", "to": "a/../../x"}""", "path_not_allowed")]
    [InlineData("""{"action": "list", "path": ".."}""", "path_not_allowed")]
    [InlineData("""{"action": "delete", "path": ".", "recursive": true}""", "path_not_allowed")]
    [InlineData("""{"action": "read", "path": "small", "maxBytes": 4}""", "file_too_large")]
    [InlineData("""{"action": "write", "path": "x"}""", "invalid_content")]
    [InlineData("""{"action": "write", "path": "x", "base64": "?"}""", "invalid_content")]
    [InlineData("""{"action": "read", "path": "small", "maxBytes": 0}""", "invalid_config")]
    [InlineData("""{"action": "list", "limit": 1001}""", "invalid_config")]
    [InlineData("""{"action": "read", "path": "small", "as": "csv", "delimiter": "ab"}""", "invalid_config")]
    [InlineData("""{"action": "read", "path": 5}""", "invalid_config")]
    public async Task Each_failure_has_its_code(string config, string code)
    {
        await run.PutAsync("small", "12345"u8.ToArray());
        var error = await run.FailAsync(config);
        Assert.Equal(code, error.Code);
        Assert.False(error.Retryable);
    }

    [Fact]
    public async Task The_span_and_the_events_tell_path_and_size_and_never_content()
    {
        using var listener = new ActivityListener { ShouldListenTo = s => s.Name == "file-test", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("file-test");
        using (var span = source.StartActivity("node"))
        {
            await run.OutputAsync("""{"action": "write", "path": "a/secret.txt", "text": "canary-content"}""");
            Assert.Equal(("write", "a/secret.txt", 14L), (span!.GetTagItem("file.action"), span.GetTagItem("file.path"), span.GetTagItem("file.size")));
            Assert.DoesNotContain("canary", string.Join('|', span.TagObjects.Select(t => t.Value)), StringComparison.Ordinal);
        }
        AssertEvent("file_written", """{"path": "a/secret.txt", "size": 14}""");
        await run.OutputAsync("""{"action": "read", "path": "a/secret.txt"}""");
        AssertEvent("file_read", """{"path": "a/secret.txt", "size": 14}""");
        await run.OutputAsync("""{"action": "append", "path": "a/secret.txt", "text": "!"}""");
        AssertEvent("file_appended", """{"path": "a/secret.txt", "size": 15}""");
        await run.OutputAsync("""{"action": "move", "path": "a/secret.txt", "to": "b.txt"}""");
        AssertEvent("file_moved", """{"path": "a/secret.txt", "size": 15, "to": "b.txt"}""");
        await run.OutputAsync("""{"action": "delete", "path": "b.txt"}""");
        AssertEvent("file_deleted", """{"path": "b.txt", "deleted": 1}""");

        void AssertEvent(string type, string context)
        {
            var e = Assert.Single(run.LastContext.Records.Take().Events);
            Assert.Equal((type, "completed"), (e.EventType, e.Status));
            NodeRun.AssertJson(context, e.Context!.Value);
        }
    }

    [Theory]
    [InlineData("""{"action": "read", "path": "a/b.txt"}""")]
    [InlineData("""{"action": "{{ input.action }}", "path": "../x"}""")]
    [InlineData("""{"action": "read", "path": "{{ input.path }}/../x"}""")]
    [InlineData("""{"action": "list"}""")]
    [InlineData("""{"action": "write", "path": "x", "rows": "{{ steps.q.rows }}"}""")]
    public void A_good_config_has_no_problem(string config) => Assert.Empty(FileExecutor.Describe.CheckConfig!(JsonElement.Parse(config)));

    [Theory]
    [InlineData("""{"action": "read"}""", "", "invalid_config")]
    [InlineData("""{"action": "read", "path": "../x"}""", "/path", "path_not_allowed")]
    [InlineData("""{"action": "move", "path": "x", "to": "CON"}""", "/to", "path_not_allowed")]
    [InlineData("""{"action": "move", "path": "x"}""", "", "invalid_config")]
    [InlineData("""{"action": "write", "path": "x"}""", "", "invalid_config")]
    [InlineData("""{"action": "write", "path": "x", "text": "", "rows": []}""", "/rows", "invalid_config")]
    [InlineData("""{"action": "read", "path": "x", "json": 1}""", "/json", "invalid_config")]
    public void A_bad_config_is_refused_when_it_is_saved(string config, string pointer, string code) =>
        Assert.Equal([(pointer, code)], FileExecutor.Describe.CheckConfig!(JsonElement.Parse(config)).Select(p => (p.Pointer, p.Code)));

    [Fact]
    public async Task JSON_is_written_as_people_write_it()
    {
        await run.OutputAsync("""{"action": "write", "path": "a.json", "json": {"name": "Zoë <b>", "n": 1.50}}""");
        Assert.Equal("{\"name\":\"Zoë <b>\",\"n\":1.50}\n", Encoding.UTF8.GetString(await run.GetAsync("a.json")));
        NodeRun.AssertJson("""{"name": "Zoë <b>", "n": 1.50}""", (await run.OutputAsync("""{"action": "read", "path": "a.json"}""")).GetProperty("content"));
    }
}
