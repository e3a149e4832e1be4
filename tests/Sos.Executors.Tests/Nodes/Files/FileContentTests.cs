using System.Text;
using System.Text.Json;

namespace Sos.Executors.Tests.Nodes.Files;

/// <summary>Texts, tables and bytes, in and out.</summary>
public sealed class FileContentTests : IDisposable
{
    private readonly FileRun run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData("utf-8", "C3A4E282AC")]
    [InlineData("utf-16", "FFFEE400AC20")]
    [InlineData("windows-1252", "E480")]
    public async Task Text_is_written_and_read_in_its_encoding(string encoding, string hex)
    {
        await run.OutputAsync($$"""{"action": "write", "path": "a.txt", "text": "ä€", "encoding": "{{encoding}}"}""");
        Assert.Equal(hex, Convert.ToHexString(await run.GetAsync("a.txt")));
        Assert.Equal("ä€", await ContentAsync($$"""{"action": "read", "path": "a.txt", "encoding": "{{encoding}}"}"""));
    }

    [Theory]
    [InlineData("EFBBBFC3A4", "utf-16")]
    [InlineData("FFFEE400", "utf-8")]
    [InlineData("FEFF00E4", "latin1")]
    [InlineData("E4", "latin1")]
    [InlineData("E400", "utf-16")]
    public async Task A_byte_order_mark_goes_before_the_encoding(string hex, string encoding)
    {
        await run.PutAsync("a.txt", Convert.FromHexString(hex));
        Assert.Equal("ä", await ContentAsync($$"""{"action": "read", "path": "a.txt", "encoding": "{{encoding}}"}"""));
    }

    [Fact]
    public async Task Appended_UTF16_has_one_mark()
    {
        foreach (var text in (string[])["a", "b"])
            await run.OutputAsync($$"""{"action": "append", "path": "a.txt", "text": "{{text}}", "encoding": "utf-16"}""");
        Assert.Equal("FFFE61006200", Convert.ToHexString(await run.GetAsync("a.txt")));
    }

    [Fact]
    public async Task What_is_no_such_text_is_an_error_and_no_question_mark()
    {
        await run.PutAsync("a.txt", 0xE4, 0x20);
        Assert.Contains("utf-8", await ErrorAsync("""{"action": "read", "path": "a.txt"}"""), StringComparison.Ordinal);
        Assert.Contains("U+20AC", await ErrorAsync("""{"action": "write", "path": "a.txt", "text": "€", "encoding": "latin1"}"""), StringComparison.Ordinal);
        Assert.Contains("U+1F600", await ErrorAsync("""{"action": "write", "path": "a.txt", "text": "😀", "encoding": "windows-1252"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_goes_by_the_name_unless_the_node_says_otherwise()
    {
        await run.PutAsync("a.bin", 1, 2, 255);
        await run.PutAsync("a.json", "\uFEFF[1, \"a\\u0000\"]"u8.ToArray());
        await run.PutAsync("a.TSV", "x\ty\n1\t2\n"u8.ToArray());
        Assert.Equal("AQL/", await ContentAsync("""{"action": "read", "path": "a.bin"}"""));
        NodeRun.AssertJson("[1, \"a\\ufffd\"]", await ReadAsync("""{"action": "read", "path": "a.json"}"""));
        NodeRun.AssertJson("""[{"x": "1", "y": "2"}]""", await ReadAsync("""{"action": "read", "path": "a.TSV"}"""));
        Assert.Equal("x\ty\n1\t2\n", await ContentAsync("""{"action": "read", "path": "a.TSV", "as": "text"}"""));
        await run.OutputAsync("""{"action": "write", "path": "b.bin", "base64": "AQL/"}""");
        Assert.Equal([1, 2, 255], await run.GetAsync("b.bin"));
    }

    [Theory]
    [InlineData("{\"a\": }")]
    [InlineData("")]
    [InlineData("[1] x")]
    public async Task What_is_no_JSON_is_an_error(string text)
    {
        await run.PutAsync("a.json", Encoding.UTF8.GetBytes(text));
        Assert.Contains("line 1", await ErrorAsync("""{"action": "read", "path": "a.json"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_that_is_too_deep_is_an_error()
    {
        await run.PutAsync("a.json", Encoding.UTF8.GetBytes(new string('[', 60) + new string(']', 60)));
        await ErrorAsync("""{"action": "read", "path": "a.json"}""");
    }

    [Theory]
    [InlineData("name,note\r\nAda,\"a \"\"b\"\",\nc\"\r\nBob,\r\n", ",", """[{"name": "Ada", "note": "a \"b\",\nc"}, {"name": "Bob", "note": ""}]""")]
    [InlineData("a;b\n1,5;x\n", ";", """[{"a": "1,5", "b": "x"}]""")]
    [InlineData("\uFEFFa\n007\n", ",", """[{"a": "007"}]""")]
    [InlineData("a,b\n", ",", "[]")]
    [InlineData("", ",", "[]")]
    public async Task CSV_becomes_rows_of_text(string csv, string delimiter, string expected)
    {
        await run.PutAsync("a.csv", Encoding.UTF8.GetBytes(csv));
        NodeRun.AssertJson(expected, await ReadAsync($$"""{"action": "read", "path": "a.csv", "delimiter": "{{delimiter}}"}"""));
    }

    [Fact]
    public async Task CSV_without_a_header_becomes_lists()
    {
        await run.PutAsync("a.csv", "1,2\n3\n"u8.ToArray());
        NodeRun.AssertJson("""[["1", "2"], ["3"]]""", await ReadAsync("""{"action": "read", "path": "a.csv", "header": false}"""));
    }

    [Theory]
    [InlineData("a,b\n1,2,3\n", "has 3 values")]
    [InlineData("a,a\n1,2\n", "two columns")]
    [InlineData("a\n1\n2\n3\n", "more than 2 rows")]
    [InlineData("a\n\"open\n", "quote")]
    public async Task CSV_that_does_not_fit_is_an_error(string csv, string message)
    {
        await run.PutAsync("a.csv", Encoding.UTF8.GetBytes(csv));
        Assert.Contains(message, await ErrorAsync("""{"action": "read", "path": "a.csv", "maxRows": 2}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_are_written_as_CSV_and_come_back()
    {
        const string Rows = """[{"name": "Ada \"A\"", "n": 1.50, "ok": true}, {"more": {"x": [1]}, "name": "a,b\nc", "n": null}]""";
        await run.OutputAsync($$"""{"action": "write", "path": "a.csv", "rows": {{Rows}}}""");
        Assert.Equal("name,n,ok,more\r\n\"Ada \"\"A\"\"\",1.50,true,\r\n\"a,b\nc\",,,\"{\"\"x\"\": [1]}\"\r\n", Encoding.UTF8.GetString(await run.GetAsync("a.csv")));
        NodeRun.AssertJson(
            """[{"name": "Ada \"A\"", "n": "1.50", "ok": "true", "more": ""}, {"name": "a,b\nc", "n": "", "ok": "", "more": "{\"x\": [1]}"}]""",
            await ReadAsync("""{"action": "read", "path": "a.csv"}"""));
    }

    [Fact]
    public async Task Columns_choose_and_appended_rows_repeat_no_header()
    {
        foreach (var n in (int[])[1, 2])
            await run.OutputAsync($$"""{"action": "append", "path": "a.csv", "rows": [{"x": {{n}}, "y": 0}, [7, 8]], "columns": ["y", "x"], "delimiter": ";"}""");
        Assert.Equal("y;x\r\n0;1\r\n7;8\r\n0;2\r\n7;8\r\n", Encoding.UTF8.GetString(await run.GetAsync("a.csv")));
        await ErrorAsync("""{"action": "write", "path": "b.csv", "rows": ["x"]}""");
    }

    private async Task<JsonElement> ReadAsync(string config) => (await run.OutputAsync(config)).GetProperty("content");

    private async Task<string?> ContentAsync(string config) => (await ReadAsync(config)).GetString();

    private async Task<string> ErrorAsync(string config)
    {
        var error = await run.FailAsync(config);
        Assert.Equal("invalid_content", error.Code);
        return error.Message;
    }
}
