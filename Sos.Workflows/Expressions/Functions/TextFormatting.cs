using System.Globalization;
using System.Text;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary><c>text.format(values)</c>, after the specification's page on strings.</summary>
internal static class TextFormatting
{
    private const int DefaultPrecision = 6;
    private const int HighestPrecision = 100;
    private const int DeepestValue = 64;

    internal static IEnumerable<Function> All => [new("format", "text.format([values])", true, 2, (Function2)Format)];

    private static CelValue Format(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (a.Type != CelType.String || b.Type != CelType.List) return call.NoOverload(a, b);
        var template = a.Text;
        var values = Collections.Items(b, ref state);
        state.ChargeText(template.Length);
        var result = new StringBuilder();
        var used = 0;
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] != '%')
            {
                result.Append(template[i]);
                continue;
            }

            if (i + 1 < template.Length && template[i + 1] == '%')
            {
                result.Append('%');
                i++;
                continue;
            }

            var problem = ReadClause(template, ref i, out var precision);
            if (problem is not null) return call.Invalid(problem);
            if (used == values.Length)
                return call.Invalid($"The format uses more than the {CelValue.From(values.Length)} values that it got.");
            var before = result.Length;
            problem = Append(result, template[i], precision, values[used++], ref state);
            if (problem is not null) return call.Invalid(problem);
            state.ChargeText(result.Length - before);
            if (result.Length > state.Limits.MaxResultBytes) state.ChargeResult(result.Length);
        }

        return CelValue.From(result.ToString());
    }

    /// <summary>Moves to the clause's letter. Gives what is wrong, if anything is.</summary>
    private static string? ReadClause(string template, ref int at, out int precision)
    {
        precision = DefaultPrecision;
        at++;
        if (at < template.Length && template[at] == '.')
        {
            var start = ++at;
            while (at < template.Length && char.IsAsciiDigit(template[at])) at++;
            if (!int.TryParse(template.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out precision)
                || precision > HighestPrecision)
                return $"The format needs a precision from 0 to {CelValue.From((long)HighestPrecision)} behind '%.'.";
        }

        if (at >= template.Length) return "The format ends in the middle of a '%' clause. Write '%%' for a percent sign.";
        return "sdfexXob".Contains(template[at])
            ? null
            : $"The format has the clause '%{template[at]}', which does not exist. There are %s %d %f %e %x %X %o %b and %%.";
    }

    private static string? Append(
        StringBuilder result, char clause, int precision, in CelValue value, ref EvaluationState state)
    {
        switch (clause)
        {
            case 's':
                return AppendText(result, value, 0, ref state);
            case 'd' when value.Type.IsNumber():
                return AppendText(result, value, 0, ref state);
            case 'f' when value.Type.IsNumber():
                result.Append(Decimals.Fixed(value, precision));
                return null;
            case 'e' when value.Type.IsNumber():
                result.Append(Decimals.Scientific(value, precision));
                return null;
            case 'x' or 'X' when value.Type is CelType.Int or CelType.UInt:
                AppendInteger(result, value, clause == 'x' ? "x" : "X");
                return null;
            case 'x' or 'X' when value.Type is CelType.String or CelType.Bytes:
                var octets = value.Type == CelType.Bytes ? value.BytesArray : Encoding.UTF8.GetBytes(value.Text);
                result.Append(clause == 'x' ? Convert.ToHexStringLower(octets) : Convert.ToHexString(octets));
                return null;
            case 'b' when value.Type == CelType.Bool:
                result.Append(value.IsTrue ? '1' : '0');
                return null;
            case 'b' when value.Type is CelType.Int or CelType.UInt:
                AppendInteger(result, value, "b");
                return null;
            case 'o' when value.Type is CelType.Int or CelType.UInt:
                AppendOctal(result, value);
                return null;
            default:
                return $"The clause '%{clause}' does not accept {Errors.WithArticle(value.Type)}.";
        }
    }

    private static string? AppendText(StringBuilder result, in CelValue value, int depth, ref EvaluationState state)
    {
        state.Charge(1 + value.TextSize / 10);
        if (result.Length > state.Limits.MaxResultBytes) state.ChargeResult(result.Length);
        if (depth > DeepestValue) return $"The value is nested more than {DeepestValue} levels deep.";
        switch (value.Type)
        {
            case CelType.Null:
                result.Append("null");
                return null;
            case CelType.Double:
                result.Append(double.IsFinite(value.DoubleBits) ? Numbers.ToPlainText(value.DoubleBits) : Numbers.ToText(value.DoubleBits));
                return null;
            case CelType.Bytes:
                AppendUtf8(result, value.BytesArray);
                return null;
            case CelType.List:
                return AppendList(result, value, depth, ref state);
            case CelType.Map:
                return AppendMap(result, value, depth, ref state);
            case CelType.Optional:
                return "The clause '%s' does not accept an optional. Unpack it with orValue().";
            default:
                result.Append(value.ToText());
                return null;
        }
    }

    private static string? AppendList(StringBuilder result, in CelValue list, int depth, ref EvaluationState state)
    {
        result.Append('[');
        var items = new ListCursor(list);
        for (var isFirst = true; items.TryNext(out var item); isFirst = false)
        {
            if (!isFirst) result.Append(", ");
            if (AppendText(result, item, depth + 1, ref state) is { } problem) return problem;
        }

        result.Append(']');
        return null;
    }

    private static string? AppendMap(StringBuilder result, in CelValue map, int depth, ref EvaluationState state)
    {
        var entries = new List<(string Key, string Text)>();
        var cursor = new MapCursor(map);
        while (cursor.TryNext(out var key, out var value))
        {
            var entry = new StringBuilder(key.ToText()).Append(": ");
            if (AppendText(entry, value, depth + 1, ref state) is { } problem) return problem;
            state.ChargeText(entry.Length);
            entries.Add((key.ToText(), entry.ToString()));
        }

        entries.Sort((x, y) => Ordering.CompareCodePoints(x.Key, y.Key));
        result.Append('{').AppendJoin(", ", entries.Select(entry => entry.Text)).Append('}');
        return null;
    }

    /// <summary>A run of bytes that are not UTF-8 becomes one U+FFFD.</summary>
    private static void AppendUtf8(StringBuilder result, ReadOnlySpan<byte> bytes)
    {
        var wasInvalid = false;
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            var isInvalid = status != System.Buffers.OperationStatus.Done;
            if (!isInvalid || !wasInvalid) result.Append(rune.ToString());
            wasInvalid = isInvalid;
            bytes = bytes[length..];
        }
    }

    private static void AppendInteger(StringBuilder result, in CelValue value, string format)
    {
        var isNegative = value.Type == CelType.Int && value.IntBits < 0;
        var size = isNegative ? unchecked((ulong)-value.IntBits) : value.UIntBits;
        result.Append(isNegative ? "-" : "").Append(size.ToString(format, CultureInfo.InvariantCulture));
    }

    private static void AppendOctal(StringBuilder result, in CelValue value)
    {
        var isNegative = value.Type == CelType.Int && value.IntBits < 0;
        var size = isNegative ? unchecked((ulong)-value.IntBits) : value.UIntBits;
        Span<char> digits = stackalloc char[22];
        var at = digits.Length;
        do
        {
            digits[--at] = (char)('0' + (int)(size & 7));
            size >>= 3;
        }
        while (size > 0);
        result.Append(isNegative ? "-" : "").Append(digits[at..]);
    }
}
