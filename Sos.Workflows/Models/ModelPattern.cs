namespace Sos.Workflows.Models;

/// <summary>A model's name in which <c>*</c> stands for any characters, also none; regardless of case.</summary>
internal static class ModelPattern
{
    public static bool HasWildcard(string pattern) => pattern.Contains('*', StringComparison.Ordinal);

    /// <summary>How many characters the pattern fixes: the more, the closer it describes the model.</summary>
    public static int LiteralLength(string pattern) => pattern.Length - pattern.AsSpan().Count('*');

    /// <summary>Whether a name fits. Takes the product of the lengths at worst, and no memory.</summary>
    public static bool Matches(string pattern, string name)
    {
        int p = 0, n = 0, star = -1, resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, resume) = (p++, n);
            else if (p < pattern.Length && char.ToLowerInvariant(pattern[p]) == char.ToLowerInvariant(name[n]))
                (p, n) = (p + 1, n + 1);
            else if (star >= 0)
                (p, n) = (star + 1, ++resume); // the last star takes one character more
            else
                return false;
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
