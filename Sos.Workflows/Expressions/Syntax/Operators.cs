namespace Sos.Workflows.Expressions.Syntax;

/// <summary>The operators between two operands: how tightly they bind, and how they are written.</summary>
internal static class Operators
{
    internal const int Relation = 3;

    internal const int Highest = 5;

    /// <summary>From 1 (<c>||</c>) to 5 (<c>*</c>); 0 for any other token.</summary>
    internal static int PrecedenceOf(TokenKind kind) => kind switch
    {
        TokenKind.Or => 1,
        TokenKind.And => 2,
        TokenKind.Equal or TokenKind.NotEqual or TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater
            or TokenKind.GreaterOrEqual or TokenKind.In => Relation,
        TokenKind.Plus or TokenKind.Minus => 4,
        TokenKind.Star or TokenKind.Slash or TokenKind.Percent => Highest,
        _ => 0,
    };

    internal static string SymbolOf(TokenKind kind) => kind switch
    {
        TokenKind.Or => "||",
        TokenKind.And => "&&",
        TokenKind.Equal => "==",
        TokenKind.NotEqual => "!=",
        TokenKind.Less => "<",
        TokenKind.LessOrEqual => "<=",
        TokenKind.Greater => ">",
        TokenKind.GreaterOrEqual => ">=",
        TokenKind.In => "in",
        TokenKind.Plus => "+",
        TokenKind.Minus => "-",
        TokenKind.Star => "*",
        TokenKind.Slash => "/",
        TokenKind.Percent => "%",
        TokenKind.Not => "!",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an operator."),
    };
}
