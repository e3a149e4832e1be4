using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>A literal, or a list or map of literals.</summary>
internal sealed class ConstantNode(int position, CelValue value) : Node(position)
{
    internal CelValue Value => value;

    internal override CelValue Evaluate(ref EvaluationState state) => value;
}

/// <summary>A variable of a macro.</summary>
internal sealed class LocalNode(int position, int slot) : Node(position)
{
    internal int Slot => slot;

    internal override CelValue Evaluate(ref EvaluationState state) => state.Locals[slot];
}

/// <summary>A variable of the evaluation.</summary>
internal sealed class VariableNode(int position, string name) : Node(position)
{
    internal string Name => name;

    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (state.Variables.TryGet(name, out var value)) return value;
        return CelTypes.TryGetDenoted(name, out var type)
            ? type
            : Errors.UnknownVariable(Position, name, state.Variables);
    }
}

/// <summary>
/// A dotted name that may be a field of a variable, or a variable whose own name has dots; the longest name wins.
/// </summary>
/// <param name="position">Where the name starts.</param>
/// <param name="names">The prefixes with a dot, longest first, each with the selection of the remaining fields.</param>
/// <param name="plain">The fields selected from the variable with the first name.</param>
internal sealed class QualifiedNode(int position, (string Name, Node Selection)[] names, Node plain) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (state.HasQualifiedNames)
        {
            foreach (var (name, selection) in names)
            {
                if (state.Variables.TryGet(name, out _)) return selection.Evaluate(ref state);
            }
        }

        return plain.Evaluate(ref state);
    }
}

/// <summary>Something that can only fail, such as an unknown function; as in CEL, only when it is evaluated.</summary>
internal sealed class FailingNode(int position, string code, string message) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state) => Errors.Make(code, Position, message);
}

/// <summary>A list.</summary>
internal sealed class ListNode(int position, (Node Value, bool IsOptional)[] items) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1 + items.Length);
        var values = new CelValue[items.Length];
        var count = 0;
        foreach (var (node, isOptional) in items)
        {
            var value = node.Evaluate(ref state);
            if (value.IsError) return value;
            if (isOptional)
            {
                if (value.Type != CelType.Optional) return NotOptional(node.Position, value);
                if (!value.TryUnwrap(out value)) continue;
            }

            values[count++] = value;
        }

        return CelValue.List(values, 0, count);
    }

    internal static CelValue NotOptional(int position, in CelValue value) => Errors.Make(
        CelErrorCodes.NoSuchOverload,
        position,
        $"An element or key marked with '?' needs an optional, but found {Errors.WithArticle(value.Type)}.");
}

/// <summary>A map.</summary>
internal sealed class MapNode(int position, (Node Key, Node Value, bool IsOptional)[] entries) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1 + entries.Length);
        var map = new CelMapBuilder();
        foreach (var (keyNode, valueNode, isOptional) in entries)
        {
            var key = keyNode.Evaluate(ref state);
            if (key.IsError) return key;
            var value = valueNode.Evaluate(ref state);
            if (value.IsError) return value;
            if (isOptional)
            {
                if (value.Type != CelType.Optional) return ListNode.NotOptional(keyNode.Position, value);
                if (!value.TryUnwrap(out value)) continue;
            }

            if (!MapKey.IsKeyType(key.Type)) return BadKey(keyNode.Position, key);
            if (!map.TryAdd(key, value)) return Duplicate(keyNode.Position, key);
        }

        return map.ToValue();
    }

    internal static CelValue BadKey(int position, in CelValue key) => Errors.Make(
        CelErrorCodes.NoSuchOverload,
        position,
        $"A map's key is a string, int, uint or bool, but found {Errors.WithArticle(key.Type)}.");

    internal static CelValue Duplicate(int position, in CelValue key) => Errors.Make(
        CelErrorCodes.DuplicateKey, position, $"The key {Errors.Describe(key)} occurs twice in the map.");
}
