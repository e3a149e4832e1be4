namespace Sos.Workflows.Expressions.Syntax;

/// <summary>Leaves the lexer or parser at the first mistake; never leaves <see cref="CelExpression"/>.</summary>
internal sealed class SyntaxException(int position, string message, string code = CelErrorCodes.Syntax)
    : Exception(message)
{
    internal int Position { get; } = position;

    internal string Code { get; } = code;
}
