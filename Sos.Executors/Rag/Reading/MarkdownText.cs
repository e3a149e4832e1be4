using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Sos.Executors.Rag.Reading;

/// <summary>Markdown: the text stays as it is written; its syntax tree says where blocks begin and end.</summary>
internal static class MarkdownText
{
    private const int MaxMarkers = 500;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseYamlFrontMatter().UsePreciseSourceLocation().Build();

    public static DocumentText Read(string text)
    {
        // Markdig's cost grows with the square of the depth of one line's lists and quotes.
        if (IsDeep(text.AsSpan().EnumerateLines()))
            return PlainText.Read(text);
        MarkdownDocument document;
        try
        {
            document = Markdown.Parse(text, Pipeline);
        }
        catch (ArgumentException)
        {
            // Markdig refuses what is nested too deeply; as plain text it can be found nevertheless.
            return PlainText.Read(text);
        }
        var blocks = new List<Block>();
        string? title = null;
        var covered = 0;
        foreach (var block in document)
        {
            // Spans hold the last character, and those of some blocks leave out markers before or after them.
            var start = Math.Clamp(block.Span.Start, covered, text.Length);
            var end = Math.Clamp(block.Span.End + 1, start, text.Length);
            AddUncovered(start);
            covered = Math.Max(covered, end);
            if (block is YamlFrontMatterBlock || start == end)
            {
                PlainText.AddParagraphs(blocks, text, start, end);
                continue;
            }
            var kind = block switch
            {
                HeadingBlock => BlockKind.Heading,
                ListBlock or Table or CodeBlock or QuoteBlock or HtmlBlock => BlockKind.Lines,
                _ => BlockKind.Paragraph,
            };
            var trimmed = PlainText.Trimmed(kind, text, start, end);
            if (trimmed.Start == trimmed.End)
                continue;
            if (block is HeadingBlock heading && PlainHeading(heading) is { Length: > 0 } name)
            {
                title ??= heading.Level == 1 ? name : null;
                trimmed = trimmed with { Level = heading.Level, Name = name };
            }
            else if (kind == BlockKind.Heading)
            {
                trimmed = trimmed with { Kind = BlockKind.Paragraph };
            }
            blocks.Add(trimmed);
        }
        AddUncovered(text.Length);
        return new DocumentText(title, text, blocks);

        // Link definitions and the like are in no block; nothing of the text may be lost.
        void AddUncovered(int until)
        {
            if (until > covered)
                PlainText.AddParagraphs(blocks, text, covered, until);
        }
    }

    private static bool IsDeep(SpanLineEnumerator lines)
    {
        foreach (var line in lines)
        {
            var markers = 0;
            foreach (var c in line)
            {
                if (c is '>' or '-' or '*' or '+' or '.' or ')')
                    markers++;
                else if (!char.IsWhiteSpace(c) && !char.IsAsciiDigit(c))
                    break;
            }
            // A ruler of dashes is no nesting; nobody's ruler is this long.
            if (markers > MaxMarkers)
                return true;
        }
        return false;
    }

    private static string PlainHeading(HeadingBlock heading)
    {
        var words = new List<string>();
        foreach (var inline in heading.Inline?.Descendants() ?? [])
        {
            var part = inline switch
            {
                LiteralInline literal => literal.Content.ToString(),
                CodeInline code => code.Content,
                _ => "",
            };
            if (part.Length > 0)
                words.Add(part);
        }
        return HeadingPath.Shorten(string.Concat(words));
    }
}
