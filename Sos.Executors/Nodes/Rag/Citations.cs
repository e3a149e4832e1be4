using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Executors.Nodes.Rag;

/// <summary>The citations of an answer, such as <c>[1]</c> or <c>[1, 3]</c>, held against the sources that there are.</summary>
/// <param name="Answer">The answer without citations of sources that do not exist.</param>
/// <param name="Cited">The sources it cites, in the order of their first citation.</param>
/// <param name="Invalid">Numbers it cited that no source has.</param>
internal sealed partial record Citations(string Answer, IReadOnlyList<int> Cited, IReadOnlyList<int> Invalid)
{
    // So far above the sources, a number in brackets is a year or a part of a text rather than a citation.
    private const int FarAbove = 50;

    /// <summary>Checks an answer.</summary>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="sources">How many sources it was given, numbered from 1.</param>
    /// <remarks>What stands in code is no citation. What follows a name, as an index does, and a number far above the sources, such as a year, is not taken out.</remarks>
    public static Citations Check(string answer, int sources)
    {
        var cited = new List<int>();
        var invalid = new List<int>();
        var indexed = -1; // where brackets ended that follow a name, as in rows[1][2]
        var kept = Brackets().Replace(answer, match =>
        {
            if (!match.Groups["number"].Success)
                return match.Value;
            var numbers = match.Groups["number"].Captures.Select(c => int.Parse(c.Value, CultureInfo.InvariantCulture)).ToList();
            var valid = numbers.Where(n => n <= sources).ToList();
            var isIndex = IsIndex(match.Index);
            if (isIndex)
                indexed = match.Index + match.Length;
            // "28 days[1]" is a citation all the same, where there is such a source.
            if (isIndex && valid.Count < numbers.Count)
                return match.Value;
            cited.AddRange(valid.Except(cited));
            invalid.AddRange(numbers.Where(n => n > sources).Except(invalid));
            return valid.Count == numbers.Count || numbers.Exists(n => n > sources + FarAbove) ? match.Value
                : valid.Count == 0 ? ""
                : $"{match.Groups["space"].Value}[{string.Join(", ", valid)}]";
        });
        return new Citations(kept, cited, invalid);

        bool IsIndex(int at) => at > 0 && answer[at] == '[' && (at == indexed || char.IsLetterOrDigit(answer[at - 1]) || answer[at - 1] is '_' or ')');
    }

    // Code comes first, so that nothing in it is looked at. Not the text of a Markdown link, and no [0], which is more likely code.
    [GeneratedRegex(@"```[\s\S]*?(```|\z)|(?<!`)(?<ticks>`{1,2})(?!`)[^\n]*?(?<!`)\k<ticks>(?!`)|(?<space>[ \t]*)\[\s*(?<number>[1-9]\d{0,4})(?:\s*[,;]\s*(?<number>[1-9]\d{0,4}))*\s*\](?!\()", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Brackets();
}
