using System.Text;

namespace Sos.Benchmarks.Rag;

/// <summary>
/// Text whose words are as frequent as a language's: the n-th most frequent one comes up 1/n as often as the first
/// (Zipf's law), among 50,000 words. So questions hold words that are in every second chunk, and words that are in few.
/// </summary>
internal sealed class MadeUpText
{
    private const int Vocabulary = 50_000;
    private const int WordsPerChunk = 150;

    private readonly Random random;
    private readonly string[] words;
    private readonly double[] cumulated;

    public MadeUpText(int seed)
    {
        random = new Random(seed);
        words = [.. Enumerable.Range(0, Vocabulary).Select(Word)];
        cumulated = new double[Vocabulary];
        var sum = 0.0;
        for (var i = 0; i < Vocabulary; i++)
            cumulated[i] = sum += 1.0 / (i + 10); // the most frequent ones of a language are no lexemes
    }

    public string Chunk()
    {
        var text = new StringBuilder(WordsPerChunk * 8);
        for (var i = 0; i < WordsPerChunk; i++)
            text.Append(Next()).Append(i % 12 == 11 ? ". " : " ");
        return text.ToString();
    }

    /// <summary>Seven words, as frequent as in the text.</summary>
    public string Question() => string.Join(' ', Enumerable.Range(0, 7).Select(_ => Next()));

    private string Next()
    {
        var at = Array.BinarySearch(cumulated, random.NextDouble() * cumulated[^1]);
        return words[Math.Min(Vocabulary - 1, at < 0 ? ~at : at)];
    }

    // Pronounceable, and different for each number.
    private static string Word(int number)
    {
        const string consonants = "bdfgklmnprstvz", vowels = "aeiou";
        var word = new StringBuilder();
        for (var rest = number + 70; rest > 0; rest /= consonants.Length * vowels.Length)
            word.Append(consonants[rest % consonants.Length]).Append(vowels[rest / consonants.Length % vowels.Length]);
        return word.Append('k').ToString();
    }
}
