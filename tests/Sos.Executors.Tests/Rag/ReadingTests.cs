using System.Diagnostics;
using System.Text;
using Sos.Executors.Rag.Reading;

namespace Sos.Executors.Tests.Rag;

public sealed class ReadingTests
{
    [Fact]
    public void Html_is_what_a_reader_sees()
    {
        var read = Read("text/html", """
            <!doctype html><html><head><title> The  page </title><style>p { color: red }</style></head><body>
            <nav><a href="/">Home</a></nav><h1>Title</h1><p>First <b>bold</b>
            text.<br>Second line.</p><script>if (a<b) alert("x")</script>
            <ul><li>one</li><li>two <ul><li>inner</li></ul></li></ul>
            <table><tr><th>Name</th><th>Age</th></tr><tr><td>Ada</td><td>36</td></tr></table>
            <pre>  keep
              this</pre><p hidden>no</p><p style="display : none">no</p><div aria-hidden="true">no</div><template>no</template>Loose.</body></html>
            """);
        Assert.Equal("The page", read.Title);
        Assert.Equal(
            ["Heading:Title", "Paragraph:First bold text.\nSecond line.", "Lines:- one\n- two\n- inner", "Lines:Name | Age\nAda | 36", "Lines:  keep\n  this", "Paragraph:Loose."],
            read.Blocks.Select(b => $"{b.Kind}:{read.Text[b.Start..b.End].ReplaceLineEndings("\n")}"));
    }

    [Fact]
    public void Csv_rows_carry_their_headers()
    {
        var read = Read("text/csv", "name;city;note\nAda;London;\"first; of\nall\"\nGrace;New York;\n");
        Assert.Equal(["name: Ada\ncity: London\nnote: first; of all", "name: Grace\ncity: New York"], read.Blocks.Select(b => read.Text[b.Start..b.End]));
    }

    [Theory]
    [InlineData("text/plain", "guide.md", "Markdown")]
    [InlineData("application/octet-stream", "https://x.example/page.html?v=2", "Html")]
    [InlineData("text/plain; charset=utf-8", "table.tsv", "Csv")]
    [InlineData("text/html; charset=utf-8", "guide.md", "Html")]
    [InlineData("application/json", "x", "Plain")]
    [InlineData("application/pdf", "x.pdf", null)]
    [InlineData("application/octet-stream", "x.pdf", null)]
    [InlineData("image/png", "x", null)]
    public void The_content_type_decides_and_else_the_name(string contentType, string source, string? expected) =>
        Assert.Equal(expected, DocumentReader.FormatOf(contentType, source)?.ToString());

    [Fact]
    public void What_is_no_text_becomes_replacement_characters()
    {
        var read = DocumentReader.Read([.. "a"u8, 0xFF, 0xC3, 0x28, 0x00, .. "b"u8], "text/plain", "s", CancellationToken.None);
        Assert.Equal("a\uFFFD\uFFFD(\uFFFDb", read.Text);
    }

    [Fact]
    public void Byte_order_marks_and_charsets_are_heeded()
    {
        Assert.Equal("é", DocumentReader.Read([0xFF, 0xFE, 0xE9, 0x00], "text/plain", "s", CancellationToken.None).Text);
        Assert.Equal("é", DocumentReader.Read([0xEF, 0xBB, 0xBF, 0xC3, 0xA9], "text/plain", "s", CancellationToken.None).Text);
        Assert.Equal("é", DocumentReader.Read([0xE9], "text/plain; charset=ISO-8859-1", "s", CancellationToken.None).Text);
        Assert.Equal("unsupported_charset", Assert.Throws<DocumentRefusedException>(() => DocumentReader.Read([0x41], "text/plain; charset=koi8-r", "s", CancellationToken.None)).Code);
    }

    [Theory]
    [InlineData("text/html", "<div>", 200_000, "document_too_deep")]
    [InlineData("text/html", "<b>", 200_000, "document_too_deep")]
    [InlineData("text/html", "<div></x>", 10_000, "document_too_deep")]
    [InlineData("text/html", "<div title=\"<script\">", 10_000, "document_too_deep")]
    [InlineData("text/html", "<optgroup>", 10_000, "document_too_deep")]
    [InlineData("text/html", "<dd><li>", 10_000, "document_too_deep")]
    [InlineData("text/html", "<template>", 10_000, "document_too_deep")]
    [InlineData("text/html", "<p>x", 200_000, null)]
    [InlineData("text/html", "<table><tr><td>", 50_000, "document_too_deep")]
    [InlineData("text/html", "<script>if (a<b) x()</script><p>y</p>", 2_000, null)]
    [InlineData("text/markdown", "> ", 500_000, null)]
    [InlineData("text/markdown", "- ", 500_000, null)]
    [InlineData("text/markdown", "[", 500_000, null)]
    [InlineData("text/markdown", "*a ", 300_000, null)]
    [InlineData("text/csv", "\"", 999_999, null)]
    [InlineData("text/csv", "a,", 400, null)]
    [InlineData("text/csv", "a,", 5_000, "document_too_large")]
    [InlineData("text/plain", " ", 1_000_000, "empty_document")]
    public void Hostile_input_is_read_or_refused_in_little_time(string contentType, string part, int times, string? code)
    {
        var text = string.Concat(Enumerable.Repeat(part, times)) + (code == "empty_document" ? "" : "x");
        var started = Stopwatch.GetTimestamp();
        var refused = Record.Exception(() => Read(contentType, text)) as DocumentRefusedException;
        Assert.Equal(code, refused?.Code is "invalid_csv" or null ? null : refused.Code);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "It took too long.");
    }

    [Fact]
    public void Elements_that_the_parser_repeats_by_itself_count()
    {
        var html = "<p>" + string.Concat(Enumerable.Range(0, 200).Select(i => $"<b id={i}>")) + string.Concat(Enumerable.Repeat("<p>x", 100_000));
        Assert.Equal("document_too_large", Assert.Throws<DocumentRefusedException>(() => Read("text/html", html)).Code);
    }

    [Fact]
    public void What_is_put_before_a_table_instead_of_in_it_is_bounded() =>
        Assert.Equal("document_too_large", Assert.Throws<DocumentRefusedException>(() => Read("text/html", "<table>" + string.Concat(Enumerable.Repeat("<br>x", 20_000)))).Code);

    [Fact]
    public void Reading_html_stops_when_it_is_cancelled() =>
        Assert.Throws<OperationCanceledException>(() => DocumentReader.Read(Encoding.UTF8.GetBytes(new string('<', 300_000)), "text/html", "s", new CancellationToken(canceled: true)));

    [Fact]
    public void More_than_ten_mebibytes_are_refused() =>
        Assert.Equal("document_too_large", Assert.Throws<DocumentRefusedException>(() => DocumentReader.Read(new byte[10 * 1024 * 1024 + 1], "text/plain", "s", CancellationToken.None)).Code);

    private static DocumentText Read(string contentType, string text) =>
        DocumentReader.Read(Encoding.UTF8.GetBytes(text), contentType, "s", CancellationToken.None);
}
