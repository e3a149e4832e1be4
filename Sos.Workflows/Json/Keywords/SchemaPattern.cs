using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sos.Workflows.Json.Keywords;

/// <summary>
/// A regular expression of a schema (ECMA-262), matched in time linear in the text. What needs backtracking
/// (look-around, back references) is refused.
/// </summary>
internal sealed partial class SchemaPattern
{
    private const int MaxLength = 1_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    // Unicode's names of the categories that have short names in .NET.
    private static readonly FrozenDictionary<string, string> LongCategories = new Dictionary<string, string>
    {
        ["Letter"] = "L", ["Uppercase_Letter"] = "Lu", ["Lowercase_Letter"] = "Ll", ["Number"] = "N", ["Decimal_Number"] = "Nd",
        ["digit"] = "Nd", ["Punctuation"] = "P", ["punct"] = "P", ["Symbol"] = "S", ["Separator"] = "Z", ["Space_Separator"] = "Zs", ["Mark"] = "M",
    }.ToFrozenDictionary();

    private readonly Regex regex;

    private SchemaPattern(string source)
    {
        Source = source;
        regex = new Regex(Translate(source), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout);
    }

    /// <summary>The expression as the schema has it.</summary>
    public string Source { get; }

    /// <summary>Whether the expression matches anywhere in a text.</summary>
    /// <exception cref="RegexMatchTimeoutException">It took more than 250 ms.</exception>
    public bool IsMatch(string text) => regex.IsMatch(text);

    public static bool TryCreate(string source, [NotNullWhen(true)] out SchemaPattern? pattern, [NotNullWhen(false)] out string? problem)
    {
        pattern = null;
        problem = null;
        if (source.Length > MaxLength)
        {
            problem = $"A pattern may have {MaxLength} characters; this one has {source.Length}.";
            return false;
        }
        try
        {
            pattern = new SchemaPattern(source);
            return true;
        }
        catch (ArgumentException e)
        {
            problem = $"{JsonWords.Quote(source)} is not a regular expression: {e.Message}";
            return false;
        }
        catch (FormatException e)
        {
            problem = $"{JsonWords.Quote(source)} is not a regular expression: {e.Message}";
            return false;
        }
        catch (NotSupportedException)
        {
            problem = $"{JsonWords.Quote(source)} uses look-around, a back reference, an atomic group or a very large repetition, which can't be matched in linear time. Write it without them.";
            return false;
        }
    }

    /// <summary>
    /// Says in .NET's syntax what ECMA-262 means: <c>\d</c> and <c>\w</c> are ASCII, <c>$</c> is the very end,
    /// <c>.</c> is no line end of any kind, and <c>[</c> in a class is itself.
    /// </summary>
    private static string Translate(string source)
    {
        var result = new StringBuilder(source.Length + 16);
        var inClass = false;
        for (var i = 0; i < source.Length; i++)
        {
            switch (source[i])
            {
                case '\\' when i + 3 < source.Length && source[i + 1] is 'p' or 'P' && source[i + 2] == '{' && source.IndexOf('}', i) is > 0 and var end:
                    var category = source[(i + 3)..end];
                    result.Append(CultureInfo.InvariantCulture, $"\\{source[i + 1]}{{{LongCategories.GetValueOrDefault(category, category)}}}");
                    i = end;
                    break;
                case '\\' when i + 1 < source.Length:
                    result.Append((source[++i], inClass) switch
                    {
                        ('d', false) => "[0-9]",
                        ('d', true) => "0-9",
                        ('D', false) => "[^0-9]",
                        ('w', false) => "[0-9A-Za-z_]",
                        ('w', true) => "0-9A-Za-z_",
                        ('W', false) => "[^0-9A-Za-z_]",
                        ('/', _) => "/",
                        _ => $"\\{source[i]}",
                    });
                    break;
                case '(' when !inClass && source.AsSpan(i + 1).StartsWith("?") && !GroupStart.IsMatch(source.AsSpan(i)):
                    throw new FormatException($"'{source[i..Math.Min(i + 4, source.Length)]}' starts no group that ECMA-262 has.");
                case '[' when inClass:
                    result.Append(@"\[");
                    break;
                case '[':
                    inClass = true;
                    result.Append('[');
                    if (i + 1 < source.Length && source[i + 1] == '^')
                        result.Append(source[++i]);
                    break;
                case ']' when inClass:
                    inClass = false;
                    result.Append(']');
                    break;
                case '$' when !inClass:
                    result.Append(@"\z");
                    break;
                case '.' when !inClass:
                    result.Append(@"[^\n\r\u2028\u2029]");
                    break;
                case var other:
                    result.Append(other);
                    break;
            }
        }
        return result.ToString();
    }

    [GeneratedRegex(@"\G\(\?(:|=|!|<=|<!|<[A-Za-z_$])", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex GroupStart { get; }
}
