namespace Sos.Workflows.Expressions.Functions;

/// <summary>The functions of <c>math</c> that work on the 64 bits of ints and uints.</summary>
internal static class BitFunctions
{
    internal static IEnumerable<Function> All =>
    [
        Combine("math.bitAnd", (a, b) => a & b),
        Combine("math.bitOr", (a, b) => a | b),
        Combine("math.bitXor", (a, b) => a ^ b),
        new("math.bitNot", "math.bitNot(int or uint)", false, 1, (Function1)((ref state, call, in a) =>
            IsInteger(a) ? Like(a, ~a.IntBits) : call.NoOverload(a))),
        Shift("math.bitShiftLeft", (value, by) => value << by),
        // Vacant bits become zero, also for negative ints.
        Shift("math.bitShiftRight", (value, by) => value >>> by),
    ];

    private static bool IsInteger(in CelValue value) => value.Type is CelType.Int or CelType.UInt;

    private static CelValue Like(in CelValue example, long bits) =>
        example.Type == CelType.Int ? CelValue.From(bits) : CelValue.From((ulong)bits);

    private static Function Combine(string name, Func<long, long, long> combine) =>
        new(name, $"{name}(int, int), or with two uints", false, 2, (Function2)((ref state, call, in a, in b) =>
            IsInteger(a) && a.Type == b.Type ? Like(a, combine(a.IntBits, b.IntBits)) : call.NoOverload(a, b)));

    private static Function Shift(string name, Func<long, int, long> shift) =>
        new(name, $"{name}(int or uint, int)", false, 2, (Function2)((ref state, call, in a, in b) =>
        {
            if (!IsInteger(a) || b.Type != CelType.Int) return call.NoOverload(a, b);
            if (b.IntBits < 0) return call.Invalid($"{name}() can't shift by {b.ToText()} bits.");
            return Like(a, b.IntBits >= 64 ? 0 : shift(a.IntBits, (int)b.IntBits));
        }));
}
