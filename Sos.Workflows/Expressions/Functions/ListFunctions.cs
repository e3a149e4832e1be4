using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>Methods of lists, and <c>lists.range</c>.</summary>
internal static class ListFunctions
{
    internal static IEnumerable<Function> All =>
    [
        new("distinct", "list.distinct()", true, 1, (Function1)Distinct),
        new("flatten", "list.flatten()", true, 1, (Function1)((ref state, call, in a) => Flatten(ref state, call, a, CelValue.From(1L)))),
        new("flatten", "list.flatten(depth)", true, 2, (Function2)Flatten),
        new("slice", "list.slice(start, end)", true, 3, (Function3)Slice),
        new("sort", "list.sort()", true, 1, (Function1)Sort),
        new("first", "list.first()", true, 1, (Function1)((ref state, call, in a) => End(ref state, call, a, isFirst: true))),
        new("last", "list.last()", true, 1, (Function1)((ref state, call, in a) => End(ref state, call, a, isFirst: false))),
        new("lists.range", "lists.range(count)", false, 1, (Function1)Range),
    ];

    internal static CelValue Reverse(ref EvaluationState state, in CelValue list)
    {
        var items = Collections.Items(list, ref state).ToArray();
        state.Charge(items.Length);
        Array.Reverse(items);
        return CelValue.FromList(items);
    }

    private static CelValue Distinct(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.List) return call.NoOverload(a);
        var seen = new HashSet<CelValue>();
        var result = new List<CelValue>();
        foreach (ref readonly var item in Collections.Items(a, ref state))
        {
            state.Charge(1);
            // Collections have weak hashes, so they are compared one by one, at the price of that.
            if (item.Type is CelType.List or CelType.Map ? !IsIn(result, item, ref state) : seen.Add(item)) result.Add(item);
        }

        return CelValue.FromList([.. result]);
    }

    private static bool IsIn(List<CelValue> items, in CelValue wanted, ref EvaluationState state)
    {
        foreach (var item in items)
        {
            if (Equality.AreEqual(item, wanted, ref state)) return true;
        }

        return false;
    }

    private static CelValue Flatten(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (a.Type != CelType.List || b.Type != CelType.Int) return call.NoOverload(a, b);
        if (b.IntBits < 0) return call.Invalid($"flatten() needs a depth of 0 or more, but got {b.ToText()}.");
        var result = new List<CelValue>();
        Flatten(a, b.IntBits, result, ref state);
        return CelValue.FromList([.. result]);
    }

    private static void Flatten(in CelValue list, long depth, List<CelValue> result, ref EvaluationState state)
    {
        foreach (ref readonly var item in Collections.Items(list, ref state))
        {
            state.Charge(1);
            if (item.Type == CelType.List && depth > 0) Flatten(item, depth - 1, result, ref state);
            else result.Add(item);
        }
    }

    private static CelValue Slice(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, in CelValue c)
    {
        if (a.Type != CelType.List || b.Type != CelType.Int || c.Type != CelType.Int) return call.NoOverload(a, b, c);
        var count = Collections.Count(a);
        if (b.IntBits < 0 || b.IntBits > count) return call.OutOfRange(b.IntBits, count);
        if (c.IntBits < 0 || c.IntBits > count) return call.OutOfRange(c.IntBits, count);
        if (b.IntBits > c.IntBits) return call.Invalid($"The end {c.ToText()} of the slice is before its start {b.ToText()}.");
        state.Charge(c.IntBits - b.IntBits);
        return CelValue.FromList(Collections.Items(a, ref state)[(int)b.IntBits..(int)c.IntBits].ToArray());
    }

    private static CelValue Sort(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.List) return call.NoOverload(a);
        var items = Collections.Items(a, ref state).ToArray();
        return Sorting.Sort(items, items, call.Position, ref state);
    }

    private static CelValue End(ref EvaluationState state, CallSite call, in CelValue a, bool isFirst)
    {
        if (a.Type != CelType.List) return call.NoOverload(a);
        var count = Collections.Count(a);
        if (a.IsJson && !isFirst) state.Charge(count / 32);
        return count == 0 ? CelValue.None : CelValue.Some(Collections.ItemAt(a, isFirst ? 0 : count - 1));
    }

    private static CelValue Range(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.Int) return call.NoOverload(a);
        if (a.IntBits < 0) return call.Invalid($"lists.range() needs a count of 0 or more, but got {a.ToText()}.");
        // Stops the evaluation before anything so large is made.
        state.Charge(a.IntBits);
        var items = new CelValue[a.IntBits];
        for (var i = 0; i < items.Length; i++) items[i] = CelValue.From((long)i);
        return CelValue.FromList(items);
    }
}
