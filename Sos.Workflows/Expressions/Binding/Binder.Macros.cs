using System.Diagnostics.CodeAnalysis;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions.Binding;

/// <summary>The macros: calls whose arguments are not simply evaluated.</summary>
internal sealed partial class Binder
{
    private bool TryBindMacro(CallExpr call, [NotNullWhen(true)] out Node? node)
    {
        node = call.Target is null ? BindGlobalMacro(call)
            : NamespaceOf(call.Target) is { } prefix ? BindNamespaceMacro(call, prefix)
            : BindMethodMacro(call, call.Target);
        return node is not null;
    }

    private Node? BindGlobalMacro(CallExpr call)
    {
        if (call is not { Function: "has", Arguments: [var argument] }) return null;
        return argument is SelectExpr { IsOptional: false } select
            ? BindPresence(select)
            : throw new SyntaxException(argument.Position, "has() takes a field, such as has(input.name). To look for a computed key, write: key in map.");
    }

    private Node? BindNamespaceMacro(CallExpr call, string prefix)
    {
        switch (prefix, call.Function)
        {
            case ("cel", "bind") when call.Arguments.Count == 3:
                var name = VariableOf(call.Arguments[0], "cel.bind");
                var value = Bind(call.Arguments[1]);
                var outer = _scope;
                var slot = Declare(name);
                var body = Bind(call.Arguments[2]);
                Leave(outer, 1);
                return new BindNode(call.Position, slot, value, body);
            case ("math", "greatest" or "least"):
                RefuseNonNumbers(call, $"math.{call.Function}");
                return null;
            default:
                return null;
        }
    }

    /// <summary>Literals that can never be compared as numbers are mistakes of the text, not of the data.</summary>
    private static void RefuseNonNumbers(CallExpr call, string name)
    {
        if (call.Arguments.Count == 0) throw new SyntaxException(call.Position, $"{name}() needs at least one number, or a list of numbers.");
        IEnumerable<Expr> candidates = call.Arguments is [ListExpr list] ? list.Items.Select(item => item.Value) : call.Arguments;
        foreach (var argument in candidates)
        {
            var isWrong = argument is LiteralExpr literal && !literal.Value.Type.IsNumber()
                || argument is MapExpr or MessageExpr
                || (argument is ListExpr && call.Arguments.Count > 1);
            if (isWrong) throw new SyntaxException(argument.Position, $"{name}() compares numbers only.");
        }

        if (call.Arguments is [ListExpr { Items.Count: 0 }]) throw new SyntaxException(call.Position, $"{name}() needs at least one number.");
    }

    private Node? BindMethodMacro(CallExpr call, Expr target)
    {
        switch (call.Function, call.Arguments.Count)
        {
            case ("all" or "exists", 2 or 3):
                return BindLoop(call, target, call.Arguments.Count - 1, 0, (range, variables, _, result) =>
                    new QuantifierNode(call.Position, range, variables, result, call.Function == "all"));
            case ("exists_one" or "existsOne", 2 or 3):
                return BindLoop(call, target, call.Arguments.Count - 1, 0, (range, variables, _, result) =>
                    new ExistsOneNode(call.Position, range, variables, result));
            case ("filter", 2):
                return BindFilter(call, target);
            case ("map", 2 or 3):
                return BindLoop(call, target, 1, call.Arguments.Count - 2, (range, variables, condition, result) =>
                    new CollectNode(call.Position, range, variables, condition, result));
            case ("transformList", 3 or 4):
                return BindLoop(call, target, 2, call.Arguments.Count - 3, (range, variables, condition, result) =>
                    new CollectNode(call.Position, range, variables, condition, result));
            case ("transformMap", 3 or 4):
                return BindLoop(call, target, 2, call.Arguments.Count - 3, (range, variables, condition, result) =>
                    new TransformMapNode(call.Position, range, variables, condition, result));
            case ("transformMapEntry", 3 or 4):
                return BindLoop(call, target, 2, call.Arguments.Count - 3, (range, variables, condition, result) =>
                    new TransformMapEntryNode(call.Position, range, variables, condition, result));
            case ("sortBy", 2):
                return BindLoop(call, target, 1, 0, (range, variables, _, key) =>
                    new SortByNode(call.Position, range, variables, key));
            case ("optMap" or "optFlatMap", 2):
                return BindLoop(call, target, 1, 0, (value, variables, _, result) =>
                    new OptionalMapNode(call.Position, value, variables.First, result, call.Function == "optFlatMap"));
            case ("or" or "orValue", 1):
                return new OptionalElseNode(call.Position, Bind(target), Bind(call.Arguments[0]), call.Function == "orValue");
            default:
                return null;
        }
    }

    private CollectNode BindFilter(CallExpr call, Expr target)
    {
        var range = Bind(target);
        var outer = _scope;
        var slot = Declare(VariableOf(call.Arguments[0], "filter"));
        var condition = Bind(call.Arguments[1]);
        Leave(outer, 1);
        return new CollectNode(call.Position, range, new LoopVariables(slot, null), condition, new LocalNode(call.Position, slot));
    }

    /// <summary>
    /// Binds the target outside, and the macro's condition (if it has one) and result inside of the scope of its
    /// variables, which are its first arguments.
    /// </summary>
    private Node BindLoop(
        CallExpr call, Expr target, int variableCount, int conditionCount, Func<Node, LoopVariables, Node?, Node, Node> create)
    {
        var range = Bind(target);
        var outer = _scope;
        var first = VariableOf(call.Arguments[0], call.Function);
        var firstSlot = Declare(first);
        int? secondSlot = null;
        if (variableCount == 2)
        {
            var second = VariableOf(call.Arguments[1], call.Function);
            if (second == first) throw new SyntaxException(call.Arguments[1].Position, $"The two variables of {call.Function}() need different names.");
            secondSlot = Declare(second);
        }

        var condition = conditionCount == 0 ? null : Bind(call.Arguments[variableCount]);
        var result = Bind(call.Arguments[variableCount + conditionCount]);
        Leave(outer, variableCount);
        return create(range, new LoopVariables(firstSlot, secondSlot), condition, result);
    }

    private static string VariableOf(Expr argument, string macro) => argument is IdentExpr { IsRooted: false } ident
        ? ident.Name
        : throw new SyntaxException(argument.Position, $"{macro}() needs the name of a new variable here.");

    private int Declare(string name)
    {
        var slot = _depth++;
        _localCount = Math.Max(_localCount, _depth);
        _scope = new Scope(_scope, name, slot);
        return slot;
    }

    private void Leave(Scope? outer, int count)
    {
        _scope = outer;
        _depth -= count;
    }
}
