namespace Sos.Workflows.Rag;

/// <summary>A piece of a document, as it is found.</summary>
public sealed record RagChunk
{
    /// <summary>The chunk's id; new ones when the document is ingested with another content.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its document.</summary>
    public required Guid DocumentId { get; init; }

    /// <summary>Its place in the document, from 0.</summary>
    public required int Position { get; init; }

    /// <summary>Its tokens, about.</summary>
    public required int Tokens { get; init; }

    /// <summary>Where it begins in the document's text, in characters.</summary>
    public required int Start { get; init; }

    /// <summary>The character after its last.</summary>
    public required int End { get; init; }

    /// <summary>What it stands under: the title, then headings.</summary>
    public required IReadOnlyList<string> Headings { get; init; }

    /// <summary>Its text.</summary>
    public required string Text { get; init; }
}

/// <summary>A text in which some words are marked.</summary>
public static class MarkedWords
{
    /// <summary>Stands before a marked word: a character for private use, which no text needs.</summary>
    public const char Start = '\uE000';

    /// <summary>Stands after a marked word.</summary>
    public const char End = '\uE001';

    /// <summary>The text in pieces, each marked or not.</summary>
    public static IEnumerable<(string Text, bool IsMarked)> Split(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var start = text.IndexOf(Start, at);
            var end = start < 0 ? -1 : text.IndexOf(End, start);
            if (end < 0)
            {
                yield return (text[at..], false);
                yield break;
            }
            if (start > at)
                yield return (text[at..start], false);
            yield return (text[(start + 1)..end], true);
            at = end + 1;
        }
    }
}
