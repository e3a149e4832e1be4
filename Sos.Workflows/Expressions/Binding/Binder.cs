using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Functions;
using Sos.Workflows.Expressions.Patterns;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions.Binding;

/// <summary>Turns a syntax tree into nodes: resolves names and functions, expands macros, folds constant collections.</summary>
internal sealed partial class Binder
{
    private readonly string _source;
    private readonly CelLimits _limits;
    private readonly List<CelReference> _references = [];
    private readonly List<CelError> _problems = [];
    private Scope? _scope;
    private int _depth;
    private int _localCount;
    private bool _usesClock;

    private Binder(string source, CelLimits limits)
    {
        _source = source;
        _limits = limits;
    }

    internal static BoundExpression Bind(Expr syntax, string source, CelLimits limits)
    {
        var binder = new Binder(source, limits);
        var root = binder.Bind(syntax);
        binder._references.Sort((a, b) => a.Position.CompareTo(b.Position));
        return new BoundExpression(root, binder._localCount, binder._references, binder._problems, binder._usesClock);
    }

    private Node Bind(Expr expr) => expr switch
    {
        LiteralExpr literal => new ConstantNode(literal.Position, literal.Value),
        IdentExpr or SelectExpr or IndexExpr => BindAccess(expr, isOptional: false),
        CallExpr call => BindCall(call),
        UnaryExpr { Operator: TokenKind.Not } not => new NotNode(not.Position, Bind(not.Operand)),
        UnaryExpr negate => new NegateNode(negate.Position, Bind(negate.Operand)),
        BinaryExpr binary => BindBinary(binary),
        ConditionalExpr conditional => new ConditionalNode(
            conditional.Position, Bind(conditional.Condition), Bind(conditional.WhenTrue), Bind(conditional.WhenFalse)),
        ListExpr list => BindList(list),
        MapExpr map => BindMap(map),
        MessageExpr message => BindMessage(message),
        _ => throw new ArgumentOutOfRangeException(nameof(expr), expr, "Not a known kind of expression."),
    };

    private Node BindBinary(BinaryExpr binary)
    {
        var left = Bind(binary.Left);
        var right = Bind(binary.Right);
        return binary.Operator switch
        {
            TokenKind.And => new LogicNode(binary.Position, left, right, isAnd: true),
            TokenKind.Or => new LogicNode(binary.Position, left, right, isAnd: false),
            TokenKind.Equal or TokenKind.NotEqual => BindEquality(binary, left, right),
            TokenKind.In when right is ConstantNode list && ConstantText.FromList(list.Value) is { } texts =>
                new TextInNode(binary.Position, left, texts),
            TokenKind.In => new InNode(binary.Position, left, right),
            TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual =>
                new OrderingNode(binary.Position, left, right, binary.Operator),
            _ => new ArithmeticNode(binary.Position, left, right, binary.Operator),
        };
    }

    private static Node BindEquality(BinaryExpr binary, Node left, Node right)
    {
        var isEqual = binary.Operator == TokenKind.Equal;
        if (right is ConstantNode { Value: { Type: CelType.String } text }) return new TextEqualityNode(binary.Position, left, text.Text, isEqual);
        if (left is ConstantNode { Value: { Type: CelType.String } first }) return new TextEqualityNode(binary.Position, right, first.Text, isEqual);
        return new EqualityNode(binary.Position, left, right, isEqual);
    }

    private Node BindList(ListExpr list)
    {
        var items = new (Node Value, bool IsOptional)[list.Items.Count];
        for (var i = 0; i < items.Length; i++) items[i] = (Bind(list.Items[i].Value), list.Items[i].IsOptional);
        var node = new ListNode(list.Position, items);
        return Fold(node, Array.TrueForAll(items, item => item is { Value: ConstantNode, IsOptional: false }));
    }

    private Node BindMap(MapExpr map)
    {
        var entries = new (Node Key, Node Value, bool IsOptional)[map.Entries.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = map.Entries[i];
            entries[i] = (Bind(entry.Key), Bind(entry.Value), entry.IsOptional);
        }

        var node = new MapNode(map.Position, entries);
        return Fold(node, Array.TrueForAll(entries, entry => entry is { Key: ConstantNode, Value: ConstantNode, IsOptional: false }));
    }

    /// <summary>Replaces a collection of constants by its value, unless making it fails.</summary>
    private static Node Fold(Node node, bool isConstant)
    {
        if (!isConstant) return node;
        var state = EvaluationState.Unlimited();
        var value = node.Evaluate(ref state);
        return value.IsError ? node : new ConstantNode(node.Position, value);
    }

    private FailingNode BindMessage(MessageExpr message)
    {
        foreach (var field in message.Fields) Bind(field.Value);
        return Fail(
            message.Position,
            CelErrorCodes.UnknownType,
            $"There is no message type '{message.TypeName}'. A map is written {{\"{(message.Fields.Count > 0 ? message.Fields[0].Name : "key")}\": …}}.");
    }

    private FailingNode Fail(int position, string code, string message)
    {
        _problems.Add(CelError.At(_source, position, code, message));
        return new FailingNode(position, code, message);
    }

    private Node BindCall(CallExpr call)
    {
        if (TryBindMacro(call, out var macro)) return macro;
        if (call.Target is null) return BindFunction(call, call.Function, isMethod: false, []);
        if (NamespaceOf(call.Target) is { } prefix)
            return BindFunction(call, $"{prefix}.{call.Function}", isMethod: false, []);
        return BindFunction(call, call.Function, isMethod: true, [Bind(call.Target)]);
    }

    /// <summary>The namespace that a target names, such as <c>math</c>, unless a macro's variable hides it.</summary>
    private string? NamespaceOf(Expr target) =>
        target is IdentExpr ident && FunctionTable.Namespaces.Contains(ident.Name)
        && (ident.IsRooted || Scope.Find(_scope, ident.Name) is null)
            ? ident.Name
            : null;

    private Node BindFunction(CallExpr call, string name, bool isMethod, Node[] target)
    {
        Node[] arguments = [.. target, .. call.Arguments.Select(Bind)];
        if (!FunctionTable.TryFind(name, isMethod, arguments.Length, out var function))
            return Fail(call.Position, CelErrorCodes.UnknownFunction, FunctionTable.DescribeUnknown(name, isMethod));
        _usesClock |= function.Name == HostFunctions.Now;
        function = FindPattern(function, arguments) ?? function;
        return CallNode.Create(new CallSite(call.Position, function), function, arguments);
    }

    /// <summary>Compiles a constant regular expression once, and reports a wrong one before any evaluation.</summary>
    private Function? FindPattern(Function function, Node[] arguments)
    {
        if (function.Name != RegexFunctions.Matches) return null;
        if (arguments[1] is not ConstantNode { Value: { Type: CelType.String } pattern }) return null;
        if (!Re2.TryCompile(pattern.Text, _limits, out var regex, out var message, out _))
        {
            _problems.Add(CelError.At(_source, arguments[1].Position, CelErrorCodes.InvalidPattern, message));
            return null;
        }

        return function with { Body = RegexFunctions.MatchesCompiled(regex) };
    }
}
