using System.Text.RegularExpressions;

namespace Sos.Executors.Models.Providers.Demo;

/// <summary>
/// Answers a question from numbered sources that stand before it (<c>[1] …</c>, then <c>Question: …</c>): quotes the
/// sentence that shares most words with the question, rare ones counting more, and cites its source.
/// </summary>
internal static partial class DemoReading
{
    private const int MaxText = 200_000;
    private const int MinWord = 3;

    /// <summary>The answer; null where the text is no such question.</summary>
    public static string? Answer(string text)
    {
        var at = text.LastIndexOf("\nQuestion:", StringComparison.Ordinal);
        if (at < 0 || text.Length > MaxText)
            return null;
        var sources = Source().Matches(text[..at]);
        if (sources.Count == 0)
            return null;
        var question = Words(text[(at + "\nQuestion:".Length)..]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var sentences = sources
            .SelectMany(s => Sentence().Split(s.Groups["text"].Value).Select(t => (Number: s.Groups["number"].Value, Text: t.Trim())))
            .Where(s => s.Text.Length > 0)
            .Select(s => (s.Number, s.Text, Words: Words(s.Text).ToHashSet(StringComparer.OrdinalIgnoreCase)))
            .ToArray();
        var best = sentences
            .Select(s => (s.Number, s.Text, Score: s.Words.Where(question.Contains).Sum(w => 1.0 / sentences.Count(o => o.Words.Contains(w)))))
            .MaxBy(s => s.Score);
        return best.Score > 0 ? $"{best.Text} [{best.Number}]" : "The sources do not answer that.";
    }

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(m => m.Value).Where(w => w.Length >= MinWord);

    [GeneratedRegex(@"^\[(?<number>\d{1,5})\] [^\n]*\n(?<text>[\s\S]*?)(?=^\[\d{1,5}\] |\z)", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Source();

    [GeneratedRegex(@"(?<=[.!?])\s+|\n{2,}", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
