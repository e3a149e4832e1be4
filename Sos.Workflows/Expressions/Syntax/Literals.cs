using System.Globalization;
using System.Text;

namespace Sos.Workflows.Expressions.Syntax;

/// <summary>The values of literals.</summary>
internal static class Literals
{
    internal static CelValue ParseInt(ReadOnlySpan<char> text, bool negative, int position)
    {
        if (!TryParseMagnitude(text, out var size) || size > (negative ? 1UL << 63 : long.MaxValue))
            throw new SyntaxException(position, $"{(negative ? "-" : "")}{text} is outside of the range of int.");
        return CelValue.From(negative ? unchecked(-(long)size) : (long)size);
    }

    internal static CelValue ParseUInt(ReadOnlySpan<char> text, int position)
    {
        if (!TryParseMagnitude(text[..^1], out var value))
            throw new SyntaxException(position, $"{text} is outside of the range of uint.");
        return CelValue.From(value);
    }

    internal static CelValue ParseDouble(ReadOnlySpan<char> text, bool negative, int position)
    {
        var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(value)) throw new SyntaxException(position, $"{text} is outside of the range of double.");
        return CelValue.From(negative ? -value : value);
    }

    internal static string ParseString(ReadOnlySpan<char> token, int position)
    {
        var body = Body(token, out var isRaw, out var offset);
        var result = new StringBuilder(body.Length);
        for (var i = 0; i < body.Length;)
        {
            var c = body[i];
            if (c == '\\' && !isRaw)
            {
                var (value, _, length) = ParseEscape(body, i, position + offset, isBytes: false);
                result.Append(new Rune(value).ToString());
                i += length;
            }
            else
            {
                i += AppendVerbatim(body, i, result, position + offset);
            }
        }

        return result.ToString();
    }

    internal static byte[] ParseBytes(ReadOnlySpan<char> token, int position)
    {
        var body = Body(token, out var isRaw, out var offset);
        var result = new List<byte>(body.Length);
        var verbatim = new StringBuilder();
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < body.Length;)
        {
            if (body[i] == '\\' && !isRaw)
            {
                result.AddRange(Encoding.UTF8.GetBytes(verbatim.ToString()));
                verbatim.Clear();
                var (value, isOctet, length) = ParseEscape(body, i, position + offset, isBytes: true);
                if (isOctet) result.Add((byte)value);
                else result.AddRange(utf8[..new Rune(value).EncodeToUtf8(utf8)]);
                i += length;
            }
            else
            {
                i += AppendVerbatim(body, i, verbatim, position + offset);
            }
        }

        result.AddRange(Encoding.UTF8.GetBytes(verbatim.ToString()));
        return [.. result];
    }

    private static bool TryParseMagnitude(ReadOnlySpan<char> text, out ulong value) => text.StartsWith("0x")
        ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static ReadOnlySpan<char> Body(ReadOnlySpan<char> token, out bool isRaw, out int offset)
    {
        var quoteAt = token.IndexOfAny('"', '\'');
        isRaw = quoteAt > 0 && token[quoteAt - 1] is 'r' or 'R';
        var quote = token[quoteAt];
        var isTriple = token.Length - quoteAt >= 6 && token[quoteAt + 1] == quote && token[quoteAt + 2] == quote;
        var delimiter = isTriple ? 3 : 1;
        offset = quoteAt + delimiter;
        return token[offset..^delimiter];
    }

    /// <summary>Copies one character; every kind of line break becomes a line feed.</summary>
    private static int AppendVerbatim(ReadOnlySpan<char> body, int at, StringBuilder result, int position)
    {
        var c = body[at];
        if (c == '\r')
        {
            result.Append('\n');
            return at + 1 < body.Length && body[at + 1] == '\n' ? 2 : 1;
        }

        if (!char.IsSurrogate(c))
        {
            result.Append(c);
            return 1;
        }

        if (at + 1 >= body.Length || !char.IsSurrogatePair(c, body[at + 1]))
            throw new SyntaxException(position + at, "The string has half of a surrogate pair, which is not a character.");
        result.Append(body.Slice(at, 2));
        return 2;
    }

    private static (int Value, bool IsOctet, int Length) ParseEscape(
        ReadOnlySpan<char> body, int at, int position, bool isBytes)
    {
        var c = at + 1 < body.Length ? body[at + 1] : '\0';
        switch (c)
        {
            case '\\' or '?' or '"' or '\'' or '`':
                return (c, true, 2);
            case 'a':
                return ('\a', true, 2);
            case 'b':
                return ('\b', true, 2);
            case 'f':
                return ('\f', true, 2);
            case 'n':
                return ('\n', true, 2);
            case 'r':
                return ('\r', true, 2);
            case 't':
                return ('\t', true, 2);
            case 'v':
                return ('\v', true, 2);
            case 'x' or 'X':
                return (ParseHex(body, at, 2, position), true, 4);
            case 'u':
                return (CheckCodePoint(ParseHex(body, at, 4, position), position + at), false, 6);
            case 'U' when !isBytes:
                return (CheckCodePoint(ParseHex(body, at, 8, position), position + at), false, 10);
            case >= '0' and <= '3':
                return (ParseOctal(body, at, position), true, 4);
            default:
                throw new SyntaxException(
                    position + at,
                    $"'\\{(c == '\0' ? "" : c)}' is not an escape sequence{(isBytes ? " of bytes" : "")}. Write '\\\\' for a backslash, or use a raw string: r\"…\".");
        }
    }

    private static int ParseHex(ReadOnlySpan<char> body, int at, int digits, int position)
    {
        var text = body[Math.Min(at + 2, body.Length)..Math.Min(at + 2 + digits, body.Length)];
        if (text.Length == digits
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && value <= int.MaxValue)
            return (int)value;
        throw new SyntaxException(position + at, $"'\\{body[at + 1]}' needs {digits} hexadecimal digits after it.");
    }

    private static int ParseOctal(ReadOnlySpan<char> body, int at, int position)
    {
        var value = 0;
        for (var i = 1; i <= 3; i++)
        {
            if (at + i >= body.Length || body[at + i] is < '0' or > '7')
                throw new SyntaxException(position + at, "An octal escape needs three digits, from \\000 to \\377.");
            value = value * 8 + (body[at + i] - '0');
        }

        return value;
    }

    private static int CheckCodePoint(int value, int position) => Rune.IsValid(value)
        ? value
        : throw new SyntaxException(position, $"U+{value:X4} is not a Unicode character.");
}
