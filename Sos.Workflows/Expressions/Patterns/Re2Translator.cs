using System.Globalization;
using System.Text;

namespace Sos.Workflows.Expressions.Patterns;

/// <summary>
/// Rewrites a pattern in RE2's syntax as one of .NET's with the same meaning: characters are code points, classes such
/// as <c>\d</c> are ASCII, <c>$</c> is the very end, and what only backtracking can do is refused.
/// </summary>
internal sealed partial class Re2Translator
{
    private const int MostRepetitions = 1_000;
    private const int DeepestNesting = 100;

    private readonly string _pattern;
    private readonly StringBuilder _output = new();
    private readonly HashSet<string> _groupNames = new(StringComparer.Ordinal);
    private int _at;
    private int _depth;

    private Re2Translator(string pattern) => _pattern = pattern;

    private char Current => _at < _pattern.Length ? _pattern[_at] : '\0';

    private bool IsAtEnd => _at >= _pattern.Length;

    /// <exception cref="PatternException">The pattern is not RE2 syntax.</exception>
    internal static string Translate(string pattern)
    {
        var translator = new Re2Translator(pattern);
        translator.Alternation(default);
        return translator.IsAtEnd ? translator._output.ToString() : throw new PatternException("has a ')' without a '('");
    }

    /// <summary>Gives the highest number of repetitions inside, multiplied through the nesting.</summary>
    private int Alternation(Flags flags)
    {
        if (++_depth > DeepestNesting) throw new PatternException($"is nested more than {DeepestNesting} levels deep");
        var most = 1;
        while (!IsAtEnd && Current != ')')
        {
            if (Current == '|')
            {
                _output.Append('|');
                _at++;
                continue;
            }

            most = Math.Max(most, Repeated(ref flags));
        }

        _depth--;
        return most;
    }

    private int Repeated(ref Flags flags)
    {
        if (TrySetFlags(ref flags)) return 1;
        var start = _output.Length;
        var inner = Atom(flags);
        if (!TryReadQuantifier(out var quantifier, out var count)) return inner;
        if ((long)count * inner > MostRepetitions) throw new PatternException($"repeats something more than {MostRepetitions} times");
        var isLazy = flags.IsSwapped;
        if (Current == '?' && !IsAtEnd)
        {
            isLazy = !isLazy;
            _at++;
        }

        if (TryReadQuantifier(out _, out _)) throw new PatternException("has a repetition of a repetition, such as 'a**'");
        _output.Insert(start, "(?:").Append(')').Append(quantifier).Append(isLazy ? "?" : "");
        return Math.Max(1, count) * inner;
    }

    private bool TryReadQuantifier(out string quantifier, out int count)
    {
        count = 1;
        quantifier = "";
        if (IsAtEnd) return false;
        if (Current is '*' or '+' or '?')
        {
            quantifier = _pattern[_at++].ToString();
            return true;
        }

        var end = _pattern.IndexOf('}', _at);
        if (Current != '{' || end < 0) return false;
        var bounds = _pattern[(_at + 1)..end].Split(',');
        if (bounds.Length > 2 || !TryReadBound(bounds[0], out var least)) return false;
        var most = least;
        if (bounds.Length == 2 && bounds[1].Length > 0 && !TryReadBound(bounds[1], out most)) return false;
        if (least > MostRepetitions || most > MostRepetitions) throw new PatternException($"repeats something more than {MostRepetitions} times");
        if (most < least) throw new PatternException($"has the repetition {_pattern[_at..(end + 1)]}, whose second number is smaller");
        quantifier = _pattern[_at..(end + 1)];
        count = most;
        _at = end + 1;
        return true;
    }

    private static bool TryReadBound(string text, out int value)
    {
        value = 0;
        if (text.Length == 0 || !text.All(char.IsAsciiDigit)) return false;
        value = text.Length > 6 ? int.MaxValue : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    private int Atom(Flags flags)
    {
        switch (Current)
        {
            case '(':
                return Group(flags);
            case '[':
                Class();
                return 1;
            case '.':
                _at++;
                var lineFeed = new CodePointSet().Add('\n', '\n');
                _output.Append(flags.DotAll ? CodePointSet.All.ToPattern(false) : lineFeed.ToPattern(true));
                return 1;
            case '^':
                _at++;
                _output.Append(flags.Multiline ? "(?m:^)" : "\\A");
                return 1;
            case '$':
                _at++;
                _output.Append(flags.Multiline ? "(?m:$)" : "\\z");
                return 1;
            case '*' or '+' or '?':
                throw new PatternException($"has a '{Current}' with nothing to repeat before it");
            case '\\':
                Escape();
                return 1;
            default:
                Literal(TakeCodePoint());
                return 1;
        }
    }

    private int Group(Flags flags)
    {
        _at++;
        if (Current == '?' && !IsAtEnd) flags = GroupPrefix(flags);
        else _output.Append('(');
        var most = Alternation(flags);
        if (IsAtEnd) throw new PatternException("has a '(' without a ')'");
        _at++;
        _output.Append(')');
        return most;
    }

    /// <summary>What follows <c>(?</c>. Named groups become plain ones, so that all are numbered from left to right.</summary>
    private Flags GroupPrefix(Flags flags)
    {
        _at++;
        var isNamed = Current == 'P' || (Current == '<' && _at + 1 < _pattern.Length && _pattern[_at + 1] is not ('=' or '!'));
        if (!isNamed)
        {
            if (Current is '=' or '!' or '<') throw new PatternException("looks ahead or behind, which RE2 does not do");
            var isOn = true;
            flags = ReadFlags(flags, ref isOn);
            if (Current != ':') throw UnknownGroup();
            _at++;
            _output.Append(flags.IgnoreCase ? "(?i:" : "(?-i:");
            return flags;
        }

        if (Current == 'P') _at++;
        var end = _pattern.IndexOf('>', _at);
        if (Current != '<' || end < 0) throw UnknownGroup();
        var name = _pattern[(_at + 1)..end];
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')) throw new PatternException($"has the group name '{name}', which is not a name");
        if (!_groupNames.Add(name)) throw new PatternException($"has two groups named '{name}'");
        _at = end + 1;
        _output.Append('(');
        return flags;
    }

    /// <summary><c>(?i)</c> and the like, which hold until the end of the group.</summary>
    private bool TrySetFlags(ref Flags flags)
    {
        if (!_pattern.AsSpan(_at).StartsWith("(?")) return false;
        var end = _at + 2;
        while (end < _pattern.Length && _pattern[end] is 'i' or 'm' or 's' or 'U' or '-') end++;
        if (end >= _pattern.Length || _pattern[end] != ')' || end == _at + 2) return false;
        _at += 2;
        var isOn = true;
        flags = ReadFlags(flags, ref isOn);
        _at++;
        _output.Append(flags.IgnoreCase ? "(?i)" : "(?-i)");
        return true;
    }

    private Flags ReadFlags(Flags flags, ref bool isOn)
    {
        while (true)
        {
            switch (Current)
            {
                case 'i':
                    flags = flags with { IgnoreCase = isOn };
                    break;
                case 'm':
                    flags = flags with { Multiline = isOn };
                    break;
                case 's':
                    flags = flags with { DotAll = isOn };
                    break;
                case 'U':
                    flags = flags with { IsSwapped = isOn };
                    break;
                case '-' when isOn:
                    isOn = false;
                    break;
                default:
                    return flags;
            }

            _at++;
        }
    }

    private static PatternException UnknownGroup() =>
        new("has a group that RE2 does not know. There are (…), (?:…), (?P<name>…) and (?flags:…) with the flags i, m, s and U");

    private readonly record struct Flags(bool IgnoreCase, bool Multiline, bool DotAll, bool IsSwapped);
}
