namespace Sos.Executors.Rag.Chunking;

/// <summary>Where text that does not fit as a whole is cut: between lines, else sentences, else words, else characters.</summary>
internal static class Cuts
{
    /// <summary>The pieces of a part of a text, each of at most <paramref name="limit"/> tokens, without the white space between them.</summary>
    public static IEnumerable<(int Start, int End)> Pieces(string text, TokenCount tokens, int start, int end, int limit, bool byLines)
    {
        foreach (var (from, to) in byLines ? Lines(text, start, end) : Sentences(text, start, end))
        {
            if (tokens.Between(from, to) <= limit)
            {
                yield return (from, to);
            }
            else if (byLines)
            {
                foreach (var piece in Pieces(text, tokens, from, to, limit, byLines: false))
                    yield return piece;
            }
            else
            {
                foreach (var piece in Words(text, tokens, from, to, limit))
                    yield return piece;
            }
        }
    }

    /// <summary>Where a word begins at or after a position; the position itself, where no white space comes before the end.</summary>
    public static int WordStart(string text, int from, int end)
    {
        if (from == 0 || char.IsWhiteSpace(text[from - 1]))
            return SkipSpace(text, from, end);
        var at = from;
        while (at < end && !char.IsWhiteSpace(text[at]))
            at++;
        at = SkipSpace(text, at, end);
        return at < end ? at : OffSurrogate(text, from);
    }

    private static IEnumerable<(int, int)> Lines(string text, int start, int end)
    {
        while ((start = SkipSpace(text, start, end)) < end)
        {
            var newLine = text.IndexOf('\n', start, end - start);
            var to = newLine < 0 ? end : newLine;
            yield return (start, TrimEnd(text, start, to));
            start = to;
        }
    }

    private static IEnumerable<(int, int)> Sentences(string text, int start, int end)
    {
        while ((start = SkipSpace(text, start, end)) < end)
        {
            var to = start;
            while (to < end && !EndsSentence(text, to, end))
                to++;
            to = Math.Min(end, to + 1);
            yield return (start, TrimEnd(text, start, to));
            start = to;
        }
    }

    private static bool EndsSentence(string text, int at, int end) => text[at] switch
    {
        '。' or '！' or '？' => true,
        // A full stop ends a sentence before white space and what may begin one; not in "e.g. this".
        '.' or '!' or '?' or '…' => at + 1 >= end || char.IsWhiteSpace(text[at + 1]) && !(at + 2 < end && char.IsLower(text[at + 2])),
        '"' or ')' or '”' or '’' => at > 0 && text[at - 1] is '.' or '!' or '?' && at + 1 < end && char.IsWhiteSpace(text[at + 1]),
        '\n' => at + 1 < end && text[at + 1] == '\n',
        _ => false,
    };

    private static IEnumerable<(int, int)> Words(string text, TokenCount tokens, int start, int end, int limit)
    {
        while ((start = SkipSpace(text, start, end)) < end)
        {
            var to = tokens.Forward(start, end, limit);
            if (to < end)
            {
                var space = to;
                while (space > start && !char.IsWhiteSpace(text[space]))
                    space--;
                to = space > start ? space : Math.Max(start + 1, OffSurrogate(text, to));
            }
            yield return (start, TrimEnd(text, start, to));
            start = to;
        }
    }

    private static int OffSurrogate(string text, int at) =>
        at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;

    private static int SkipSpace(string text, int at, int end)
    {
        while (at < end && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }

    private static int TrimEnd(string text, int start, int end)
    {
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        return end;
    }
}
