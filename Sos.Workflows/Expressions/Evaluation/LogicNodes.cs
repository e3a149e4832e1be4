namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>
/// <c>a &amp;&amp; b</c> and <c>a || b</c>: either operand that decides the result does so, whatever the other one is.
/// </summary>
internal sealed class LogicNode(int position, Node left, Node right, bool isAnd) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var first = left.Evaluate(ref state);
        if (Decides(first)) return CelValue.From(!isAnd);
        var second = right.Evaluate(ref state);
        if (Decides(second)) return CelValue.From(!isAnd);
        if (first.Type == CelType.Bool && second.Type == CelType.Bool) return CelValue.From(isAnd);
        return Undecided(first, second);
    }

    private CelValue Undecided(in CelValue first, in CelValue second)
    {
        if (first.IsError) return first;
        if (second.IsError) return second;
        var (node, found) = first.Type == CelType.Bool ? (right, second) : (left, first);
        return Errors.NotBool(node.Position, isAnd ? "'&&'" : "'||'", found);
    }

    private bool Decides(in CelValue value) => isAnd ? value.IsFalse : value.IsTrue;
}

/// <summary><c>!a</c>.</summary>
internal sealed class NotNode(int position, Node operand) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var value = operand.Evaluate(ref state);
        return value.IsError ? value
            : value.Type == CelType.Bool ? CelValue.From(!value.IsTrue)
            : Errors.NotBool(Position, "'!'", value);
    }
}

/// <summary><c>a ? b : c</c>.</summary>
internal sealed class ConditionalNode(int position, Node condition, Node whenTrue, Node whenFalse) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var value = condition.Evaluate(ref state);
        if (value.IsTrue) return whenTrue.Evaluate(ref state);
        if (value.IsFalse) return whenFalse.Evaluate(ref state);
        return value.IsError ? value : Errors.NotBool(condition.Position, "The condition before '?'", value);
    }
}
