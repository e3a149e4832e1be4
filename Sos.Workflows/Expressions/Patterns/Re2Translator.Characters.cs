using System.Globalization;
using System.Text;

namespace Sos.Workflows.Expressions.Patterns;

/// <summary>Characters, escapes and classes.</summary>
internal sealed partial class Re2Translator
{
    private void Literal(int codePoint) => _output.Append(new CodePointSet().Add(codePoint, codePoint).ToPattern(false));

    private int TakeCodePoint()
    {
        if (IsAtEnd) throw new PatternException("ends too early");
        Rune.DecodeFromUtf16(_pattern.AsSpan(_at), out var rune, out var length);
        _at += length;
        return rune.Value;
    }

    private void Escape()
    {
        _at++;
        switch (Current)
        {
            case 'A' or 'b' or 'B' or 'z':
                _output.Append('\\').Append(_pattern[_at++]);
                return;
            case 'Q':
                _at++;
                var end = _pattern.IndexOf("\\E", _at, StringComparison.Ordinal);
                var stop = end < 0 ? _pattern.Length : end;
                if (stop == _at) _output.Append("(?:)");
                while (_at < stop) Literal(TakeCodePoint());
                _at = end < 0 ? stop : stop + 2;
                return;
            default:
                if (TryReadClassEscape(out var set)) _output.Append(set.ToPattern(false));
                else Literal(CharacterEscape());
                return;
        }
    }

    /// <summary><c>\d</c>, <c>\pL</c>, <c>\p{Lu}</c>, behind the backslash.</summary>
    private bool TryReadClassEscape(out CodePointSet set)
    {
        set = NamedClasses.FindPerl(Current)!;
        if (set is not null)
        {
            _at++;
            return true;
        }

        if (Current is not ('p' or 'P')) return false;
        var isNegated = _pattern[_at++] == 'P';
        string name;
        if (Current == '{')
        {
            var end = _pattern.IndexOf('}', _at);
            if (end < 0) throw new PatternException("has a '\\p{' without a '}'");
            name = _pattern[(_at + 1)..end];
            _at = end + 1;
        }
        else
        {
            name = IsAtEnd ? "" : _pattern[_at++].ToString();
        }

        if (name.StartsWith('^')) (isNegated, name) = (!isNegated, name[1..]);
        set = NamedClasses.FindUnicode(name, isNegated)
            ?? throw new PatternException($"has the class \\p{{{name}}}. General categories such as \\p{{L}} and \\p{{Nd}} are known; write scripts as ranges, such as [\\x{{370}}-\\x{{3FF}}]");
        return true;
    }

    /// <summary>An escape that stands for one character, behind the backslash.</summary>
    private int CharacterEscape()
    {
        if (IsAtEnd) throw new PatternException("ends with a '\\'");
        var c = _pattern[_at];
        switch (c)
        {
            case 'a':
                _at++;
                return '\a';
            case 'f':
                _at++;
                return '\f';
            case 'n':
                _at++;
                return '\n';
            case 'r':
                _at++;
                return '\r';
            case 't':
                _at++;
                return '\t';
            case 'v':
                _at++;
                return '\v';
            case 'x':
                _at++;
                return HexEscape();
            case '0':
                return OctalEscape(3);
            case >= '1' and <= '7' when _at + 1 < _pattern.Length && _pattern[_at + 1] is >= '0' and <= '7':
                return OctalEscape(3);
            case >= '1' and <= '9':
                throw new PatternException($"refers back to a group with \\{c}, which RE2 does not do");
            default:
                if (!char.IsAscii(c) || char.IsAsciiLetterOrDigit(c) || char.IsControl(c))
                    throw new PatternException($"has the escape '\\{c}', which RE2 does not know");
                _at++;
                return c;
        }
    }

    private int OctalEscape(int most)
    {
        var value = 0;
        for (var i = 0; i < most && Current is >= '0' and <= '7'; i++) value = value * 8 + (_pattern[_at++] - '0');
        return value;
    }

    private int HexEscape()
    {
        var end = _at + 2;
        var start = _at;
        if (Current == '{')
        {
            start++;
            end = _pattern.IndexOf('}', _at);
        }

        if (end < start || end > _pattern.Length
            || !int.TryParse(_pattern.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || !Rune.IsValid(value))
            throw new PatternException("has a '\\x' without a character's number behind it, such as \\x7F or \\x{10FFFF}");
        _at = Current == '{' ? end + 1 : end;
        return value;
    }

    private void Class()
    {
        _at++;
        var isNegated = Current == '^';
        if (isNegated) _at++;
        var set = new CodePointSet();
        for (var isFirst = true; isFirst || Current != ']'; isFirst = false)
        {
            if (IsAtEnd) throw new PatternException("has a '[' without a ']'");
            if (TryReadPosixClass(set)) continue;
            if (Current == '\\')
            {
                _at++;
                if (TryReadClassEscape(out var named))
                {
                    set.Add(named);
                    continue;
                }

                _at--;
            }

            AddRange(set);
        }

        _at++;
        _output.Append(set.ToPattern(isNegated));
    }

    private void AddRange(CodePointSet set)
    {
        var start = _at;
        var first = ClassCharacter();
        var last = first;
        if (Current == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
        {
            _at++;
            last = ClassCharacter();
        }

        if (last < first) throw new PatternException($"has the range '{_pattern[start.._at]}', whose end is before its start");
        set.Add(first, last);
    }

    private int ClassCharacter()
    {
        if (Current != '\\') return TakeCodePoint();
        _at++;
        return CharacterEscape();
    }

    private bool TryReadPosixClass(CodePointSet set)
    {
        if (!_pattern.AsSpan(_at).StartsWith("[:")) return false;
        var end = _pattern.IndexOf(":]", _at, StringComparison.Ordinal);
        if (end < 0) return false;
        var name = _pattern[(_at + 2)..end];
        var isNegated = name.StartsWith('^');
        var named = NamedClasses.FindPosix(isNegated ? name[1..] : name)
            ?? throw new PatternException($"has the class [:{name}:], which RE2 does not know");
        set.Add(isNegated ? named.Negate() : named);
        _at = end + 2;
        return true;
    }
}
