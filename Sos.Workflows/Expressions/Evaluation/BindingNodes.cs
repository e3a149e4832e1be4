namespace Sos.Workflows.Expressions.Evaluation;

/// <summary><c>cel.bind</c>. An error of the bound value shows where the variable is used, if it is.</summary>
internal sealed class BindNode(int position, int slot, Node value, Node body) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        state.Locals[slot] = value.Evaluate(ref state);
        return body.Evaluate(ref state);
    }
}

/// <summary><c>optMap</c> and <c>optFlatMap</c>.</summary>
internal sealed class OptionalMapNode(int position, Node target, int slot, Node body, bool isFlat) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var value = target.Evaluate(ref state);
        if (value.IsError) return value;
        if (value.Type != CelType.Optional) return OptionalElseNode.NotOptional(Position, isFlat ? "optFlatMap" : "optMap", value);
        if (!value.TryUnwrap(out var inner)) return value;
        state.Locals[slot] = inner;
        var result = body.Evaluate(ref state);
        if (result.IsError) return result;
        if (!isFlat) return CelValue.Some(result);
        return result.Type == CelType.Optional
            ? result
            : Errors.Make(CelErrorCodes.NoSuchOverload, body.Position, $"optFlatMap() needs an optional as its result, but found {Errors.WithArticle(result.Type)}.");
    }
}

/// <summary><c>or</c> and <c>orValue</c>, whose argument is evaluated only when it is needed.</summary>
internal sealed class OptionalElseNode(int position, Node target, Node otherwise, bool isValue) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var value = target.Evaluate(ref state);
        if (value.IsError) return value;
        if (value.Type != CelType.Optional) return NotOptional(Position, isValue ? "orValue" : "or", value);
        if (value.TryUnwrap(out var inner)) return isValue ? inner : value;
        var other = otherwise.Evaluate(ref state);
        return isValue || other.IsError || other.Type == CelType.Optional ? other : NotOptional(Position, "or", other);
    }

    internal static CelValue NotOptional(int position, string function, in CelValue value) => Errors.Make(
        CelErrorCodes.NoSuchOverload,
        position,
        $"'{function}' works on optionals such as map.?field, but found {Errors.WithArticle(value.Type)}.");
}
