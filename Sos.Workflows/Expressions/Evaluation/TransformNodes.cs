using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary><c>map</c>, <c>filter</c> and <c>transformList</c>.</summary>
internal sealed class CollectNode(int position, Node range, LoopVariables variables, Node? condition, Node result)
    : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (!Loop.TryStart(range, variables, ref state, out var loop, out var most, out var error)) return error;
        var items = new CelValue[condition is null ? most : Math.Min(most, 16)];
        var count = 0;
        while (loop.TryNext(ref state))
        {
            if (!Conditions.Holds(condition, ref state, out error))
            {
                if (error.IsError) return error;
                continue;
            }

            var value = result.Evaluate(ref state);
            if (value.IsError) return value;
            if (count == items.Length) Array.Resize(ref items, Math.Min(most, Math.Max(4, count * 2)));
            items[count++] = value;
        }

        return CelValue.List(items, 0, count);
    }
}

/// <summary><c>transformMap</c>: keys stay, values change.</summary>
internal sealed class TransformMapNode(int position, Node range, LoopVariables variables, Node? condition, Node result)
    : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (!Loop.TryStart(range, variables, ref state, out var loop, out _, out var error)) return error;
        var map = new CelMapBuilder();
        while (loop.TryNext(ref state))
        {
            if (!Conditions.Holds(condition, ref state, out error))
            {
                if (error.IsError) return error;
                continue;
            }

            var value = result.Evaluate(ref state);
            if (value.IsError) return value;
            var key = state.Locals[variables.First];
            if (!map.TryAdd(key, value)) return MapNode.Duplicate(Position, key);
        }

        return map.ToValue();
    }
}

/// <summary><c>transformMapEntry</c>: every element gives a map whose entries are added.</summary>
internal sealed class TransformMapEntryNode(int position, Node range, LoopVariables variables, Node? condition, Node result)
    : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        if (!Loop.TryStart(range, variables, ref state, out var loop, out _, out var error)) return error;
        var map = new CelMapBuilder();
        while (loop.TryNext(ref state))
        {
            if (!Conditions.Holds(condition, ref state, out error))
            {
                if (error.IsError) return error;
                continue;
            }

            var entries = result.Evaluate(ref state);
            if (entries.IsError) return entries;
            if (entries.Type != CelType.Map)
            {
                return Errors.Make(
                    CelErrorCodes.NoSuchOverload,
                    result.Position,
                    $"transformMapEntry() needs a map such as {{key: value}}, but found {Errors.WithArticle(entries.Type)}.");
            }

            var cursor = new MapCursor(entries);
            while (cursor.TryNext(out var key, out var value))
            {
                state.Charge(1);
                if (!map.TryAdd(key, value)) return MapNode.Duplicate(result.Position, key);
            }
        }

        return map.ToValue();
    }
}

internal static class Conditions
{
    /// <summary>Whether a macro's condition is true, or absent; an error comes out separately.</summary>
    internal static bool Holds(Node? condition, ref EvaluationState state, out CelValue error)
    {
        error = default;
        if (condition is null) return true;
        var value = condition.Evaluate(ref state);
        if (value.Type == CelType.Bool) return value.IsTrue;
        error = value.IsError ? value : Errors.NotBool(condition.Position, "The condition of the macro", value);
        return false;
    }
}

/// <summary><c>sortBy</c>: a list in the order of its elements' keys.</summary>
internal sealed class SortByNode(int position, Node range, LoopVariables variables, Node key) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        var list = range.Evaluate(ref state);
        if (list.IsError) return list;
        if (list.Type != CelType.List)
        {
            return Errors.Make(
                CelErrorCodes.NoSuchOverload, Position, $"sortBy() sorts a list, but found {Errors.WithArticle(list.Type)}.");
        }

        var items = Collections.Items(list, ref state).ToArray();
        var keys = new CelValue[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            state.Charge(1);
            state.Locals[variables.First] = items[i];
            keys[i] = key.Evaluate(ref state);
            if (keys[i].IsError) return keys[i];
        }

        return Sorting.Sort(items, keys, Position, ref state);
    }
}
