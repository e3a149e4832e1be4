namespace Sos.Workflows.Expressions;

/// <summary>What is wrong with an expression, and where.</summary>
/// <param name="Code">One of <see cref="CelErrorCodes"/>; stable, for programs.</param>
/// <param name="Message">A sentence for the person who wrote the expression.</param>
/// <param name="Position">0-based offset in the source, in UTF-16 code units.</param>
/// <param name="Line">1-based line of <paramref name="Position"/>.</param>
/// <param name="Column">1-based column of <paramref name="Position"/> in its line, in UTF-16 code units.</param>
public sealed record CelError(string Code, string Message, int Position, int Line, int Column)
{
    /// <summary>The sentence with its place, such as <c>1:7: unknown variable 'inptu'</c>.</summary>
    public override string ToString() => $"{Line}:{Column}: {Message}";

    internal static CelError At(string source, int position, string code, string message)
    {
        var end = Math.Clamp(position, 0, source.Length);
        var before = source.AsSpan(0, end);
        var lineStart = before.LastIndexOf('\n') + 1;
        return new CelError(code, message, end, before.Count('\n') + 1, end - lineStart + 1);
    }

    /// <summary>The same error in a longer text in which the expression starts at <paramref name="offset"/>.</summary>
    internal CelError In(string text, int offset) => At(text, Position + offset, Code, Message);
}

/// <summary>The codes of <see cref="CelError.Code"/>.</summary>
public static class CelErrorCodes
{
    /// <summary>The text is not a CEL expression.</summary>
    public const string Syntax = "syntax";

    /// <summary>A name that no variable has.</summary>
    public const string UnknownVariable = "unknown_variable";

    /// <summary>A function that does not exist.</summary>
    public const string UnknownFunction = "unknown_function";

    /// <summary>A message type that does not exist.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>A function or operator does not accept values of these types.</summary>
    public const string NoSuchOverload = "no_such_overload";

    /// <summary>A map has no such key.</summary>
    public const string NoSuchField = "no_such_field";

    /// <summary>A list or string has no such position.</summary>
    public const string IndexOutOfRange = "index_out_of_range";

    /// <summary>An argument has the right type but an impossible value.</summary>
    public const string InvalidArgument = "invalid_argument";

    /// <summary>A result is outside its type's range.</summary>
    public const string Overflow = "overflow";

    /// <summary>A division by zero, or a remainder of one.</summary>
    public const string DivideByZero = "divide_by_zero";

    /// <summary>A map would get the same key twice.</summary>
    public const string DuplicateKey = "duplicate_key";

    /// <summary>A pattern that is not RE2 syntax.</summary>
    public const string InvalidPattern = "invalid_pattern";

    /// <summary>A value that JSON cannot carry.</summary>
    public const string NotJson = "not_json";

    /// <summary>A bound of <see cref="CelLimits"/> was reached.</summary>
    public const string Limit = "limit_exceeded";
}
