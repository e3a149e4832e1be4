using System.Text;

namespace Sos.Executors.Rag.Reading;

/// <summary>Builds a document's text block by block, with a blank line between blocks.</summary>
internal sealed class BlockWriter
{
    private readonly StringBuilder text = new();
    private readonly List<Block> blocks = [];

    private int blockStart = -1;
    private int headingLevel;
    private int lineDepth;
    private int verbatimDepth;
    private bool spaceDue;
    private bool newLineDue;
    private string prefix = "";
    private bool cellDue;
    private bool lineHasCell;

    /// <summary>Whether nothing was written yet.</summary>
    public bool IsEmpty => text.Length == 0;

    /// <summary>Text of the current block; white space is drawn together, except in code.</summary>
    public void Text(string data)
    {
        if (verbatimDepth > 0)
        {
            if (blockStart < 0 && data.AsSpan().IsWhiteSpace())
                return;
            Begin();
            text.Append(data);
            return;
        }
        var words = data.AsSpan();
        while (!words.IsEmpty)
        {
            if (char.IsWhiteSpace(words[0]))
            {
                spaceDue = true;
                words = words[1..];
                continue;
            }
            var length = 1;
            while (length < words.Length && !char.IsWhiteSpace(words[length]))
                length++;
            Begin();
            text.Append(words[..length]);
            words = words[length..];
        }
    }

    /// <summary>Ends the current paragraph; inside a list or table only the line.</summary>
    public void Break()
    {
        if (lineDepth > 0)
            NewLine("");
        else
            End(BlockKind.Paragraph);
    }

    /// <summary>Begins a new line of the current block.</summary>
    public void NewLine(string linePrefix)
    {
        newLineDue = true;
        cellDue = false;
        lineHasCell = false;
        if (linePrefix.Length > 0)
            prefix = linePrefix;
    }

    /// <summary>Begins the next cell of a row.</summary>
    public void NextCell()
    {
        cellDue = lineHasCell;
        lineHasCell = true;
    }

    public void OpenHeading(int level)
    {
        if (lineDepth > 0)
        {
            NewLine("");
            return;
        }
        End(BlockKind.Paragraph);
        headingLevel = level;
    }

    public void CloseHeading()
    {
        if (lineDepth > 0)
            return;
        End(BlockKind.Heading);
        headingLevel = 0;
    }

    public void OpenLines(bool verbatim)
    {
        if (lineDepth == 0)
            End(BlockKind.Paragraph);
        else
            NewLine("");
        lineDepth++;
        if (verbatim || verbatimDepth > 0)
            verbatimDepth++;
    }

    public void CloseLines()
    {
        lineDepth--;
        if (verbatimDepth > 0)
            verbatimDepth--;
        if (lineDepth == 0)
            End(BlockKind.Lines);
        else
            NewLine("");
    }

    /// <summary>Adds a whole block of its own.</summary>
    public void Add(BlockKind kind, string content)
    {
        End(BlockKind.Paragraph);
        Begin();
        text.Append(content);
        End(kind);
    }

    /// <summary>The document.</summary>
    public DocumentText Finish(string? title)
    {
        End(lineDepth > 0 ? BlockKind.Lines : BlockKind.Paragraph);
        return new DocumentText(title, text.ToString(), blocks);
    }

    private void Begin()
    {
        if (blockStart < 0)
        {
            if (text.Length > 0)
                text.Append("\n\n");
            blockStart = text.Length;
            text.Append(prefix);
        }
        else if (newLineDue)
        {
            text.Append('\n').Append(prefix);
        }
        else if (cellDue)
        {
            text.Append(" | ");
        }
        else if (spaceDue && verbatimDepth == 0 && !char.IsWhiteSpace(text[^1]))
        {
            text.Append(' ');
        }
        newLineDue = spaceDue = cellDue = false;
        prefix = "";
    }

    private void End(BlockKind kind)
    {
        if (blockStart >= 0)
        {
            var end = text.Length;
            while (end > blockStart && char.IsWhiteSpace(text[end - 1]))
                end--;
            text.Length = end;
            if (headingLevel > 0 && kind == BlockKind.Heading)
                blocks.Add(new Block(kind, blockStart, end, headingLevel, HeadingPath.Shorten(text.ToString(blockStart, end - blockStart))));
            else
                blocks.Add(new Block(kind == BlockKind.Heading ? BlockKind.Paragraph : kind, blockStart, end));
        }
        blockStart = -1;
        spaceDue = newLineDue = cellDue = lineHasCell = false;
        prefix = "";
    }
}
