using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using System.Text;
using Sos.Executors.Rag.Chunking;
using Sos.Executors.Rag.Reading;

namespace Sos.Executors.Tests.Rag;

public sealed class ChunkerTests
{
    [Property(MaxTest = 200)]
    public Property Chunks_cover_all_text_and_never_exceed_the_limit() => Prop.ForAll(Documents(), Sizes(), (text, size) =>
    {
        foreach (var contentType in new[] { "text/plain", "text/markdown", "text/html", "text/csv" })
        {
            if (Read(text, contentType) is not { } document)
                continue;
            var chunks = Chunker.Cut(document, null, size);
            var tokens = new TokenCount(document.Text);
            var covered = new bool[document.Text.Length];
            Assert.All(chunks, c =>
            {
                Assert.InRange(tokens.Between(c.Start, c.End), 1, size.MaxTokens);
                Assert.Equal(c.Tokens, tokens.Between(c.Start, c.End));
                Array.Fill(covered, true, c.Start, c.End - c.Start);
                Assert.False(char.IsLowSurrogate(document.Text[c.Start]) && c.Start > 0 && char.IsHighSurrogate(document.Text[c.Start - 1]));
            });
            var lost = Enumerable.Range(0, covered.Length).Where(i => !covered[i] && !char.IsWhiteSpace(document.Text[i])).Select(i => $"{i}:{document.Text[i]}");
            Assert.Empty(lost);
        }
    });

    [Property(MaxTest = 200)]
    public Property Neighbours_overlap_by_no_more_than_asked_and_go_forward() => Prop.ForAll(Documents(), Sizes(), (text, size) =>
    {
        if (Read(text, "text/plain") is not { } document)
            return;
        var chunks = Chunker.Cut(document, null, size);
        var tokens = new TokenCount(document.Text);
        foreach (var (before, after) in chunks.Zip(chunks.Skip(1)))
        {
            Assert.True(after.Start > before.Start && after.End > before.End);
            if (after.Start < before.End)
                Assert.InRange(tokens.Between(after.Start, before.End), 1, size.Overlap);
        }
    });

    [Fact]
    public void A_long_paragraph_is_cut_between_sentences_and_each_chunk_repeats_the_end_of_the_one_before()
    {
        var text = string.Join(' ', Enumerable.Range(1, 60).Select(i => $"This is the sentence with number {i} of a long paragraph."));
        var document = PlainText.Read(text);
        var size = new ChunkSize(100, 20);
        var chunks = Chunker.Cut(document, null, size);
        Assert.True(chunks.Count > 5);
        var tokens = new TokenCount(text);
        foreach (var (before, after) in chunks.Zip(chunks.Skip(1)))
        {
            Assert.EndsWith(".", text[before.Start..before.End], StringComparison.Ordinal);
            // A word more would be more than asked for.
            Assert.InRange(tokens.Between(after.Start, before.End), size.Overlap - 4, size.Overlap);
        }
    }

    [Fact]
    public void A_heading_begins_a_chunk_and_every_chunk_knows_what_it_stands_under()
    {
        const string text = "# Guide\n\nIntro.\n\n## Install\n\n### On Linux\n\nRun `apt`.\n\n### On Windows\n\nRun the *setup*.\n\n## Use\n\nStart it.\n";
        var chunks = Chunker.Cut(MarkdownText.Read(text), null, new ChunkSize(300, 30));
        Assert.Equal(["Guide", "Guide/Install/On Linux", "Guide/Install/On Windows", "Guide/Use"], chunks.Select(c => string.Join('/', c.Headings)));
        Assert.Equal("## Install\n\n### On Linux\n\nRun `apt`.", text[chunks[1].Start..chunks[1].End]);
    }

    [Fact]
    public void A_given_title_stands_above_the_headings_unless_it_is_the_first_one()
    {
        const string text = "# Guide\n\nIntro.";
        Assert.Equal(["Manual", "Guide"], Chunker.Cut(MarkdownText.Read(text), "Manual", new ChunkSize(300, 30))[0].Headings);
        Assert.Equal(["Guide"], Chunker.Cut(MarkdownText.Read(text), "Guide", new ChunkSize(300, 30))[0].Headings);
    }

    [Fact]
    public void Code_and_tables_stay_whole_where_they_fit()
    {
        var code = "```csharp\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"var line{i} = Compute({i});\n")) + "```";
        var filler = string.Join(' ', Enumerable.Repeat("Some words before the code, which fill the chunk.", 8));
        var text = $"{filler}\n\n{code}\n\nAfter.";
        var chunks = Chunker.Cut(MarkdownText.Read(text), null, new ChunkSize(160, 20));
        Assert.Contains(chunks, c => text[c.Start..c.End].Contains(code, StringComparison.Ordinal));
    }

    [Fact]
    public void One_endless_line_is_cut_all_the_same()
    {
        var text = new string('x', 1_000_000);
        var chunks = Chunker.Cut(PlainText.Read(text), null, new ChunkSize(2_000, 100));
        Assert.Equal(text.Length, chunks[^1].End);
        Assert.All(chunks, c => Assert.InRange(c.Tokens, 1, 2_000));
    }

    [Fact]
    public void Too_many_chunks_are_refused()
    {
        var text = string.Concat(Enumerable.Range(0, 20_001).Select(i => $"# H{i}\n\nx\n\n"));
        Assert.Equal("too_many_chunks", Assert.Throws<DocumentRefusedException>(() => Chunker.Cut(MarkdownText.Read(text), null, new ChunkSize(300, 0))).Code);
    }

    private static DocumentText? Read(string text, string contentType)
    {
        try
        {
            return DocumentReader.Read(Encoding.UTF8.GetBytes(text), contentType, "s", CancellationToken.None);
        }
        catch (DocumentRefusedException e) when (e.Code is "empty_document" or "document_too_deep" or "invalid_csv")
        {
            return null;
        }
    }

    private static Arbitrary<ChunkSize> Sizes() =>
        (from max in Gen.Choose(32, 200) from overlap in Gen.Choose(0, max / 2) select new ChunkSize(max, overlap)).ToArbitrary();

    // Documents made of what documents are made of, and of what they should not be.
    private static Arbitrary<string> Documents()
    {
        var part = Gen.Elements(
            "A short sentence. ", "Is this one? ", "word ", "longerwordhere ", "\n", "\n\n", "# Heading\n", "## Sub heading\n\n", "- item one\n", "1. first\n", "| a | b |\n|---|---|\n| 1 | 2 |\n",
            "```\ncode(1);\n", "```\n", "> quoted\n", "日本語の文。", "Привет мир. ", "😀", "a,b;c\n", "\"quoted, field\",x\n", "<p>para</p>", "<ul><li>x<li>y</ul>", "<h2>Title</h2>", "<script>no()</script>",
            "<div hidden>z</div>", "&amp;", "\u0000", "\t", new string('x', 300), new string('.', 80), "---\nkey: value\n---\n", "[link]: http://x\n", "    indented\n", "\r\n");
        return (from parts in Gen.ListOf(part) select string.Concat(parts)).Resize(60).ToArbitrary();
    }
}
