using System.Runtime.CompilerServices;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions.Values;

/// <summary>
/// Arithmetic of numbers. Both operands have the same type, or one of them came from JSON: then both become doubles,
/// and the result mixes with other types again. Not inlined, so that each result is written once, where the caller
/// wants it.
/// </summary>
internal static class Arithmetic
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static CelValue OfNumbers(TokenKind op, in CelValue a, in CelValue b, int position)
    {
        var isLoose = a.IsLooseNumber || b.IsLooseNumber;
        if (a.Type != b.Type)
        {
            if (!isLoose) return Errors.NoOperator(position, Operators.SymbolOf(op), a, b);
            return OfDoubles(op, Numbers.ToDouble(a), Numbers.ToDouble(b), isLoose, position);
        }

        return a.Type switch
        {
            CelType.Int => OfInts(op, a.IntBits, b.IntBits, isLoose, position),
            CelType.UInt => OfUInts(op, a.UIntBits, b.UIntBits, isLoose, position),
            _ => OfDoubles(op, a.DoubleBits, b.DoubleBits, isLoose, position),
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static CelValue OfInts(TokenKind op, long a, long b, bool isLoose, int position)
    {
        long result;
        bool overflow;
        switch (op)
        {
            case TokenKind.Plus:
                result = unchecked(a + b);
                overflow = ((a ^ result) & (b ^ result)) < 0;
                break;
            case TokenKind.Minus:
                result = unchecked(a - b);
                overflow = ((a ^ b) & (a ^ result)) < 0;
                break;
            case TokenKind.Star:
                var high = Math.BigMul(a, b, out result);
                overflow = high != result >> 63;
                break;
            default:
                if (b == 0) return DividedByZero(op, position);
                // The one quotient that does not fit; its remainder is zero, but the specification makes it overflow, too.
                overflow = a == long.MinValue && b == -1;
                result = overflow ? 0 : op == TokenKind.Slash ? a / b : a % b;
                break;
        }

        if (overflow) return Overflow(op, CelValue.From(a), CelValue.From(b), position);
        return CelValue.Number(CelType.Int, result, isLoose);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CelValue OfUInts(TokenKind op, ulong a, ulong b, bool isLoose, int position)
    {
        ulong result;
        var overflow = false;
        switch (op)
        {
            case TokenKind.Plus:
                result = unchecked(a + b);
                overflow = result < a;
                break;
            case TokenKind.Minus:
                result = unchecked(a - b);
                overflow = b > a;
                break;
            case TokenKind.Star:
                overflow = Math.BigMul(a, b, out result) != 0;
                break;
            default:
                if (b == 0) return DividedByZero(op, position);
                result = op == TokenKind.Slash ? a / b : a % b;
                break;
        }

        if (overflow) return Overflow(op, CelValue.From(a), CelValue.From(b), position);
        return CelValue.Number(CelType.UInt, (long)result, isLoose);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CelValue OfDoubles(TokenKind op, double a, double b, bool isLoose, int position)
    {
        if (op == TokenKind.Percent) return Errors.NoOperator(position, "%", CelValue.From(a), CelValue.From(b));
        var result = op switch
        {
            TokenKind.Plus => a + b,
            TokenKind.Minus => a - b,
            TokenKind.Star => a * b,
            _ => a / b,
        };
        return CelValue.Number(CelType.Double, BitConverter.DoubleToInt64Bits(result), isLoose);
    }

    private static CelValue DividedByZero(TokenKind op, int position) => Errors.Make(
        CelErrorCodes.DivideByZero, position, op == TokenKind.Slash ? "The divisor is zero." : "The divisor of '%' is zero.");

    private static CelValue Overflow(TokenKind op, in CelValue a, in CelValue b, int position) =>
        Errors.Overflow(position, $"{a.ToText()} {Operators.SymbolOf(op)} {b.ToText()}");
}
