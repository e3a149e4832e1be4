using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Workflows.Expressions.Patterns;

/// <summary>Compiles patterns in RE2's syntax to matchers that take time in proportion to the text.</summary>
internal static class Re2
{
    private const int MostCached = 256;

    /// <summary>Longest .NET pattern; its length tells what compiling it takes (some 50 µs per character).</summary>
    private const int LongestTranslation = 20_000;

    /// <summary>Linear matching does not get near this; it is the bound on surprises.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private static readonly ConcurrentDictionary<string, Regex> Cache = new(StringComparer.Ordinal);

    /// <summary>The matcher, or what is wrong with the pattern; and what that cost, as part of an evaluation's.</summary>
    internal static bool TryCompile(
        string pattern,
        CelLimits limits,
        [NotNullWhen(true)] out Regex? regex,
        [NotNullWhen(false)] out string? problem,
        out long cost)
    {
        problem = null;
        cost = 0;
        if (Cache.TryGetValue(pattern, out regex)) return true;
        if (pattern.Length > limits.MaxPatternLength)
        {
            problem = string.Create(
                CultureInfo.InvariantCulture, $"The regular expression has {pattern.Length:N0} characters; the limit is {limits.MaxPatternLength:N0}.");
            return false;
        }

        try
        {
            var translation = Re2Translator.Translate(pattern);
            if (translation.Length > LongestTranslation) throw new NotSupportedException();
            cost = 5_000 + translation.Length * 30;
            regex = new Regex(translation, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout);
        }
        catch (PatternException e)
        {
            problem = $"The regular expression '{Shorten(pattern)}' {e.Message}.";
            return false;
        }
        catch (Exception e) when (e is NotSupportedException or RegexParseException)
        {
            problem = $"The regular expression '{Shorten(pattern)}' is too large when its classes and repetitions are written out.";
            return false;
        }

        // Dropping everything now and then is simpler than tracking use, and as good: programs have few patterns.
        if (Cache.Count >= MostCached) Cache.Clear();
        Cache.TryAdd(pattern, regex);
        return true;
    }

    private static string Shorten(string pattern) => pattern.Length > 60 ? pattern[..60] + "…" : pattern;
}
