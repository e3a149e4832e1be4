namespace Sos.Executors.Rag.Chunking;

/// <summary>A part of a document that is found as one.</summary>
/// <param name="Headings">What it stands under: the document's title, then its headings, outermost first.</param>
/// <param name="Start">Its first character in the document's text.</param>
/// <param name="End">The character after its last.</param>
/// <param name="Tokens">Its tokens, about.</param>
internal sealed record Chunk(IReadOnlyList<string> Headings, int Start, int End, int Tokens);

/// <summary>How large chunks are, in tokens.</summary>
/// <param name="MaxTokens">The most of a chunk.</param>
/// <param name="Overlap">How many a chunk repeats of the one before, where both belong to one section; at most half of <paramref name="MaxTokens"/>.</param>
internal readonly record struct ChunkSize(int MaxTokens, int Overlap);
