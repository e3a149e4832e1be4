using FsCheck;
using FsCheck.Fluent;
using Sos.Workflows.Expressions;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>Comparison and generation of syntax trees, without positions.</summary>
internal static class SyntaxTrees
{
    private static readonly string[] Names = ["a", "b", "input", "x1", "_", "size", "optional"];
    private static readonly string[] Fields = ["a", "body", "package", "content-type", "a b", "a.b/c", "as"];
    private static readonly string[] Functions = ["f", "size", "map", "package"];

    private static readonly TokenKind[] BinaryOperators =
    [
        TokenKind.Or, TokenKind.And, TokenKind.Equal, TokenKind.NotEqual, TokenKind.Less, TokenKind.LessOrEqual,
        TokenKind.Greater, TokenKind.GreaterOrEqual, TokenKind.In, TokenKind.Plus, TokenKind.Minus, TokenKind.Star,
        TokenKind.Slash, TokenKind.Percent,
    ];

    internal static Arbitrary<Expr> Arbitrary => Gen.Sized(size => Tree(Math.Min(size, 6))).ToArbitrary();

    internal static bool AreSame(Expr a, Expr b) => (a, b) switch
    {
        (LiteralExpr x, LiteralExpr y) => x.Value.Type == y.Value.Type && AreSameLiterals(x.Value, y.Value),
        (IdentExpr x, IdentExpr y) => x.Name == y.Name && x.IsRooted == y.IsRooted,
        (SelectExpr x, SelectExpr y) => x.Field == y.Field && x.IsOptional == y.IsOptional && AreSame(x.Target, y.Target),
        (IndexExpr x, IndexExpr y) => x.IsOptional == y.IsOptional && AreSame(x.Target, y.Target) && AreSame(x.Index, y.Index),
        (CallExpr x, CallExpr y) => x.Function == y.Function && x.IsRooted == y.IsRooted && (x.Target is null) == (y.Target is null)
            && (x.Target is null || AreSame(x.Target, y.Target!)) && AreSame(x.Arguments, y.Arguments),
        (UnaryExpr x, UnaryExpr y) => x.Operator == y.Operator && AreSame(x.Operand, y.Operand),
        (BinaryExpr x, BinaryExpr y) => x.Operator == y.Operator && AreSame(x.Left, y.Left) && AreSame(x.Right, y.Right),
        (ConditionalExpr x, ConditionalExpr y) => AreSame(x.Condition, y.Condition) && AreSame(x.WhenTrue, y.WhenTrue)
            && AreSame(x.WhenFalse, y.WhenFalse),
        (ListExpr x, ListExpr y) => AreSame([.. x.Items.Select(i => i.Value)], [.. y.Items.Select(i => i.Value)])
            && x.Items.Select(i => i.IsOptional).SequenceEqual(y.Items.Select(i => i.IsOptional)),
        (MapExpr x, MapExpr y) => AreSame([.. x.Entries.SelectMany(Parts)], [.. y.Entries.SelectMany(Parts)])
            && x.Entries.Select(e => e.IsOptional).SequenceEqual(y.Entries.Select(e => e.IsOptional)),
        (MessageExpr x, MessageExpr y) => x.TypeName == y.TypeName
            && x.Fields.Select(f => (f.Name, f.IsOptional)).SequenceEqual(y.Fields.Select(f => (f.Name, f.IsOptional)))
            && AreSame([.. x.Fields.Select(f => f.Value)], [.. y.Fields.Select(f => f.Value)]),
        _ => false,
    };

    private static Expr[] Parts(MapEntry entry) => [entry.Key, entry.Value];

    private static bool AreSame(IReadOnlyList<Expr> a, IReadOnlyList<Expr> b) =>
        a.Count == b.Count && a.Zip(b).All(pair => AreSame(pair.First, pair.Second));

    private static bool AreSameLiterals(CelValue a, CelValue b) => a.Type == CelType.Double
        ? BitConverter.DoubleToInt64Bits(a.AsDouble()) == BitConverter.DoubleToInt64Bits(b.AsDouble())
        : a.Equals(b);

    private static Gen<Expr> Tree(int size)
    {
        if (size <= 0) return Leaf();
        var child = Tree(size - 1);
        var few = child.ListOf().Select(items => (IReadOnlyList<Expr>)[.. items.Take(3)]);
        return Gen.OneOf(
            Leaf(),
            from target in child from field in Gen.Elements(Fields) from optional in Flag() select (Expr)new SelectExpr(0, 0, 1, target, field, optional),
            from target in child from index in child from optional in Flag() select (Expr)new IndexExpr(0, 0, 1, target, index, optional),
            from arguments in few from name in Gen.Elements("f", "size") from rooted in Flag() select (Expr)new CallExpr(0, 0, 1, null, name, rooted, arguments),
            from target in child from arguments in few from name in Gen.Elements(Functions) select (Expr)new CallExpr(0, 0, 1, target, name, false, arguments),
            from operand in child where operand is not UnaryExpr from op in Gen.Elements(TokenKind.Not, TokenKind.Minus) select (Expr)new UnaryExpr(0, 0, 1, op, operand),
            from left in child from right in child from op in Gen.Elements(BinaryOperators) select (Expr)new BinaryExpr(0, 0, 1, op, left, right),
            from condition in child from yes in child from no in child select (Expr)new ConditionalExpr(0, 0, 1, condition, yes, no),
            from items in few from optional in Flag() select (Expr)new ListExpr(0, 0, 1, [.. items.Select(item => new ListItem(item, optional))]),
            from keys in few from value in child from optional in Flag() select (Expr)new MapExpr(0, 0, 1, [.. keys.Select(key => new MapEntry(key, value, optional))]),
            from values in few from optional in Flag() select (Expr)new MessageExpr(0, 0, 1, "my.Type", [.. values.Select(value => new MessageField("field", value, optional))]));
    }

    private static Gen<bool> Flag() => Gen.Elements(true, false);

    private static Gen<Expr> Leaf() => Gen.OneOf(
        from name in Gen.Elements(Names) from rooted in Flag() select (Expr)new IdentExpr(0, 0, name, rooted),
        from value in Literal() select (Expr)new LiteralExpr(0, 0, value));

    private static Gen<CelValue> Literal() => Gen.OneOf(
        Gen.Constant(CelValue.Null),
        Flag().Select(CelValue.From),
        Gen.OneOf(ArbMap.Default.GeneratorFor<long>(), Gen.Elements(long.MinValue, long.MaxValue, 0L)).Select(CelValue.From),
        ArbMap.Default.GeneratorFor<ulong>().Select(CelValue.From),
        ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).Select(CelValue.From),
        ArbMap.Default.GeneratorFor<string>().Where(text => text is not null && text.EnumerateRunes().All(rune => rune.Value != 0xFFFD)).Select(text => CelValue.From(text)),
        ArbMap.Default.GeneratorFor<byte[]>().Where(bytes => bytes is not null).Select(CelValue.From));
}
