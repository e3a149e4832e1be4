namespace Sos.Workflows.Expressions.Values;

/// <summary>CEL's ordering.</summary>
internal static class Ordering
{
    /// <summary>
    /// Compares two values. False when their types have no order; <paramref name="order"/> is null when one is NaN.
    /// </summary>
    internal static bool TryCompare(in CelValue a, in CelValue b, out int? order)
    {
        order = null;
        if (a.Type != b.Type)
        {
            if (!a.Type.IsNumber() || !b.Type.IsNumber()) return false;
            order = Numbers.Compare(a, b);
            return true;
        }

        switch (a.Type)
        {
            case CelType.Int or CelType.UInt or CelType.Double:
                order = Numbers.Compare(a, b);
                return true;
            case CelType.Bool or CelType.Duration:
                order = a.IntBits.CompareTo(b.IntBits);
                return true;
            case CelType.String:
                order = CompareCodePoints(a.Text, b.Text);
                return true;
            case CelType.Bytes:
                order = a.BytesArray.AsSpan().SequenceCompareTo(b.BytesArray);
                return true;
            case CelType.Timestamp:
                var seconds = a.TimeBits.CompareTo(b.TimeBits);
                order = seconds != 0 ? seconds : a.Nanos.CompareTo(b.Nanos);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Orders by code point, which differs from UTF-16 order above U+D7FF.</summary>
    internal static int CompareCodePoints(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length.CompareTo(b.Length);
        char x = a[same], y = b[same];
        var surrogateX = char.IsSurrogate(x);
        return surrogateX == char.IsSurrogate(y) ? x.CompareTo(y) : surrogateX && y >= 0xE000 ? 1
            : !surrogateX && x >= 0xE000 ? -1 : x.CompareTo(y);
    }
}
