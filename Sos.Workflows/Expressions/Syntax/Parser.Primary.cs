namespace Sos.Workflows.Expressions.Syntax;

internal ref partial struct Parser
{
    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ];

    private Expr ParsePrimary()
    {
        switch (_token.Kind)
        {
            case TokenKind.Int or TokenKind.UInt or TokenKind.Double:
                return ParseNumber(_token.Start, negative: false);
            case TokenKind.String:
                return TakeLiteral(CelValue.From(Literals.ParseString(Text(_token), _token.Start)));
            case TokenKind.Bytes:
                return TakeLiteral(CelValue.From(Literals.ParseBytes(Text(_token), _token.Start)));
            case TokenKind.True:
                return TakeLiteral(CelValue.True);
            case TokenKind.False:
                return TakeLiteral(CelValue.False);
            case TokenKind.Null:
                return TakeLiteral(CelValue.Null);
            case TokenKind.Identifier:
                return ParseIdentifier(isRooted: false);
            case TokenKind.Dot:
                Take();
                return ParseIdentifier(isRooted: true);
            case TokenKind.LeftParen:
                Take();
                var inner = ParseExpr();
                Expect(TokenKind.RightParen, "')'");
                return inner;
            case TokenKind.LeftBracket:
                return ParseList();
            case TokenKind.LeftBrace:
                return ParseMap();
            default:
                throw Unexpected("a value");
        }
    }

    private Expr ParseNumber(int start, bool negative)
    {
        var text = Text(_token);
        var value = _token.Kind switch
        {
            TokenKind.Int => Literals.ParseInt(text, negative, start),
            TokenKind.UInt => Literals.ParseUInt(text, start),
            _ => Literals.ParseDouble(text, negative, start),
        };
        Take();
        return new LiteralExpr(start, _previousEnd, value);
    }

    private LiteralExpr TakeLiteral(CelValue value)
    {
        var token = Take();
        return new LiteralExpr(token.Start, token.End, value);
    }

    private Expr ParseIdentifier(bool isRooted)
    {
        if (_token.Kind != TokenKind.Identifier) throw Unexpected("a name");
        var token = Take();
        var name = Text(token).ToString();
        if (Reserved.Contains(name))
            throw new SyntaxException(token.Start, $"'{name}' is a reserved word and can't be a variable or function. As a field, write it behind a dot.");
        if (_token.Kind != TokenKind.LeftParen) return new IdentExpr(token.Start, token.End, name, isRooted);
        var arguments = ParseArguments();
        var depth = arguments.Count == 0 ? 1 : Depth(arguments[0], arguments);
        return new CallExpr(token.Start, _previousEnd, depth, null, name, isRooted, arguments);
    }

    private List<Expr> ParseArguments()
    {
        Take();
        var arguments = new List<Expr>();
        if (TryTake(TokenKind.RightParen)) return arguments;
        do arguments.Add(ParseExpr());
        while (TryTake(TokenKind.Comma));
        Expect(TokenKind.RightParen, "',' or ')'");
        return arguments;
    }

    private ListExpr ParseList()
    {
        var start = Take().Start;
        var items = new List<ListItem>();
        while (_token.Kind != TokenKind.RightBracket)
        {
            var isOptional = TryTake(TokenKind.Question);
            items.Add(new ListItem(ParseExpr(), isOptional));
            if (!TryTake(TokenKind.Comma)) break;
        }

        Expect(TokenKind.RightBracket, "',' or ']'");
        return new ListExpr(start, _previousEnd, DepthOf(items.Select(item => item.Value), start), items);
    }

    private MapExpr ParseMap()
    {
        var start = Take().Start;
        var entries = new List<MapEntry>();
        while (_token.Kind != TokenKind.RightBrace)
        {
            var isOptional = TryTake(TokenKind.Question);
            var key = ParseExpr();
            Expect(TokenKind.Colon, "':' and the key's value");
            entries.Add(new MapEntry(key, ParseExpr(), isOptional));
            if (!TryTake(TokenKind.Comma)) break;
        }

        Expect(TokenKind.RightBrace, "',' or '}'");
        var parts = entries.SelectMany(entry => new[] { entry.Key, entry.Value });
        return new MapExpr(start, _previousEnd, DepthOf(parts, start), entries);
    }

    private MessageExpr ParseMessage(Expr type, string typeName)
    {
        Take();
        var fields = new List<MessageField>();
        while (_token.Kind != TokenKind.RightBrace)
        {
            var isOptional = TryTake(TokenKind.Question);
            var name = _token.Kind == TokenKind.QuotedIdentifier
                ? _source[(_token.Start + 1)..(Take().End - 1)].ToString()
                : TakeSelector();
            Expect(TokenKind.Colon, "':' and the field's value");
            fields.Add(new MessageField(name, ParseExpr(), isOptional));
            if (!TryTake(TokenKind.Comma)) break;
        }

        Expect(TokenKind.RightBrace, "',' or '}'");
        var start = type.Position;
        return new MessageExpr(start, _previousEnd, DepthOf(fields.Select(field => field.Value), start), typeName, fields);
    }

    /// <summary>The dotted name before a message's braces, or null when it can't be one.</summary>
    private static string? TypeNameOf(Expr expr) => expr switch
    {
        IdentExpr ident => ident.IsRooted ? "." + ident.Name : ident.Name,
        SelectExpr { IsOptional: false } select when Lexer.IsWord(select.Field) && TypeNameOf(select.Target) is { } prefix =>
            $"{prefix}.{select.Field}",
        _ => null,
    };

    private readonly int DepthOf(IEnumerable<Expr> parts, int position)
    {
        var depth = parts.Select(part => part.Depth).DefaultIfEmpty(0).Max();
        return depth < _maxNesting ? depth + 1 : throw TooDeep(position);
    }

    private readonly ReadOnlySpan<char> Text(Token token) => _source[token.Start..token.End];
}
