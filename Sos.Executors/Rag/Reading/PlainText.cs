namespace Sos.Executors.Rag.Reading;

/// <summary>Text without markup: paragraphs are what blank lines part.</summary>
internal static class PlainText
{
    public static DocumentText Read(string text)
    {
        var blocks = new List<Block>();
        AddParagraphs(blocks, text, 0, text.Length);
        return new DocumentText(null, text, blocks);
    }

    /// <summary>Adds the paragraphs of a part of a text.</summary>
    public static void AddParagraphs(List<Block> blocks, string text, int from, int to)
    {
        var start = -1;
        var end = from;
        for (var lineStart = from; lineStart < to;)
        {
            var newLine = text.IndexOf('\n', lineStart, to - lineStart);
            var lineEnd = newLine < 0 ? to : newLine;
            if (text.AsSpan(lineStart, lineEnd - lineStart).IsWhiteSpace())
            {
                Close();
            }
            else
            {
                if (start < 0)
                    start = lineStart;
                end = lineEnd;
            }
            lineStart = lineEnd + 1;
        }
        Close();

        void Close()
        {
            if (start >= 0)
                blocks.Add(Trimmed(BlockKind.Paragraph, text, start, end));
            start = -1;
        }
    }

    /// <summary>A block without the white space around it.</summary>
    public static Block Trimmed(BlockKind kind, string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        return new Block(kind, start, end);
    }
}
