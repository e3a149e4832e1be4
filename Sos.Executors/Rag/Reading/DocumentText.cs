namespace Sos.Executors.Rag.Reading;

/// <summary>A document as text, and how it is built.</summary>
/// <param name="Title">What the document calls itself; null where it does not.</param>
/// <param name="Text">Its text: of plain text, Markdown and the like the source itself, of HTML and CSV what was drawn from it.</param>
/// <param name="Blocks">Its blocks in order; between them there is only white space.</param>
internal sealed record DocumentText(string? Title, string Text, IReadOnlyList<Block> Blocks);

/// <summary>A paragraph, list, table, code block or heading.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Its first character.</param>
/// <param name="End">The character after its last.</param>
/// <param name="Level">Of a heading: 1 to 6.</param>
/// <param name="Name">Of a heading: its text without markup.</param>
internal readonly record struct Block(BlockKind Kind, int Start, int End, int Level = 0, string? Name = null);

/// <summary>What a block is, which decides where it may be cut.</summary>
internal enum BlockKind
{
    /// <summary>Running text: cut between sentences.</summary>
    Paragraph,

    /// <summary>A list, a table's rows, code: cut between lines.</summary>
    Lines,

    /// <summary>A heading: begins a section and stays with what follows.</summary>
    Heading,
}

/// <summary>A document that can't be read.</summary>
internal sealed class DocumentRefusedException(string code, string message) : Exception(message)
{
    /// <summary>A stable code.</summary>
    public string Code { get; } = code;
}
