using System.Globalization;
using System.Text;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Syntax;

/// <summary>Writes an expression so that it parses back to the same tree.</summary>
internal static class Printer
{
    private const int UnaryLevel = Operators.Highest + 1;
    private const int MemberLevel = UnaryLevel + 1;

    internal static string Print(Expr expr)
    {
        var text = new StringBuilder();
        Write(text, expr, 0);
        return text.ToString();
    }

    private static int LevelOf(Expr expr) => expr switch
    {
        ConditionalExpr => 0,
        BinaryExpr binary => Operators.PrecedenceOf(binary.Operator),
        UnaryExpr => UnaryLevel,
        LiteralExpr { Value.Type: CelType.Int or CelType.Double } literal when IsNegative(literal.Value) => UnaryLevel,
        _ => MemberLevel,
    };

    private static bool IsNegative(in CelValue number) =>
        number.Type == CelType.Int ? number.IntBits < 0 : double.IsNegative(number.DoubleBits);

    private static void Write(StringBuilder text, Expr expr, int level)
    {
        var needsParens = LevelOf(expr) < level;
        if (needsParens) text.Append('(');
        switch (expr)
        {
            case LiteralExpr literal:
                WriteLiteral(text, literal.Value);
                break;
            case IdentExpr ident:
                text.Append(ident.IsRooted ? "." : "").Append(ident.Name);
                break;
            case SelectExpr select:
                WriteTarget(text, select.Target);
                text.Append(select.IsOptional ? ".?" : ".").Append(FieldName(select.Field));
                break;
            case IndexExpr index:
                WriteTarget(text, index.Target);
                text.Append(index.IsOptional ? "[?" : "[");
                Write(text, index.Index, 0);
                text.Append(']');
                break;
            case CallExpr call:
                WriteCall(text, call);
                break;
            case UnaryExpr unary:
                text.Append(Operators.SymbolOf(unary.Operator));
                WriteOperand(text, unary);
                break;
            case BinaryExpr binary:
                var precedence = Operators.PrecedenceOf(binary.Operator);
                Write(text, binary.Left, precedence);
                text.Append(' ').Append(Operators.SymbolOf(binary.Operator)).Append(' ');
                Write(text, binary.Right, precedence + 1);
                break;
            case ConditionalExpr conditional:
                Write(text, conditional.Condition, 1);
                text.Append(" ? ");
                Write(text, conditional.WhenTrue, 1);
                text.Append(" : ");
                Write(text, conditional.WhenFalse, 0);
                break;
            case ListExpr list:
                WriteItems(text, '[', ']', list.Items, static (text, item) =>
                {
                    text.Append(item.IsOptional ? "?" : "");
                    Write(text, item.Value, 0);
                });
                break;
            case MapExpr map:
                WriteItems(text, '{', '}', map.Entries, static (text, entry) =>
                {
                    text.Append(entry.IsOptional ? "?" : "");
                    Write(text, entry.Key, 0);
                    text.Append(": ");
                    Write(text, entry.Value, 0);
                });
                break;
            case MessageExpr message:
                text.Append(message.TypeName);
                WriteItems(text, '{', '}', message.Fields, static (text, field) =>
                {
                    text.Append(field.IsOptional ? "?" : "").Append(FieldName(field.Name)).Append(": ");
                    Write(text, field.Value, 0);
                });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(expr), expr, "Not a known kind of expression.");
        }

        if (needsParens) text.Append(')');
    }

    /// <summary>A unary operand; in parentheses where a minus would become the sign of a number.</summary>
    private static void WriteOperand(StringBuilder text, UnaryExpr unary)
    {
        var joins = unary.Operand is LiteralExpr { Value.Type: CelType.Int or CelType.UInt or CelType.Double };
        if (joins) text.Append('(');
        Write(text, unary.Operand, joins ? 0 : MemberLevel);
        if (joins) text.Append(')');
    }

    /// <summary>What stands before a dot or bracket; a number there gets parentheses for the reader's sake.</summary>
    private static void WriteTarget(StringBuilder text, Expr target)
    {
        var isNumber = target is LiteralExpr { Value.Type: CelType.Int or CelType.UInt or CelType.Double };
        if (isNumber) text.Append('(');
        Write(text, target, isNumber ? 0 : MemberLevel);
        if (isNumber) text.Append(')');
    }

    private static void WriteCall(StringBuilder text, CallExpr call)
    {
        if (call.Target is not null)
        {
            WriteTarget(text, call.Target);
            text.Append('.');
        }
        else if (call.IsRooted)
        {
            text.Append('.');
        }

        text.Append(call.Function);
        WriteItems(text, '(', ')', call.Arguments, static (text, argument) => Write(text, argument, 0));
    }

    private static void WriteItems<T>(
        StringBuilder text, char open, char close, IReadOnlyList<T> items, Action<StringBuilder, T> write)
    {
        text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) text.Append(", ");
            write(text, items[i]);
        }

        text.Append(close);
    }

    private static string FieldName(string field) =>
        Lexer.IsWord(field) && field is not ("true" or "false" or "null" or "in") ? field : $"`{field}`";

    private static void WriteLiteral(StringBuilder text, in CelValue value)
    {
        switch (value.Type)
        {
            case CelType.Null:
                text.Append("null");
                break;
            case CelType.UInt:
                text.Append(value.ToText()).Append('u');
                break;
            case CelType.Double:
                var digits = Numbers.ToText(value.DoubleBits);
                text.Append(digits).Append(digits.AsSpan().IndexOfAny('.', 'e') < 0 ? ".0" : "");
                break;
            case CelType.String:
                WriteQuoted(text, value.Text);
                break;
            case CelType.Bytes:
                text.Append("b\"");
                foreach (var octet in value.BytesArray) WriteOctet(text, octet);
                text.Append('"');
                break;
            default:
                text.Append(value.ToText());
                break;
        }
    }

    private static void WriteQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c == '\n') text.Append("\\n");
            else if (char.IsControl(c)) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else text.Append(c);
        }

        text.Append('"');
    }

    private static void WriteOctet(StringBuilder text, byte octet)
    {
        if (octet is >= 0x20 and < 0x7f and not ((byte)'"' or (byte)'\\')) text.Append((char)octet);
        else text.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}");
    }
}
