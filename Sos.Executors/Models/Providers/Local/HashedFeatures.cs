using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;

namespace Sos.Executors.Models.Providers.Local;

/// <summary>
/// Turns a text into a vector by the hashing trick (Weinberger et al., 2009): every word and every sequence of three to
/// six letters of a word has a place in the vector and a sign, both by its hash. Texts that share words, or words that
/// are written alike, get similar vectors; words that only mean the same do not.
/// </summary>
/// <remarks>The same text gives the same vector in every process and version: vectors are stored.</remarks>
internal static class HashedFeatures
{
    private const int ShortestGram = 3;
    private const int LongestGram = 6;
    private const int MaxWord = 40;

    // The letters of a word together weigh more than the word, because words are inflected and misspelt.
    private const float WordWeight = 1f;
    private const float GramWeight = 1.5f;

    /// <summary>Fills a vector of length 1; of zeros where the text has no letter or digit.</summary>
    public static void Embed(string text, Span<float> vector)
    {
        vector.Clear();
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in Words(text))
            CollectionsMarshal.GetValueRefOrAddDefault(words, word, out _)++;
        // Sums in one order, so that rounding is the same whatever order words came in.
        foreach (var (word, count) in words.OrderBy(w => w.Key, StringComparer.Ordinal))
            AddWord(word, (1 + MathF.Log(count)) * Importance(word), vector);
        var norm = TensorPrimitives.Norm<float>(vector);
        if (norm > 0)
            TensorPrimitives.Divide(vector, norm, vector);
    }

    private static void AddWord(string word, float weight, Span<float> vector)
    {
        Add(Hash('w', word), WordWeight * weight, vector);
        if (word.Length < ShortestGram)
            return;
        var bounded = $"<{word}>";
        var grams = 0;
        for (var size = ShortestGram; size <= LongestGram; size++)
            grams += Math.Max(0, bounded.Length - size + 1);
        var gramWeight = GramWeight * weight / MathF.Sqrt(grams);
        for (var size = ShortestGram; size <= LongestGram; size++)
        {
            for (var at = 0; at + size <= bounded.Length; at++)
                Add(Hash('g', bounded.AsSpan(at, size)), gramWeight, vector);
        }
    }

    private static void Add(ulong hash, float weight, Span<float> vector)
    {
        var place = (int)(hash % (uint)vector.Length);
        vector[place] += (hash >> 63) == 0 ? weight : -weight;
    }

    /// <summary>Short words are mostly grammar, in most languages; numbers are mostly names of something.</summary>
    private static float Importance(string word) =>
        char.IsDigit(word[0]) ? 1.2f
        : word.Length switch { 1 => 0.2f, 2 => 0.25f, 3 => 0.45f, 4 => 0.75f, _ => 1f };

    /// <summary>Runs of letters and digits in lower case.</summary>
    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder(MaxWord);
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c) || char.IsSurrogate(c))
            {
                word.Append(char.ToLowerInvariant(c));
                if (word.Length < MaxWord)
                    continue;
            }
            else if (char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark || c is '\'' or '’')
            {
                continue;
            }
            if (word.Length > 0)
                yield return word.ToString();
            word.Clear();
        }
        if (word.Length > 0)
            yield return word.ToString();
    }

    /// <summary>FNV-1a over the UTF-16 code units, then mixed (the finalizer of SplitMix64), for its low bits alone are weak.</summary>
    private static ulong Hash(char kind, ReadOnlySpan<char> text)
    {
        var hash = (14695981039346656037UL ^ kind) * 1099511628211UL;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return hash ^ (hash >> 31);
    }
}
