namespace Sos.Workflows.Expressions.Syntax;

internal enum TokenKind : byte
{
    End,
    Identifier,
    QuotedIdentifier,
    Int,
    UInt,
    Double,
    String,
    Bytes,
    True,
    False,
    Null,
    In,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Dot,
    Comma,
    Colon,
    Question,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// <summary>A lexical element: where it is in the source.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End)
{
    internal int Length => End - Start;
}
