namespace Sos.Workflows.Expressions.Syntax;

/// <summary>A part of an expression as written; macros are calls here.</summary>
internal abstract class Expr(int position, int end, int depth)
{
    /// <summary>Where an error about this part points: a name, an operator, or the first character.</summary>
    internal int Position { get; } = position;

    /// <summary>Just behind the part's last character.</summary>
    internal int End { get; } = end;

    /// <summary>Height of the tree below and including this part.</summary>
    internal int Depth { get; } = depth;
}

/// <summary><c>1</c>, <c>"a"</c>, <c>null</c>.</summary>
internal sealed class LiteralExpr(int position, int end, CelValue value) : Expr(position, end, 1)
{
    internal CelValue Value { get; } = value;
}

/// <summary><c>a</c>, or <c>.a</c> for a variable that no macro's variable hides.</summary>
internal sealed class IdentExpr(int position, int end, string name, bool isRooted) : Expr(position, end, 1)
{
    internal string Name { get; } = name;

    internal bool IsRooted { get; } = isRooted;
}

/// <summary><c>a.b</c>, <c>a.?b</c>.</summary>
internal sealed class SelectExpr(int position, int end, int depth, Expr target, string field, bool isOptional)
    : Expr(position, end, depth)
{
    internal Expr Target { get; } = target;

    internal string Field { get; } = field;

    internal bool IsOptional { get; } = isOptional;
}

/// <summary><c>a[b]</c>, <c>a[?b]</c>.</summary>
internal sealed class IndexExpr(int position, int end, int depth, Expr target, Expr index, bool isOptional)
    : Expr(position, end, depth)
{
    internal Expr Target { get; } = target;

    internal Expr Index { get; } = index;

    internal bool IsOptional { get; } = isOptional;
}

/// <summary><c>f(a)</c>, <c>.f(a)</c>, <c>t.f(a)</c>; also every macro.</summary>
internal sealed class CallExpr(
    int position, int end, int depth, Expr? target, string function, bool isRooted, IReadOnlyList<Expr> arguments)
    : Expr(position, end, depth)
{
    internal Expr? Target { get; } = target;

    internal string Function { get; } = function;

    internal bool IsRooted { get; } = isRooted;

    internal IReadOnlyList<Expr> Arguments { get; } = arguments;
}

/// <summary><c>!a</c>, <c>-a</c>.</summary>
internal sealed class UnaryExpr(int position, int end, int depth, TokenKind @operator, Expr operand)
    : Expr(position, end, depth)
{
    internal TokenKind Operator { get; } = @operator;

    internal Expr Operand { get; } = operand;
}

/// <summary><c>a + b</c>, and all other operators between two operands.</summary>
internal sealed class BinaryExpr(int position, int end, int depth, TokenKind @operator, Expr left, Expr right)
    : Expr(position, end, depth)
{
    internal TokenKind Operator { get; } = @operator;

    internal Expr Left { get; } = left;

    internal Expr Right { get; } = right;
}

/// <summary><c>a ? b : c</c>.</summary>
internal sealed class ConditionalExpr(int position, int end, int depth, Expr condition, Expr whenTrue, Expr whenFalse)
    : Expr(position, end, depth)
{
    internal Expr Condition { get; } = condition;

    internal Expr WhenTrue { get; } = whenTrue;

    internal Expr WhenFalse { get; } = whenFalse;
}

/// <summary><c>[a, ?b]</c>.</summary>
internal sealed class ListExpr(int position, int end, int depth, IReadOnlyList<ListItem> items) : Expr(position, end, depth)
{
    internal IReadOnlyList<ListItem> Items { get; } = items;
}

/// <summary><c>{a: b, ?c: d}</c>.</summary>
internal sealed class MapExpr(int position, int end, int depth, IReadOnlyList<MapEntry> entries) : Expr(position, end, depth)
{
    internal IReadOnlyList<MapEntry> Entries { get; } = entries;
}

/// <summary><c>a.b{c: d}</c>. SOS has no message types, so this never evaluates.</summary>
internal sealed class MessageExpr(int position, int end, int depth, string typeName, IReadOnlyList<MessageField> fields)
    : Expr(position, end, depth)
{
    internal string TypeName { get; } = typeName;

    internal IReadOnlyList<MessageField> Fields { get; } = fields;
}

internal readonly record struct ListItem(Expr Value, bool IsOptional);

internal readonly record struct MapEntry(Expr Key, Expr Value, bool IsOptional);

internal readonly record struct MessageField(string Name, Expr Value, bool IsOptional);
