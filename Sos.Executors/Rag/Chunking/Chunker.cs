using Sos.Executors.Rag.Reading;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Chunking;

/// <summary>
/// Cuts a document into chunks. A heading begins a chunk; blocks that fit stay whole; what does not is cut between
/// lines, sentences or words. A chunk that goes on where another ended repeats the end of it.
/// </summary>
internal static class Chunker
{
    /// <summary>Cuts a document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="title">What it is called; null for its own title.</param>
    /// <param name="size">How large chunks are.</param>
    /// <exception cref="DocumentRefusedException">It has more than <see cref="RagLimits.ChunksPerDocument"/> chunks.</exception>
    public static IReadOnlyList<Chunk> Cut(DocumentText document, string? title, ChunkSize size)
    {
        var tokens = new TokenCount(document.Text);
        var chunks = new List<Chunk>();
        foreach (var section in Sections(document, title ?? document.Title))
        {
            foreach (var (start, end) in CutSection(document.Text, section.Blocks, tokens, size))
            {
                if (chunks.Count >= RagLimits.ChunksPerDocument)
                    throw new DocumentRefusedException("too_many_chunks", $"The document has more than {RagLimits.ChunksPerDocument:N0} chunks. Split it, or use an index with larger chunks.");
                chunks.Add(new Chunk(section.Headings, start, end, tokens.Between(start, end)));
            }
        }
        return chunks;
    }

    /// <summary>Runs of blocks that stand under the same headings. Headings without text of their own stay with the next one's.</summary>
    private static IEnumerable<Section> Sections(DocumentText document, string? title)
    {
        var path = new HeadingPath();
        var blocks = new List<Block>();
        var hasText = false;
        foreach (var block in document.Blocks)
        {
            if (block.Kind == BlockKind.Heading)
            {
                if (hasText)
                {
                    yield return new Section(Under(title, path), [.. blocks]);
                    blocks.Clear();
                    hasText = false;
                }
                path.Enter(block.Level, block.Name ?? "");
            }
            else
            {
                hasText = true;
            }
            blocks.Add(block);
        }
        if (blocks.Count > 0)
            yield return new Section(Under(title, path), blocks);
    }

    private static string[] Under(string? title, HeadingPath path)
    {
        var names = path.Names;
        return string.IsNullOrWhiteSpace(title) || names is [var first, ..] && first == title ? names : [title, .. names];
    }

    private static IEnumerable<(int Start, int End)> CutSection(string text, IReadOnlyList<Block> blocks, TokenCount tokens, ChunkSize size)
    {
        int start = -1, end = -1;
        foreach (var piece in Pieces(text, blocks, tokens, size))
        {
            if (start >= 0 && tokens.Between(start, piece.End) > size.MaxTokens)
            {
                yield return (start, end);
                start = Overlapping(text, tokens, start, end, piece, size);
            }
            else if (start < 0)
            {
                start = piece.Start;
            }
            end = piece.End;
        }
        if (start >= 0)
            yield return (start, end);
    }

    private static IEnumerable<(int Start, int End)> Pieces(string text, IReadOnlyList<Block> blocks, TokenCount tokens, ChunkSize size)
    {
        foreach (var block in blocks)
        {
            if (tokens.Between(block.Start, block.End) <= size.MaxTokens)
            {
                yield return (block.Start, block.End);
                continue;
            }
            // Shorter by the overlap, so that a piece fits together with what is repeated before it.
            foreach (var piece in Cuts.Pieces(text, tokens, block.Start, block.End, size.MaxTokens - size.Overlap, block.Kind == BlockKind.Lines))
                yield return piece;
        }
    }

    /// <summary>Where the chunk of a piece begins that goes on after another chunk: as far back as asked and as there is room for.</summary>
    private static int Overlapping(string text, TokenCount tokens, int start, int end, (int Start, int End) piece, ChunkSize size)
    {
        if (size.Overlap == 0)
            return piece.Start;
        var wanted = tokens.Backward(start, end, size.Overlap);
        var possible = tokens.Backward(start, piece.End, size.MaxTokens);
        var from = Math.Max(wanted, possible);
        if (from >= end)
            return piece.Start;
        var word = Cuts.WordStart(text, from, end);
        return word < end && tokens.Between(word, end) <= size.Overlap && tokens.Between(word, piece.End) <= size.MaxTokens ? word : piece.Start;
    }

    private sealed record Section(IReadOnlyList<string> Headings, IReadOnlyList<Block> Blocks);
}
