using Sos.Workflows.Expressions.Syntax;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

// These are the innermost parts of most expressions. Each returns straight from its own method: a value is 40 bytes, and
// a method that is inlined into another one returns through a copy of them.

/// <summary><c>a == b</c>, <c>a != b</c>.</summary>
internal sealed class EqualityNode(int position, Node left, Node right, bool isEqual) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        var a = left.Evaluate(ref state);
        if (a.IsError) return a;
        var b = right.Evaluate(ref state);
        if (b.IsError) return b;
        return CelValue.From(Equality.AreEqual(a, b, ref state) == isEqual);
    }
}

/// <summary><c>a &lt; b</c> and the other orderings.</summary>
internal sealed class OrderingNode(int position, Node left, Node right, TokenKind @operator) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = left.Evaluate(ref state);
        if (a.IsError) return a;
        var b = right.Evaluate(ref state);
        if (b.IsError) return b;
        int? order;
        if (a.Type == CelType.Int && b.Type == CelType.Int)
        {
            order = a.IntBits.CompareTo(b.IntBits);
        }
        else
        {
            state.ChargeReading(a);
            state.ChargeReading(b);
            if (a.Type == CelType.Bytes) state.ChargeText(a.BytesArray.Length);
            if (!Ordering.TryCompare(a, b, out order)) return Errors.NoOperator(Position, Operators.SymbolOf(@operator), a, b);
        }

        return CelValue.From(@operator switch
        {
            TokenKind.Less => order < 0,
            TokenKind.LessOrEqual => order <= 0,
            TokenKind.Greater => order > 0,
            _ => order >= 0,
        });
    }
}

/// <summary><c>a in b</c>: an element of a list, or a key of a map.</summary>
internal sealed class InNode(int position, Node left, Node right) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = left.Evaluate(ref state);
        if (a.IsError) return a;
        var b = right.Evaluate(ref state);
        if (b.IsError) return b;
        switch (b.Type)
        {
            case CelType.List:
                return CelValue.From(Contains(b, a, ref state));
            case CelType.Map:
                state.ChargeLookup(b);
                state.ChargeReading(a);
                return CelValue.From(Collections.TryGetValue(b, a, out _));
            default:
                return NotACollection(b);
        }
    }

    internal static bool Contains(in CelValue list, in CelValue wanted, ref EvaluationState state)
    {
        if (!list.IsJson)
        {
            foreach (ref readonly var item in list.ListItems)
            {
                if (Equality.AreEqual(item, wanted, ref state)) return true;
            }

            return false;
        }

        var items = new ListCursor(list);
        while (items.TryNext(out var item))
        {
            if (Equality.AreEqual(item, wanted, ref state)) return true;
        }

        return false;
    }

    private CelValue NotACollection(in CelValue found) => Errors.Make(
        CelErrorCodes.NoSuchOverload,
        Position,
        $"'in' needs a list or a map on its right, but found {Errors.WithArticle(found.Type)}.{(found.Type == CelType.String ? " Use contains() for a part of a text." : "")}");
}

/// <summary><c>a + b</c> and the other arithmetic.</summary>
internal sealed class ArithmeticNode(int position, Node left, Node right, TokenKind @operator) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = left.Evaluate(ref state);
        if (a.IsError) return a;
        var b = right.Evaluate(ref state);
        if (b.IsError) return b;
        if (a.Type == CelType.Int && b.Type == CelType.Int)
            return Arithmetic.OfInts(@operator, a.IntBits, b.IntBits, a.IsLooseNumber || b.IsLooseNumber, Position);
        if (a.Type.IsNumber() && b.Type.IsNumber()) return Arithmetic.OfNumbers(@operator, a, b, Position);
        return OfOthers(a, b, ref state);
    }

    private CelValue OfOthers(in CelValue a, in CelValue b, ref EvaluationState state) => @operator switch
    {
        TokenKind.Plus => Concatenation.Add(a, b, Position, ref state),
        TokenKind.Minus => TimeArithmetic.Subtract(a, b, Position),
        _ => Errors.NoOperator(Position, Operators.SymbolOf(@operator), a, b),
    };
}

/// <summary><c>-a</c>.</summary>
internal sealed class NegateNode(int position, Node operand) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var value = operand.Evaluate(ref state);
        if (value.IsError) return value;
        CelValue result;
        switch (value.Type)
        {
            case CelType.Int when value.IntBits != long.MinValue:
                result = CelValue.From(-value.IntBits);
                break;
            case CelType.Int:
                return Errors.Overflow(Position, $"-({value.ToText()})");
            case CelType.Double:
                result = CelValue.From(-value.DoubleBits);
                break;
            default:
                return Errors.Make(
                    CelErrorCodes.NoSuchOverload, Position, $"'-' needs an int or a double, but found {Errors.WithArticle(value.Type)}.");
        }

        return value.IsLooseNumber ? result.AsLooseNumber() : result;
    }
}
