using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>Lists as sets.</summary>
internal static class SetFunctions
{
    internal static IEnumerable<Function> All =>
    [
        new("sets.contains", "sets.contains(list, list)", false, 2, (Function2)((ref state, call, in a, in b) =>
            AreLists(a, b) ? CelValue.From(ContainsAll(a, b, ref state)) : call.NoOverload(a, b))),
        new("sets.equivalent", "sets.equivalent(list, list)", false, 2, (Function2)((ref state, call, in a, in b) =>
            AreLists(a, b) ? CelValue.From(ContainsAll(a, b, ref state) && ContainsAll(b, a, ref state)) : call.NoOverload(a, b))),
        new("sets.intersects", "sets.intersects(list, list)", false, 2, (Function2)((ref state, call, in a, in b) =>
            AreLists(a, b) ? CelValue.From(ContainsAny(a, b, ref state)) : call.NoOverload(a, b))),
    ];

    private static bool AreLists(in CelValue a, in CelValue b) => a.Type == CelType.List && b.Type == CelType.List;

    private static bool ContainsAll(in CelValue list, in CelValue wanted, ref EvaluationState state)
    {
        foreach (ref readonly var item in Collections.Items(wanted, ref state))
        {
            state.Charge(1);
            if (!InNode.Contains(list, item, ref state)) return false;
        }

        return true;
    }

    private static bool ContainsAny(in CelValue list, in CelValue wanted, ref EvaluationState state)
    {
        foreach (ref readonly var item in Collections.Items(wanted, ref state))
        {
            state.Charge(1);
            if (InNode.Contains(list, item, ref state)) return true;
        }

        return false;
    }
}
