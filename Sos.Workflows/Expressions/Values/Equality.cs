using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Values;

/// <summary>CEL's equality: numbers by value, collections by element, values of other different types never equal.</summary>
internal static class Equality
{
    private const int DeepestValue = 512;

    internal static bool AreEqual(in CelValue a, in CelValue b)
    {
        var unlimited = EvaluationState.Unlimited();
        return AreEqual(a, b, ref unlimited);
    }

    /// <summary>Equality that is charged to an evaluation: one per pair compared, and a share of the texts' length.</summary>
    internal static bool AreEqual(in CelValue a, in CelValue b, ref EvaluationState state, int depth = 0)
    {
        state.Charge(1);
        if (depth > DeepestValue) state.Stop($"the values are nested more than {DeepestValue} levels deep");
        if (a.Type != b.Type) return a.Type.IsNumber() && b.Type.IsNumber() && Numbers.AreEqual(a, b);
        switch (a.Type)
        {
            case CelType.Null:
                return true;
            case CelType.Bool or CelType.Int or CelType.UInt or CelType.Duration:
                return a.IntBits == b.IntBits;
            case CelType.Double:
                return a.DoubleBits == b.DoubleBits;
            case CelType.String:
                return TextsAreEqual(a, b, ref state);
            case CelType.Bytes:
                state.ChargeText(a.BytesArray.Length);
                return a.BytesArray.AsSpan().SequenceEqual(b.BytesArray);
            case CelType.Timestamp:
                return a.TimeBits == b.TimeBits && a.Nanos == b.Nanos;
            case CelType.Type:
                return a.TypeName == b.TypeName;
            case CelType.Optional:
                var hasA = a.TryUnwrap(out var valueA);
                var hasB = b.TryUnwrap(out var valueB);
                return hasA == hasB && (!hasA || AreEqual(valueA, valueB, ref state, depth + 1));
            case CelType.List:
                return ListsAreEqual(a, b, ref state, depth);
            case CelType.Map:
                return MapsAreEqual(a, b, ref state, depth);
            default:
                return ReferenceEquals(a.ErrorInfo, b.ErrorInfo);
        }
    }

    internal static int Hash(in CelValue value) => value.Type switch
    {
        CelType.Int or CelType.UInt or CelType.Double => (Numbers.ToDouble(value) + 0.0).GetHashCode(),
        CelType.Bool or CelType.Duration => HashCode.Combine(value.Type, value.IntBits),
        CelType.Timestamp => HashCode.Combine(value.TimeBits, value.Nanos),
        CelType.String => string.GetHashCode(value.Text, StringComparison.Ordinal),
        CelType.Bytes => value.BytesArray.Length,
        CelType.List or CelType.Map => HashCode.Combine(value.Type, Collections.Count(value)),
        CelType.Type => value.TypeName.GetHashCode(StringComparison.Ordinal),
        _ => (int)value.Type,
    };

    private static bool TextsAreEqual(in CelValue a, in CelValue b, ref EvaluationState state)
    {
        // JSON text is compared in place, and first by its length.
        if (a.IsJson && !b.IsJson)
        {
            state.ChargeReading(b);
            return JsonText.Equals(a.Json, b.Text);
        }

        if (b.IsJson && !a.IsJson)
        {
            state.ChargeReading(a);
            return JsonText.Equals(b.Json, a.Text);
        }

        state.ChargeReading(a);
        state.ChargeReading(b);
        return a.Text == b.Text;
    }

    private static bool ListsAreEqual(in CelValue a, in CelValue b, ref EvaluationState state, int depth)
    {
        if (Collections.Count(a) != Collections.Count(b)) return false;
        var left = new ListCursor(a);
        var right = new ListCursor(b);
        while (left.TryNext(out var x) && right.TryNext(out var y))
        {
            if (!AreEqual(x, y, ref state, depth + 1)) return false;
        }

        return true;
    }

    private static bool MapsAreEqual(in CelValue a, in CelValue b, ref EvaluationState state, int depth)
    {
        if (Collections.Count(a) != Collections.Count(b)) return false;
        var entries = new MapCursor(a);
        while (entries.TryNext(out var key, out var value))
        {
            state.ChargeLookup(b);
            state.ChargeReading(key);
            if (!Collections.TryGetValue(b, key, out var other)) return false;
            if (!AreEqual(value, other, ref state, depth + 1)) return false;
        }

        return true;
    }
}
