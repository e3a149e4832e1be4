using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>The functions of <c>math</c> that work on numbers as numbers.</summary>
internal static class MathFunctions
{
    internal static IEnumerable<Function> All =>
    [
        new("math.greatest", "math.greatest(number, …), or of a list", false, Function.AnyArity, (FunctionN)((ref state, call, arguments) => Extreme(ref state, call, arguments, 1))),
        new("math.least", "math.least(number, …), or of a list", false, Function.AnyArity, (FunctionN)((ref state, call, arguments) => Extreme(ref state, call, arguments, -1))),
        Rounding("math.ceil", Math.Ceiling),
        Rounding("math.floor", Math.Floor),
        Rounding("math.round", value => Math.Round(value, MidpointRounding.AwayFromZero)),
        Rounding("math.trunc", Math.Truncate),
        Test("math.isNaN", double.IsNaN),
        Test("math.isInf", double.IsInfinity),
        Test("math.isFinite", double.IsFinite),
        new("math.abs", "math.abs(number)", false, 1, (Function1)Abs),
        new("math.sign", "math.sign(number)", false, 1, (Function1)Sign),
        new("math.sqrt", "math.sqrt(number)", false, 1, (Function1)((ref state, call, in a) =>
            a.Type.IsNumber() ? CelValue.From(Math.Sqrt(Numbers.ToDouble(a))) : call.NoOverload(a))),
    ];

    /// <summary>A double, or a number that came from JSON, where 1 and 1.5 are the same kind of thing.</summary>
    private static bool IsDouble(in CelValue value) =>
        value.Type == CelType.Double || (value.Type.IsNumber() && value.IsLooseNumber);

    private static Function Rounding(string name, Func<double, double> round) =>
        new(name, $"{name}(double)", false, 1, (Function1)((ref state, call, in a) =>
        {
            if (!IsDouble(a)) return call.NoOverload(a);
            return Keep(a, a.Type == CelType.Double ? CelValue.From(round(a.DoubleBits)) : CelValue.From(Numbers.ToDouble(a)));
        }));

    private static Function Test(string name, Func<double, bool> test) =>
        new(name, $"{name}(double)", false, 1, (Function1)((ref state, call, in a) =>
            IsDouble(a) ? CelValue.From(test(Numbers.ToDouble(a))) : call.NoOverload(a)));

    private static CelValue Abs(ref EvaluationState state, CallSite call, in CelValue a) => a.Type switch
    {
        CelType.Double => Keep(a, CelValue.From(Math.Abs(a.DoubleBits))),
        CelType.Int when a.IntBits == long.MinValue => call.Overflow($"math.abs({a.ToText()})"),
        CelType.Int => Keep(a, CelValue.From(Math.Abs(a.IntBits))),
        CelType.UInt => a,
        _ => call.NoOverload(a),
    };

    private static CelValue Sign(ref EvaluationState state, CallSite call, in CelValue a) => a.Type switch
    {
        CelType.Double => Keep(a, CelValue.From(double.IsNaN(a.DoubleBits) ? double.NaN : Math.Sign(a.DoubleBits))),
        CelType.Int => Keep(a, CelValue.From((long)Math.Sign(a.IntBits))),
        CelType.UInt => CelValue.From(a.UIntBits == 0 ? 0UL : 1UL),
        _ => call.NoOverload(a),
    };

    /// <summary>The result of a number that came from JSON mixes with other types, as the number did.</summary>
    private static CelValue Keep(in CelValue source, in CelValue result) => source.IsLooseNumber ? result.AsLooseNumber() : result;

    private static CelValue Extreme(ref EvaluationState state, CallSite call, ReadOnlySpan<CelValue> arguments, int direction)
    {
        var numbers = arguments is [{ Type: CelType.List } list] ? Collections.Items(list, ref state) : arguments;
        if (numbers.IsEmpty) return call.Invalid("The list is empty, so it has no greatest or least number.");
        state.Charge(numbers.Length);
        var best = numbers[0];
        foreach (ref readonly var number in numbers)
        {
            if (!number.Type.IsNumber()) return call.NoOverload(number);
            if (Numbers.Compare(number, best) * direction > 0) best = number;
        }

        return best;
    }
}
