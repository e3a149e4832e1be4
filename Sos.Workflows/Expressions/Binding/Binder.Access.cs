using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions.Binding;

/// <summary>Variables, the fields selected from them, and the references these make.</summary>
internal sealed partial class Binder
{
    /// <summary>Binds a chain of selections and records the reference that its beginning makes.</summary>
    private Node BindAccess(Expr expr, bool isOptional)
    {
        var path = PathOf(expr, out var root, out var end, out var pathIsOptional);
        var isLocal = root is not null && !root.IsRooted && Scope.Find(_scope, root.Name) is not null;
        if (path is not null && !isLocal)
        {
            if (IsTypeName(path)) return BindTypeName(expr, path);
            AddReference(path, root!.Position, end, isOptional || pathIsOptional);
        }

        return BindChain(expr, SelectMode.Value);
    }

    /// <summary>Binds the inside of <c>has()</c>.</summary>
    private Node BindPresence(SelectExpr select)
    {
        var path = PathOf(select, out var root, out var end, out _);
        var isLocal = root is not null && !root.IsRooted && Scope.Find(_scope, root.Name) is not null;
        if (path is not null && !isLocal) AddReference(path, root!.Position, end, isOptional: true);
        return BindChain(select, SelectMode.Presence);
    }

    private void AddReference(List<string> path, int position, int end, bool isOptional) =>
        _references.Add(new CelReference(path, position, end - position, isOptional));

    private Node BindChain(Expr expr, SelectMode mode)
    {
        var plain = BindPlainChain(expr, mode);
        var names = new List<string>();
        if (!TryGetDottedName(expr, names, out var ident) || names.Count < 2) return plain;
        if (!ident!.IsRooted && Scope.Find(_scope, ident.Name) is not null) return plain;
        // With has(), the last field is looked for in a value, so it is not a part of a variable's name.
        var longest = mode == SelectMode.Presence ? names.Count - 1 : names.Count;
        var candidates = new List<(string, Node)>();
        for (var length = longest; length >= 2; length--)
        {
            var name = string.Join('.', names.Take(length));
            Node node = new VariableNode(expr.Position, name);
            for (var i = length; i < names.Count; i++)
            {
                var fieldMode = i == names.Count - 1 ? mode : SelectMode.Value;
                node = new SelectNode(expr.Position, node, names[i], fieldMode, string.Join('.', names.Take(i)));
            }

            candidates.Add((name, node));
        }

        return candidates.Count == 0 ? plain : new QualifiedNode(expr.Position, [.. candidates], plain);
    }

    private Node BindPlainChain(Expr expr, SelectMode mode)
    {
        switch (expr)
        {
            case IdentExpr ident:
                return !ident.IsRooted && Scope.Find(_scope, ident.Name) is { } slot
                    ? new LocalNode(ident.Position, slot)
                    : new VariableNode(ident.Position, ident.Name);
            case SelectExpr select:
                var fieldMode = mode == SelectMode.Presence ? mode : select.IsOptional ? SelectMode.Optional : SelectMode.Value;
                return new SelectNode(select.Position, BindTarget(select), select.Field, fieldMode, DisplayOf(select.Target));
            case IndexExpr index:
                var target = BindTarget(index.Target);
                return new IndexNode(index.Position, target, Bind(index.Index), index.IsOptional, DisplayOf(index.Target));
            default:
                return Bind(expr);
        }
    }

    /// <summary>Inside of a dotted name, the outermost part has tried the longer names already.</summary>
    private Node BindTarget(SelectExpr select) => !select.IsOptional && TryGetDottedName(select.Target, [], out _)
        ? BindPlainChain(select.Target, SelectMode.Value)
        : BindTarget(select.Target);

    private Node BindTarget(Expr target) =>
        target is IdentExpr or SelectExpr or IndexExpr ? BindChain(target, SelectMode.Value) : Bind(target);

    private static bool TryGetDottedName(Expr expr, List<string> names, out IdentExpr? root)
    {
        root = null;
        switch (expr)
        {
            case IdentExpr ident:
                root = ident;
                names.Add(ident.Name);
                return true;
            case SelectExpr { IsOptional: false } select when TryGetDottedName(select.Target, names, out root):
                names.Add(select.Field);
                return true;
            default:
                return false;
        }
    }

    private static bool IsTypeName(List<string> path) => CelTypes.TryGetDenoted(string.Join('.', path), out _);

    private Node BindTypeName(Expr expr, List<string> path)
    {
        if (path.Count == 1 || !CelTypes.TryGetDenoted(string.Join('.', path), out var type)) return BindChain(expr, SelectMode.Value);
        return new ConstantNode(expr.Position, type);
    }

    /// <summary>A variable and the fields and constant keys behind it, or null when the chain starts elsewhere.</summary>
    private static List<string>? PathOf(Expr expr, out IdentExpr? root, out int end, out bool isOptional)
    {
        root = null;
        end = expr.End;
        isOptional = false;
        var path = new List<string>();
        while (true)
        {
            switch (expr)
            {
                case IdentExpr ident:
                    path.Add(ident.Name);
                    path.Reverse();
                    root = ident;
                    return path;
                case SelectExpr select:
                    path.Add(select.Field);
                    isOptional |= select.IsOptional;
                    expr = select.Target;
                    break;
                case IndexExpr { Index: LiteralExpr { Value: { Type: CelType.String } key } } index:
                    path.Add(key.Text);
                    isOptional |= index.IsOptional;
                    expr = index.Target;
                    break;
                case IndexExpr index:
                    // What is behind a computed key does not follow from the text.
                    path.Clear();
                    isOptional = false;
                    expr = index.Target;
                    end = expr.End;
                    break;
                default:
                    return null;
            }
        }
    }

    /// <summary>The part's text as it is named in error texts, when it is short.</summary>
    private string? DisplayOf(Expr expr)
    {
        const int Longest = 60;
        if (PathOf(expr, out var root, out _, out _) is null || root is null) return null;
        var start = root.Position;
        return expr.End - start <= Longest && expr.End <= _source.Length ? _source[start..expr.End] : null;
    }
}
