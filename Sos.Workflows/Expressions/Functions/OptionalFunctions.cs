using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>Optionals; those that evaluate an argument only when needed are macros.</summary>
internal static class OptionalFunctions
{
    internal static IEnumerable<Function> All =>
    [
        new("optional.none", "optional.none()", false, 0, (Function0)((ref state, call) => CelValue.None)),
        new("optional.of", "optional.of(value)", false, 1, (Function1)((ref state, call, in a) => CelValue.Some(a))),
        new("optional.ofNonZeroValue", "optional.ofNonZeroValue(value)", false, 1, (Function1)((ref state, call, in a) =>
            IsZero(a) ? CelValue.None : CelValue.Some(a))),
        new("optional.unwrap", "optional.unwrap(list)", false, 1, (Function1)Unwrap),
        new("unwrapOpt", "list.unwrapOpt()", true, 1, (Function1)Unwrap),
        new("hasValue", "optional.hasValue()", true, 1, (Function1)((ref state, call, in a) =>
            a.Type == CelType.Optional ? CelValue.From(a.TryUnwrap(out _)) : call.NoOverload(a))),
        new("value", "optional.value()", true, 1, (Function1)Value),
    ];

    private static CelValue Value(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.Optional) return call.NoOverload(a);
        return a.TryUnwrap(out var value) ? value : call.Invalid("The optional has no value. Use orValue() to give another one.");
    }

    private static CelValue Unwrap(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.List) return call.NoOverload(a);
        var result = new List<CelValue>();
        foreach (ref readonly var item in Collections.Items(a, ref state))
        {
            state.Charge(1);
            if (item.Type != CelType.Optional) return call.Invalid($"unwrap() needs a list of optionals, but found {Errors.WithArticle(item.Type)} in it.");
            if (item.TryUnwrap(out var value)) result.Add(value);
        }

        return CelValue.FromList([.. result]);
    }

    private static bool IsZero(in CelValue value) => value.Type switch
    {
        CelType.Null => true,
        CelType.Bool or CelType.Int or CelType.UInt or CelType.Duration => value.IntBits == 0,
        CelType.Double => value.DoubleBits == 0,
        CelType.String => value.Text.Length == 0,
        CelType.Bytes => value.BytesArray.Length == 0,
        CelType.List or CelType.Map => Collections.Count(value) == 0,
        CelType.Timestamp => value.TimeBits == 0 && value.Nanos == 0,
        CelType.Optional => !value.TryUnwrap(out _),
        _ => false,
    };
}
