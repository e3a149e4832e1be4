using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Executors.Nodes.Rag;

/// <summary>The citations of an answer, such as <c>[1]</c> or <c>[1, 3]</c>, held against the sources that there are.</summary>
/// <param name="Answer">The answer without citations of sources that do not exist.</param>
/// <param name="Cited">The sources it cites, in the order of their first citation.</param>
/// <param name="Invalid">Numbers it cited that no source has.</param>
internal sealed partial record Citations(string Answer, IReadOnlyList<int> Cited, IReadOnlyList<int> Invalid)
{
    /// <summary>Checks an answer.</summary>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="sources">How many sources it was given, numbered from 1.</param>
    public static Citations Check(string answer, int sources)
    {
        var cited = new List<int>();
        var invalid = new List<int>();
        var kept = Brackets().Replace(answer, match =>
        {
            var numbers = match.Groups["number"].Captures.Select(c => int.Parse(c.Value, CultureInfo.InvariantCulture)).ToList();
            var valid = numbers.Where(n => n <= sources).ToList();
            cited.AddRange(valid.Except(cited));
            invalid.AddRange(numbers.Where(n => n > sources).Except(invalid));
            return valid.Count == numbers.Count ? match.Value
                : valid.Count == 0 ? ""
                : $"{match.Groups["space"].Value}[{string.Join(", ", valid)}]";
        });
        return new Citations(kept, cited, invalid);
    }

    // Not the text of a Markdown link, and no [0], which is more likely code.
    [GeneratedRegex(@"(?<space>[ \t]*)\[\s*(?<number>[1-9]\d{0,4})(?:\s*[,;]\s*(?<number>[1-9]\d{0,4}))*\s*\](?!\()", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Brackets();
}
