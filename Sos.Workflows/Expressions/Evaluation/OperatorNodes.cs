using Sos.Workflows.Expressions.Syntax;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>An operator that needs both of its operands.</summary>
internal abstract class BinaryNode(int position, Node left, Node right) : Node(position)
{
    internal sealed override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = left.Evaluate(ref state);
        if (a.IsError) return a;
        var b = right.Evaluate(ref state);
        return b.IsError ? b : Apply(a, b, ref state);
    }

    protected abstract CelValue Apply(in CelValue a, in CelValue b, ref EvaluationState state);
}

/// <summary><c>a == b</c>, <c>a != b</c>.</summary>
internal sealed class EqualityNode(int position, Node left, Node right, bool isEqual) : BinaryNode(position, left, right)
{
    protected override CelValue Apply(in CelValue a, in CelValue b, ref EvaluationState state) =>
        CelValue.From(Equality.AreEqual(a, b, ref state) == isEqual);
}

/// <summary><c>a &lt; b</c> and the other orderings.</summary>
internal sealed class OrderingNode(int position, Node left, Node right, TokenKind @operator) : BinaryNode(position, left, right)
{
    protected override CelValue Apply(in CelValue a, in CelValue b, ref EvaluationState state)
    {
        if (a.Type is CelType.String or CelType.Bytes) state.ChargeText(32);
        if (!Ordering.TryCompare(a, b, out var order)) return Errors.NoOperator(Position, Operators.SymbolOf(@operator), a, b);
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
internal sealed class InNode(int position, Node left, Node right) : BinaryNode(position, left, right)
{
    protected override CelValue Apply(in CelValue a, in CelValue b, ref EvaluationState state)
    {
        switch (b.Type)
        {
            case CelType.List:
                return CelValue.From(Contains(b, a, ref state));
            case CelType.Map:
                state.ChargeLookup(b);
                return CelValue.From(Collections.TryGetValue(b, a, out _));
            default:
                return Errors.Make(
                    CelErrorCodes.NoSuchOverload,
                    Position,
                    $"'in' needs a list or a map on its right, but found {Errors.WithArticle(b.Type)}.{(b.Type == CelType.String ? " Use contains() for a part of a text." : "")}");
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
}

/// <summary><c>a + b</c> and the other arithmetic.</summary>
internal sealed class ArithmeticNode(int position, Node left, Node right, TokenKind @operator) : BinaryNode(position, left, right)
{
    protected override CelValue Apply(in CelValue a, in CelValue b, ref EvaluationState state)
    {
        if (a.Type.IsNumber() && b.Type.IsNumber()) return Arithmetic.OfNumbers(@operator, a, b, Position);
        return @operator switch
        {
            TokenKind.Plus => Concatenation.Add(a, b, Position, ref state),
            TokenKind.Minus => TimeArithmetic.Subtract(a, b, Position),
            _ => Errors.NoOperator(Position, Operators.SymbolOf(@operator), a, b),
        };
    }
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
