namespace Sos.Workflows.Expressions.Evaluation;

/// <summary><c>all</c> and <c>exists</c>: an element that decides the result does so, whatever others did before.</summary>
internal sealed class QuantifierNode(int position, Node range, LoopVariables variables, Node predicate, bool isAll)
    : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (!Loop.TryStart(range, variables, ref state, out var loop, out _, out var error)) return error;
        var result = CelValue.From(isAll);
        while (loop.TryNext(ref state))
        {
            var value = predicate.Evaluate(ref state);
            if (isAll ? value.IsFalse : value.IsTrue) return value;
            if (result.IsError || value.Type == CelType.Bool) continue;
            result = value.IsError ? value : Errors.NotBool(predicate.Position, isAll ? "The condition of all()" : "The condition of exists()", value);
        }

        return result;
    }
}

/// <summary><c>exists_one</c>: every element is looked at, and any error is one of the whole.</summary>
internal sealed class ExistsOneNode(int position, Node range, LoopVariables variables, Node predicate) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (!Loop.TryStart(range, variables, ref state, out var loop, out _, out var error)) return error;
        var matches = 0L;
        while (loop.TryNext(ref state))
        {
            var value = predicate.Evaluate(ref state);
            if (value.IsError) return value;
            if (value.Type != CelType.Bool) return Errors.NotBool(predicate.Position, "The condition of exists_one()", value);
            if (value.IsTrue) matches++;
        }

        return CelValue.From(matches == 1);
    }
}
