using System.Text;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary><c>target.field</c>, <c>target.?field</c> and <c>has(target.field)</c>.</summary>
internal sealed class SelectNode(int position, Node target, string field, SelectMode mode, string? targetPath) : Node(position)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(field);
    private readonly int _targetSlot = target is LocalNode local ? local.Slot : -1;
    private readonly string? _targetVariable = (target as VariableNode)?.Name;

    internal override CelValue Evaluate(ref EvaluationState state)
    {
        // Variables, by far the most frequent targets, are read where they are.
        if (_targetSlot >= 0) return SelectAny(state.Locals[_targetSlot], ref state);
        if (_targetVariable is not null && state.Variables.TryGet(_targetVariable, out var variable)) return SelectAny(variable, ref state);
        var value = target.Evaluate(ref state);
        return SelectAny(value, ref state);
    }

    private CelValue SelectAny(in CelValue value, ref EvaluationState state)
    {
        if (mode == SelectMode.Value && value is { IsJson: true, Type: CelType.Map })
        {
            state.ChargeLookup(value);
            if (JsonText.TryGetProperty(value.Json, _utf8, out var json)) return CelValue.FromJson(json);
        }

        return Select(value, ref state);
    }

    private CelValue Select(in CelValue value, ref EvaluationState state)
    {
        if (value.IsError) return value;
        if (value.Type != CelType.Optional)
        {
            return mode switch
            {
                SelectMode.Value => SelectFrom(value, ref state),
                SelectMode.Presence => Present(value, ref state),
                _ => SelectOptional(value, ref state),
            };
        }

        // Below an optional, a missing field is an absent value.
        var has = value.TryUnwrap(out var inner);
        if (mode == SelectMode.Presence) return has ? Present(inner, ref state) : CelValue.False;
        return has ? SelectOptional(inner, ref state) : value;
    }

    private CelValue SelectFrom(in CelValue value, ref EvaluationState state)
    {
        if (value.Type != CelType.Map) return NotAMap(value);
        return TryFind(value, ref state, out var found) ? found : Errors.NoSuchField(Position, targetPath, field, value);
    }

    private CelValue SelectOptional(in CelValue value, ref EvaluationState state)
    {
        if (value.Type != CelType.Map) return NotAMap(value);
        return TryFind(value, ref state, out var found) ? CelValue.Some(found) : CelValue.None;
    }

    private CelValue Present(in CelValue value, ref EvaluationState state) =>
        value.Type != CelType.Map ? NotAMap(value) : CelValue.From(TryFind(value, ref state, out _));

    private bool TryFind(in CelValue map, ref EvaluationState state, out CelValue found)
    {
        state.ChargeLookup(map);
        if (!map.IsJson) return map.MapObject.TryGet(field, out found);
        var exists = JsonText.TryGetProperty(map.Json, _utf8, out var json);
        found = exists ? CelValue.FromJson(json) : default;
        return exists;
    }

    private CelValue NotAMap(in CelValue value)
    {
        var what = targetPath is null ? "The value before '." + field + "'" : $"'{targetPath}'";
        var advice = value.IsNull ? " Test it with has() or ask with '!= null' first." : "";
        return Errors.Make(
            CelErrorCodes.NoSuchOverload,
            Position,
            $"{what} is {Errors.WithArticle(value.Type)}, so it has no field '{field}'.{advice}");
    }
}

/// <summary>What selecting a field gives.</summary>
internal enum SelectMode
{
    /// <summary>The field's value.</summary>
    Value,

    /// <summary>An optional.</summary>
    Optional,

    /// <summary>Whether the field is there.</summary>
    Presence,
}

/// <summary><c>target[index]</c> and <c>target[?index]</c>.</summary>
internal sealed class IndexNode(int position, Node target, Node index, bool isOptional, string? targetPath) : Node(position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        var value = target.Evaluate(ref state);
        if (value.IsError) return value;
        var key = index.Evaluate(ref state);
        if (key.IsError) return key;
        var wantsOptional = isOptional;
        if (value.Type == CelType.Optional)
        {
            if (!value.TryUnwrap(out var inner)) return value;
            value = inner;
            wantsOptional = true;
        }

        CelValue found;
        bool exists;
        switch (value.Type)
        {
            case CelType.Map:
                state.ChargeLookup(value);
                state.ChargeReading(key);
                exists = Collections.TryGetValue(value, key, out found);
                break;
            case CelType.List:
                if (!TryGetIndex(key, out var at)) return NotAnIndex(key);
                exists = at >= 0 && at < Collections.Count(value);
                state.Charge(1 + (value.IsJson && exists ? at / 32 : 0));
                found = exists ? Collections.ItemAt(value, (int)at) : default;
                break;
            default:
                return NotIndexable(value);
        }

        if (wantsOptional) return exists ? CelValue.Some(found) : CelValue.None;
        return exists ? found : Missing(value, key);
    }

    /// <summary>An int, or any number that equals one.</summary>
    private static bool TryGetIndex(in CelValue key, out long at)
    {
        at = key.IntBits;
        return key.Type switch
        {
            CelType.Int => true,
            CelType.UInt => true,
            CelType.Double => Numbers.TryToInt(key.DoubleBits, out at),
            _ => false,
        };
    }

    private CelValue Missing(in CelValue value, in CelValue key)
    {
        if (value.Type == CelType.List)
        {
            return Errors.Make(
                CelErrorCodes.IndexOutOfRange,
                Position,
                $"{What("The list")} has {Collections.Count(value)} elements, so there is none at {key.ToText()}.");
        }

        return key.Type == CelType.String
            ? Errors.NoSuchField(Position, targetPath, key.Text, value)
            : Errors.NoSuchKey(Position, key);
    }

    private CelValue NotAnIndex(in CelValue key) => Errors.Invalid(
        Position, $"A list's index is a whole number, but found {(key.Type == CelType.Double ? key.ToText() : Errors.WithArticle(key.Type))}.");

    private CelValue NotIndexable(in CelValue value)
    {
        var advice = value.Type == CelType.String ? " Use charAt() or substring()." : "";
        return Errors.Make(
            CelErrorCodes.NoSuchOverload,
            Position,
            $"{What("The value before '['")} is {Errors.WithArticle(value.Type)}; only lists and maps have elements.{advice}");
    }

    private string What(string otherwise) => targetPath is null ? otherwise : $"'{targetPath}'";
}
