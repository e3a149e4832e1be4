using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Functions;

internal delegate CelValue Function0(ref EvaluationState state, CallSite call);

internal delegate CelValue Function1(ref EvaluationState state, CallSite call, in CelValue a);

internal delegate CelValue Function2(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b);

internal delegate CelValue Function3(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, in CelValue c);

internal delegate CelValue FunctionN(ref EvaluationState state, CallSite call, ReadOnlySpan<CelValue> arguments);

/// <summary>A function with a fixed number of arguments; a method's first argument is its target.</summary>
/// <param name="Name">Its name, with its namespace if it has one.</param>
/// <param name="Usage">How it is written, for error texts.</param>
/// <param name="IsMethod">Whether it is written behind its first argument and a dot.</param>
/// <param name="Arity">Number of arguments with the target; -1 for any number above zero.</param>
/// <param name="Body">One of the delegates above.</param>
internal sealed record Function(string Name, string Usage, bool IsMethod, int Arity, Delegate Body)
{
    internal const int AnyArity = -1;
}

/// <summary>A place in an expression that calls a function.</summary>
internal sealed class CallSite(int position, Function function)
{
    internal int Position { get; } = position;

    internal CelValue NoOverload(params ReadOnlySpan<CelValue> arguments) =>
        Errors.NoOverload(Position, function.Name, function.Usage, arguments);

    internal CelValue Invalid(string message) => Errors.Invalid(Position, message);

    internal CelValue Overflow(string what) => Errors.Overflow(Position, what);

    internal CelValue OutOfRange(long index, long length) => Errors.Make(
        CelErrorCodes.IndexOutOfRange,
        Position,
        $"'{function.Name}' got the position {CelValue.From(index)}, outside of 0 to {CelValue.From(length)}.");
}
