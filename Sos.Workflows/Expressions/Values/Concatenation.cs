using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Values;

/// <summary><c>+</c> of everything but numbers.</summary>
internal static class Concatenation
{
    internal static CelValue Add(in CelValue a, in CelValue b, int position, ref EvaluationState state)
    {
        switch (a.Type, b.Type)
        {
            case (CelType.String, CelType.String):
                var (x, y) = (a.Text, b.Text);
                state.ChargeResult((long)x.Length + y.Length);
                return CelValue.From(x + y);
            case (CelType.Bytes, CelType.Bytes):
                state.ChargeResult((long)a.BytesArray.Length + b.BytesArray.Length);
                return CelValue.From([.. a.BytesArray, .. b.BytesArray]);
            case (CelType.List, CelType.List):
                return Lists(a, b, ref state);
            default:
                return TimeArithmetic.Add(a, b, position);
        }
    }

    private static CelValue Lists(in CelValue a, in CelValue b, ref EvaluationState state)
    {
        var (countA, countB) = (Collections.Count(a), Collections.Count(b));
        if (countA == 0) return b;
        if (countB == 0) return a;
        state.Charge((long)countA + countB);
        var items = new CelValue[countA + countB];
        Collections.Items(a, ref state).CopyTo(items);
        Collections.Items(b, ref state).CopyTo(items.AsSpan(countA));
        return CelValue.FromList(items);
    }
}
