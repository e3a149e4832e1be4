using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions.Values;

/// <summary>
/// Arithmetic of numbers. Both operands have the same type, or one of them came from JSON: then both become doubles,
/// and the result mixes with other types again.
/// </summary>
internal static class Arithmetic
{
    internal static CelValue OfNumbers(TokenKind op, in CelValue a, in CelValue b, int position)
    {
        var isLoose = a.IsLooseNumber || b.IsLooseNumber;
        CelValue result;
        if (a.Type == b.Type)
        {
            result = a.Type switch
            {
                CelType.Int => OfInts(op, a.IntBits, b.IntBits, position),
                CelType.UInt => OfUInts(op, a.UIntBits, b.UIntBits, position),
                _ => OfDoubles(op, a, b, position),
            };
        }
        else
        {
            if (!isLoose) return Errors.NoOperator(position, Operators.SymbolOf(op), a, b);
            result = OfDoubles(op, CelValue.From(Numbers.ToDouble(a)), CelValue.From(Numbers.ToDouble(b)), position);
        }

        return isLoose && !result.IsError ? result.AsLooseNumber() : result;
    }

    private static CelValue OfInts(TokenKind op, long a, long b, int position)
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

        return overflow ? Overflow(op, CelValue.From(a), CelValue.From(b), position) : CelValue.From(result);
    }

    private static CelValue OfUInts(TokenKind op, ulong a, ulong b, int position)
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

        return overflow ? Overflow(op, CelValue.From(a), CelValue.From(b), position) : CelValue.From(result);
    }

    private static CelValue OfDoubles(TokenKind op, in CelValue a, in CelValue b, int position) => op switch
    {
        TokenKind.Plus => CelValue.From(a.DoubleBits + b.DoubleBits),
        TokenKind.Minus => CelValue.From(a.DoubleBits - b.DoubleBits),
        TokenKind.Star => CelValue.From(a.DoubleBits * b.DoubleBits),
        TokenKind.Slash => CelValue.From(a.DoubleBits / b.DoubleBits),
        _ => Errors.NoOperator(position, Operators.SymbolOf(op), a, b),
    };

    private static CelValue DividedByZero(TokenKind op, int position) => Errors.Make(
        CelErrorCodes.DivideByZero, position, op == TokenKind.Slash ? "The divisor is zero." : "The divisor of '%' is zero.");

    private static CelValue Overflow(TokenKind op, in CelValue a, in CelValue b, int position) =>
        Errors.Overflow(position, $"{a.ToText()} {Operators.SymbolOf(op)} {b.ToText()}");
}
