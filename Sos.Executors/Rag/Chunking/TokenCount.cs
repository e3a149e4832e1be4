namespace Sos.Executors.Rag.Chunking;

/// <summary>
/// How many tokens a part of a text has, about: what a model's own tokenizer would say is not known for every model.
/// Counts of neighbouring parts add up.
/// </summary>
/// <remarks>
/// English text has four characters or three quarters of a word to a token; other alphabets about two characters;
/// Chinese, Japanese and Korean about one. A word begins with a quarter more, so that short words are not underrated.
/// </remarks>
internal sealed class TokenCount
{
    private const int QuartersPerToken = 4;

    // Of all characters before a position, in quarters of a token.
    private readonly int[] before;

    public TokenCount(string text)
    {
        before = new int[text.Length + 1];
        var wasWord = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isWord = char.IsAsciiLetterOrDigit(c);
            var quarters = c switch
            {
                _ when isWord => wasWord ? 1 : 2,
                '\n' => 1,
                _ when char.IsWhiteSpace(c) => 0,
                < '\u0080' => 3,
                < '\u2E80' => 2,
                _ => 4,
            };
            before[i + 1] = before[i] + quarters;
            wasWord = isWord;
        }
    }

    /// <summary>The tokens of a whole text.</summary>
    public static int Of(string text) => new TokenCount(text).Between(0, text.Length);

    /// <summary>The tokens from one position to before another, rounded up.</summary>
    public int Between(int start, int end) => (before[end] - before[start] + QuartersPerToken - 1) / QuartersPerToken;

    /// <summary>The last position up to which there are at most so many tokens.</summary>
    public int Forward(int start, int end, int tokens)
    {
        var found = Array.BinarySearch(before, start, end - start + 1, before[start] + tokens * QuartersPerToken);
        if (found < 0)
            return Math.Max(start, ~found - 1);
        while (found < end && before[found + 1] == before[found])
            found++;
        return found;
    }

    /// <summary>The first position from which there are at most so many tokens up to the end.</summary>
    public int Backward(int start, int end, int tokens)
    {
        var found = Array.BinarySearch(before, start, end - start + 1, before[end] - tokens * QuartersPerToken);
        if (found < 0)
            return Math.Min(end, ~found);
        while (found > start && before[found - 1] == before[found])
            found--;
        return found;
    }
}
