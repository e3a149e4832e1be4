namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>
/// An error as a value, so that <c>&amp;&amp;</c>, <c>||</c> and the macros can absorb it without an exception. The
/// near names are looked up only when the error leaves the evaluation.
/// </summary>
internal sealed class EvaluationError(string code, int position, string message, Func<string?>? hint = null)
{
    internal string Code { get; } = code;

    internal int Position { get; } = position;

    internal string Message { get; } = message;

    internal CelException ToException(string source)
    {
        var suffix = hint?.Invoke();
        return new CelException(CelError.At(source, Position, Code, suffix is null ? Message : $"{Message} {suffix}"));
    }
}
