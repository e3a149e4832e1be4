using System.Globalization;

namespace Sos.Workflows.Expressions.Syntax;

/// <summary>Cuts a source into tokens, one at a time.</summary>
internal ref struct Lexer(ReadOnlySpan<char> source, int start = 0)
{
    private readonly ReadOnlySpan<char> _source = source;

    /// <summary>Where the next token is looked for.</summary>
    internal int Position { get; private set; } = start;

    internal Token Next()
    {
        SkipBlanks();
        var start = Position;
        if (start >= _source.Length) return new Token(TokenKind.End, start, start);
        var c = _source[start];
        if (IsQuote(c)) return LexQuoted(start, start, isBytes: false, isRaw: false);
        if (IsLetter(c)) return LexWord(start);
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1)))) return LexNumber(start);
        return c == '`' ? LexQuotedIdentifier(start) : LexSymbol(start, c);
    }

    internal static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';

    internal static bool IsWord(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || !IsLetter(text[0])) return false;
        foreach (var c in text)
        {
            if (!IsLetter(c) && !char.IsAsciiDigit(c)) return false;
        }

        return true;
    }

    /// <summary>Whether a name can be written between backticks.</summary>
    internal static bool IsQuotable(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!IsLetter(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-' or '/' or ' ')) return false;
        }

        return !name.IsEmpty;
    }

    private static bool IsQuote(char c) => c is '"' or '\'';

    private readonly char Peek(int ahead) => Position + ahead < _source.Length ? _source[Position + ahead] : '\0';

    private void SkipBlanks()
    {
        while (Position < _source.Length)
        {
            var c = _source[Position];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f')
            {
                Position++;
            }
            else if (c == '/' && Peek(1) == '/')
            {
                var length = _source[Position..].IndexOf('\n');
                Position = length < 0 ? _source.Length : Position + length;
            }
            else
            {
                return;
            }
        }
    }

    private Token LexWord(int start)
    {
        var prefix = _source[start..Math.Min(start + 3, _source.Length)];
        for (var i = 1; i < prefix.Length && i <= 2; i++)
        {
            if (!IsQuote(prefix[i])) continue;
            if (IsLiteralPrefix(prefix[..i], out var isBytes, out var isRaw)) return LexQuoted(start, start + i, isBytes, isRaw);
            break;
        }

        while (Position < _source.Length && (IsLetter(_source[Position]) || char.IsAsciiDigit(_source[Position]))) Position++;
        var kind = _source[start..Position] switch
        {
            "true" => TokenKind.True,
            "false" => TokenKind.False,
            "null" => TokenKind.Null,
            "in" => TokenKind.In,
            _ => TokenKind.Identifier,
        };
        return new Token(kind, start, Position);
    }

    private static bool IsLiteralPrefix(ReadOnlySpan<char> prefix, out bool isBytes, out bool isRaw)
    {
        isBytes = prefix[0] is 'b' or 'B';
        isRaw = prefix[^1] is 'r' or 'R';
        return prefix.Length == 1 ? isBytes || isRaw : isBytes && isRaw;
    }

    private Token LexQuoted(int start, int quoteAt, bool isBytes, bool isRaw)
    {
        var quote = _source[quoteAt];
        var delimiterLength = _source[quoteAt..].StartsWith([quote, quote, quote]) ? 3 : 1;
        var at = quoteAt + delimiterLength;
        while (at < _source.Length)
        {
            var c = _source[at];
            if (c == quote && (delimiterLength == 1 || _source[at..].StartsWith([quote, quote, quote])))
            {
                Position = at + delimiterLength;
                return new Token(isBytes ? TokenKind.Bytes : TokenKind.String, start, Position);
            }

            if (delimiterLength == 1 && c is '\n' or '\r')
            {
                throw new SyntaxException(
                    start, $"The string has no closing {quote} on its line. Write \\n for a line break, or use {quote}{quote}{quote}.");
            }

            if (c == '\\' && !isRaw) at++;
            at++;
        }

        throw new SyntaxException(start, $"The string has no closing {new string(quote, delimiterLength)}.");
    }

    private Token LexNumber(int start)
    {
        if (_source[start] == '0' && Peek(1) == 'x' && char.IsAsciiHexDigit(Peek(2)))
        {
            Position += 2;
            while (char.IsAsciiHexDigit(Peek(0))) Position++;
            return FinishInteger(start);
        }

        SkipDigits();
        var isDouble = false;
        if (Peek(0) == '.' && char.IsAsciiDigit(Peek(1)))
        {
            isDouble = true;
            Position++;
            SkipDigits();
        }

        if (Peek(0) is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            isDouble = true;
            Position += 2;
            SkipDigits();
        }

        if (!isDouble) return FinishInteger(start);
        RefuseTrailingLetter(start);
        return new Token(TokenKind.Double, start, Position);
    }

    private Token FinishInteger(int start)
    {
        var kind = TokenKind.Int;
        if (Peek(0) is 'u' or 'U')
        {
            kind = TokenKind.UInt;
            Position++;
        }

        RefuseTrailingLetter(start);
        return new Token(kind, start, Position);
    }

    private readonly void RefuseTrailingLetter(int start)
    {
        if (!IsLetter(Peek(0))) return;
        var end = Position;
        while (end < _source.Length && (IsLetter(_source[end]) || char.IsAsciiDigit(_source[end]))) end++;
        throw new SyntaxException(start, $"'{_source[start..end]}' is not a number.");
    }

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Peek(0))) Position++;
    }

    private Token LexQuotedIdentifier(int start)
    {
        var length = _source[(start + 1)..].IndexOf('`');
        if (length < 0) throw new SyntaxException(start, "The quoted field name has no closing `.");
        if (!IsQuotable(_source.Slice(start + 1, length)))
            throw new SyntaxException(start, "A quoted field name may contain letters, digits and _ . - / and blanks. Use [\"…\"] for other names.");
        Position = start + length + 2;
        return new Token(TokenKind.QuotedIdentifier, start, Position);
    }

    private Token LexSymbol(int start, char c)
    {
        var next = Peek(1);
        var (kind, length) = (c, next) switch
        {
            ('=', '=') => (TokenKind.Equal, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('&', '&') => (TokenKind.And, 2),
            ('|', '|') => (TokenKind.Or, 2),
            ('(', _) => (TokenKind.LeftParen, 1),
            (')', _) => (TokenKind.RightParen, 1),
            ('[', _) => (TokenKind.LeftBracket, 1),
            (']', _) => (TokenKind.RightBracket, 1),
            ('{', _) => (TokenKind.LeftBrace, 1),
            ('}', _) => (TokenKind.RightBrace, 1),
            ('.', _) => (TokenKind.Dot, 1),
            (',', _) => (TokenKind.Comma, 1),
            (':', _) => (TokenKind.Colon, 1),
            ('?', _) => (TokenKind.Question, 1),
            ('+', _) => (TokenKind.Plus, 1),
            ('-', _) => (TokenKind.Minus, 1),
            ('*', _) => (TokenKind.Star, 1),
            ('/', _) => (TokenKind.Slash, 1),
            ('%', _) => (TokenKind.Percent, 1),
            ('!', _) => (TokenKind.Not, 1),
            ('<', _) => (TokenKind.Less, 1),
            ('>', _) => (TokenKind.Greater, 1),
            _ => throw Unexpected(start, c),
        };
        Position += length;
        return new Token(kind, start, Position);
    }

    private static SyntaxException Unexpected(int start, char c) => new(start, c switch
    {
        '=' => "Found '=', which CEL does not have. Compare with '=='.",
        '&' => "Found '&'. Did you mean '&&'?",
        '|' => "Found '|'. Did you mean '||'?",
        _ when char.IsControl(c) || char.IsSurrogate(c) =>
            string.Create(CultureInfo.InvariantCulture, $"Found a character that has no meaning here (U+{(int)c:X4})."),
        _ => $"Found '{c}', which has no meaning here.",
    });
}
