using System.Globalization;
using System.Runtime.CompilerServices;

namespace Sos.Workflows.Expressions.Syntax;

/// <summary>Parses a source by recursive descent; bounded in length and depth.</summary>
internal ref partial struct Parser
{
    private const int DeepestNesting = 500;

    private readonly ReadOnlySpan<char> _source;
    private readonly int _maxNesting;
    private Lexer _lexer;
    private Token _token;
    private int _previousEnd;
    private int _depth;

    private Parser(string source, CelLimits limits)
    {
        _source = source;
        _maxNesting = Math.Min(limits.MaxNesting, DeepestNesting);
        _lexer = new Lexer(source);
        _token = _lexer.Next();
    }

    /// <exception cref="SyntaxException">The source is not an expression, or too large.</exception>
    internal static Expr Parse(string source, CelLimits limits)
    {
        if (source.Length > limits.MaxSourceLength)
        {
            throw new SyntaxException(
                limits.MaxSourceLength,
                string.Create(CultureInfo.InvariantCulture, $"The expression has {source.Length:N0} characters; the limit is {limits.MaxSourceLength:N0}."),
                CelErrorCodes.Limit);
        }

        var parser = new Parser(source, limits);
        if (parser._token.Kind == TokenKind.End) throw new SyntaxException(parser._token.Start, "The expression is empty.");
        var expr = parser.ParseExpr();
        if (parser._token.Kind != TokenKind.End) throw parser.Unexpected("an operator or the end of the expression");
        return expr;
    }

    private Expr ParseExpr()
    {
        Enter();
        var condition = ParseBinary(1);
        if (_token.Kind == TokenKind.Question)
        {
            var at = Take();
            var whenTrue = ParseBinary(1);
            Expect(TokenKind.Colon, "':' and the value for the other case");
            var whenFalse = ParseExpr();
            condition = new ConditionalExpr(
                at.Start, _previousEnd, Depth(condition, whenTrue, whenFalse), condition, whenTrue, whenFalse);
        }

        _depth--;
        return condition;
    }

    private Expr ParseBinary(int lowest)
    {
        var left = ParseUnary();
        while (true)
        {
            var precedence = Operators.PrecedenceOf(_token.Kind);
            if (precedence == 0 || precedence < lowest) return left;
            var op = Take();
            var right = ParseBinary(precedence + 1);
            left = new BinaryExpr(op.Start, _previousEnd, Depth(left, right), op.Kind, left, right);
        }
    }

    private Expr ParseUnary()
    {
        if (_token.Kind is not (TokenKind.Not or TokenKind.Minus)) return ParseMember(null);
        var first = _token;
        var count = 0;
        while (_token.Kind == first.Kind)
        {
            var op = Take();
            // The minus next to a number is the number's sign.
            if (op.Kind == TokenKind.Minus && _token.Kind is TokenKind.Int or TokenKind.Double)
                return Repeat(first, count, ParseMember(op));
            count++;
        }

        return Repeat(first, count, ParseMember(null));
    }

    private Expr Repeat(Token op, int count, Expr operand)
    {
        // An operator applied twice cancels out for every value it accepts, but not for one that it refuses.
        var times = count > 2 ? 2 - (count & 1) : count;
        for (var i = 0; i < times; i++)
            operand = new UnaryExpr(op.Start, operand.End, Depth(operand), op.Kind, operand);
        return operand;
    }

    private Expr ParseMember(Token? sign)
    {
        var expr = sign is { } minus ? ParseNumber(minus.Start, negative: true) : ParsePrimary();
        while (true)
        {
            switch (_token.Kind)
            {
                case TokenKind.Dot:
                    expr = ParseSelection(expr);
                    break;
                case TokenKind.LeftBracket:
                    expr = ParseIndex(expr);
                    break;
                case TokenKind.LeftBrace when TypeNameOf(expr) is { } typeName:
                    expr = ParseMessage(expr, typeName);
                    break;
                default:
                    return expr;
            }
        }
    }

    private Expr ParseSelection(Expr target)
    {
        Take();
        var isOptional = TryTake(TokenKind.Question);
        var at = _token.Start;
        if (_token.Kind == TokenKind.QuotedIdentifier)
        {
            var quoted = Take();
            var name = _source[(quoted.Start + 1)..(quoted.End - 1)].ToString();
            return new SelectExpr(at, _previousEnd, Depth(target), target, name, isOptional);
        }

        var field = TakeSelector();
        if (isOptional || _token.Kind != TokenKind.LeftParen)
            return new SelectExpr(at, _previousEnd, Depth(target), target, field, isOptional);
        var arguments = ParseArguments();
        return new CallExpr(at, _previousEnd, Depth(target, arguments), target, field, false, arguments);
    }

    private Expr ParseIndex(Expr target)
    {
        var at = Take().Start;
        var isOptional = TryTake(TokenKind.Question);
        var index = ParseExpr();
        Expect(TokenKind.RightBracket, "']'");
        return new IndexExpr(at, _previousEnd, Depth(target, index), target, index, isOptional);
    }

    private void Enter()
    {
        if (++_depth > _maxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw TooDeep(_token.Start);
    }

    private readonly int Depth(params ReadOnlySpan<Expr> parts)
    {
        var depth = 0;
        foreach (var part in parts) depth = Math.Max(depth, part.Depth);
        return depth < _maxNesting ? depth + 1 : throw TooDeep(parts[0].Position);
    }

    private readonly int Depth(Expr first, IReadOnlyList<Expr> others)
    {
        var depth = first.Depth;
        foreach (var part in others) depth = Math.Max(depth, part.Depth);
        return depth < _maxNesting ? depth + 1 : throw TooDeep(first.Position);
    }

    private readonly SyntaxException TooDeep(int position) =>
        new(position, string.Create(CultureInfo.InvariantCulture, $"The expression is nested more than {_maxNesting} levels deep."), CelErrorCodes.Limit);

    private Token Take()
    {
        var token = _token;
        _previousEnd = token.End;
        _token = _lexer.Next();
        return token;
    }

    private bool TryTake(TokenKind kind)
    {
        if (_token.Kind != kind) return false;
        Take();
        return true;
    }

    private void Expect(TokenKind kind, string what)
    {
        if (!TryTake(kind)) throw Unexpected(what);
    }

    /// <summary>A field or function name behind a dot, where reserved words are allowed.</summary>
    private string TakeSelector()
    {
        if (_token.Kind != TokenKind.Identifier) throw Unexpected("a field name");
        var token = Take();
        return _source[token.Start..token.End].ToString();
    }

    private readonly SyntaxException Unexpected(string expected)
    {
        if (_token.Kind == TokenKind.End) return new(_token.Start, $"The expression ends where {expected} should be.");
        var text = _source[_token.Start..Math.Min(_token.End, _token.Start + 40)];
        return new(_token.Start, $"Found '{text}' where {expected} should be.");
    }
}
