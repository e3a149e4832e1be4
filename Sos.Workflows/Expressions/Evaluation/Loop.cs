using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>The variables of a macro that walks over a list or map: one (element or key), or two (index or key, value).</summary>
internal readonly record struct LoopVariables(int First, int? Second);

/// <summary>Walks over a list or map and sets a macro's variables.</summary>
internal struct Loop
{
    private readonly LoopVariables _variables;
    private readonly bool _isMap;
    private ListCursor _list;
    private MapCursor _map;
    private long _index;

    private Loop(LoopVariables variables, in CelValue range)
    {
        _variables = variables;
        _isMap = range.Type == CelType.Map;
        if (_isMap) _map = new MapCursor(range);
        else _list = new ListCursor(range);
    }

    /// <summary>Evaluates the range. False with an error when it is not a list or map.</summary>
    internal static bool TryStart(
        Node range, LoopVariables variables, ref EvaluationState state, out Loop loop, out int count, out CelValue error)
    {
        loop = default;
        count = 0;
        error = range.Evaluate(ref state);
        if (error.IsError) return false;
        if (error.Type is not (CelType.List or CelType.Map))
        {
            error = Errors.Make(
                CelErrorCodes.NoSuchOverload,
                range.Position,
                $"The macro walks over a list or a map, but found {Errors.WithArticle(error.Type)}.");
            return false;
        }

        loop = new Loop(variables, error);
        count = Collections.Count(error);
        state.Charge(1);
        return true;
    }

    internal bool TryNext(ref EvaluationState state)
    {
        state.Charge(1);
        ref var first = ref state.Locals[_variables.First];
        if (_variables.Second is not { } slot) return _isMap ? TryNextKey(ref state, out first, out _) : _list.TryNext(out first);
        ref var second = ref state.Locals[slot];
        if (_isMap) return TryNextKey(ref state, out first, out second);
        first = CelValue.From(_index++);
        return _list.TryNext(out second);
    }

    private bool TryNextKey(ref EvaluationState state, out CelValue key, out CelValue value)
    {
        var found = _map.TryNext(out key, out value);
        state.ChargeReading(key);
        return found;
    }
}
