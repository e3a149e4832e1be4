using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Values;

/// <summary><c>+</c> and <c>-</c> of timestamps and durations.</summary>
internal static class TimeArithmetic
{
    internal static CelValue Add(in CelValue a, in CelValue b, int position) => (a.Type, b.Type) switch
    {
        (CelType.Timestamp, CelType.Duration) => Shift(a, b.TimeBits, position),
        (CelType.Duration, CelType.Timestamp) => Shift(b, a.TimeBits, position),
        (CelType.Duration, CelType.Duration) => ToDuration((Int128)a.TimeBits + b.TimeBits, position),
        _ => Errors.NoOperator(position, "+", a, b),
    };

    internal static CelValue Subtract(in CelValue a, in CelValue b, int position) => (a.Type, b.Type) switch
    {
        (CelType.Timestamp, CelType.Timestamp) => ToDuration(Timestamps.TotalNanos(a) - Timestamps.TotalNanos(b), position),
        (CelType.Timestamp, CelType.Duration) => Shift(a, -(Int128)b.TimeBits, position),
        (CelType.Duration, CelType.Duration) => ToDuration((Int128)a.TimeBits - b.TimeBits, position),
        _ => Errors.NoOperator(position, "-", a, b),
    };

    private static CelValue Shift(in CelValue timestamp, Int128 nanos, int position) =>
        Timestamps.TryAdd(timestamp, nanos, out var sum)
            ? sum
            : Errors.Make(CelErrorCodes.Overflow, position, "The timestamp would be outside of the years 1 to 9999.");

    private static CelValue ToDuration(Int128 nanos, int position) => nanos >= long.MinValue && nanos <= long.MaxValue
        ? CelValue.Duration((long)nanos)
        : Errors.Make(CelErrorCodes.Overflow, position, "The duration would be longer than about 292 years.");
}
