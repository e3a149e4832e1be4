using System.Globalization;
using System.Text;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary><c>size</c>, <c>type</c>, <c>dyn</c>, and the functions that are named like the type they make.</summary>
internal static class ConversionFunctions
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static IEnumerable<Function> All =>
    [
        new("size", "size(text, bytes, list or map)", false, 1, (Function1)Size),
        new("size", "value.size()", true, 1, (Function1)Size),
        new("type", "type(value)", false, 1, (Function1)((ref state, call, in a) => CelValue.TypeNamed(CelTypes.NameOf(a.Type)))),
        new("dyn", "dyn(value)", false, 1, (Function1)((ref state, call, in a) => a)),
        new("bool", "bool(bool or text)", false, 1, (Function1)ToBool),
        new("int", "int(number, text or timestamp)", false, 1, (Function1)ToInt),
        new("uint", "uint(number or text)", false, 1, (Function1)ToUInt),
        new("double", "double(number or text)", false, 1, (Function1)ToDouble),
        new("string", "string(text, bool, number, bytes, timestamp, duration or type)", false, 1, (Function1)ToText),
        new("bytes", "bytes(text or bytes)", false, 1, (Function1)ToBytes),
        new("timestamp", "timestamp(text, timestamp or seconds)", false, 1, (Function1)ToTimestamp),
        new("duration", "duration(text or duration)", false, 1, (Function1)ToDuration),
    ];

    private static CelValue Size(ref EvaluationState state, CallSite call, in CelValue a)
    {
        switch (a.Type)
        {
            case CelType.String:
                var text = a.Text;
                state.ChargeText(text.Length);
                return CelValue.From((long)CodePoints.Count(text));
            case CelType.Bytes:
                return CelValue.From((long)a.BytesArray.Length);
            case CelType.List or CelType.Map:
                return CelValue.From((long)Collections.Count(a));
            default:
                return call.NoOverload(a);
        }
    }

    private static CelValue ToBool(ref EvaluationState state, CallSite call, in CelValue a) => a.Type switch
    {
        CelType.Bool => a,
        CelType.String => a.Text switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => CelValue.True,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => CelValue.False,
            _ => call.Invalid($"{Errors.Describe(a)} is neither 'true' nor 'false'."),
        },
        _ => call.NoOverload(a),
    };

    private static CelValue ToInt(ref EvaluationState state, CallSite call, in CelValue a) => a.Type switch
    {
        CelType.Int => CelValue.From(a.IntBits),
        CelType.UInt => a.UIntBits <= long.MaxValue ? CelValue.From(a.IntBits) : call.Overflow($"int({a.ToText()})"),
        // Both ends are excluded: they are where int and double stop being able to stand for each other.
        CelType.Double => a.DoubleBits is > long.MinValue and < long.MaxValue
            ? CelValue.From((long)a.DoubleBits)
            : call.Overflow($"int({a.ToText()})"),
        CelType.String => long.TryParse(a.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? CelValue.From(value)
            : call.Invalid($"{Errors.Describe(a)} is not an int."),
        CelType.Timestamp => CelValue.From(a.TimeBits),
        _ => call.NoOverload(a),
    };

    private static CelValue ToUInt(ref EvaluationState state, CallSite call, in CelValue a) => a.Type switch
    {
        CelType.UInt => a,
        CelType.Int => a.IntBits >= 0 ? CelValue.From(a.UIntBits) : call.Overflow($"uint({a.ToText()})"),
        CelType.Double => a.DoubleBits is >= 0 and < ulong.MaxValue
            ? CelValue.From((ulong)a.DoubleBits)
            : call.Overflow($"uint({a.ToText()})"),
        CelType.String => ulong.TryParse(a.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? CelValue.From(value)
            : call.Invalid($"{Errors.Describe(a)} is not a uint."),
        _ => call.NoOverload(a),
    };

    private static CelValue ToDouble(ref EvaluationState state, CallSite call, in CelValue a) => a.Type switch
    {
        CelType.Double => CelValue.From(a.DoubleBits),
        CelType.Int or CelType.UInt => CelValue.From(Numbers.ToDouble(a)),
        CelType.String => TryParseDouble(a.Text, out var value) ? CelValue.From(value) : call.Invalid($"{Errors.Describe(a)} is not a double."),
        _ => call.NoOverload(a),
    };

    private static bool TryParseDouble(string text, out double value)
    {
        var unsigned = text.AsSpan().TrimStart("+-");
        if (unsigned.Length < text.Length - 1)
        {
            value = 0;
            return false;
        }

        if (Matches(unsigned, "inf") || Matches(unsigned, "infinity"))
        {
            value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (Matches(text, "nan"))
        {
            value = double.NaN;
            return true;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    private static bool Matches(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static CelValue ToText(ref EvaluationState state, CallSite call, in CelValue a)
    {
        switch (a.Type)
        {
            case CelType.String:
                return a;
            case CelType.Double:
                return CelValue.From(Numbers.ToText(a.DoubleBits));
            case CelType.Int:
                return CelValue.From(a.IntBits.ToString(CultureInfo.InvariantCulture));
            case CelType.Bool or CelType.UInt or CelType.Timestamp or CelType.Duration or CelType.Type:
                return CelValue.From(a.ToText());
            case CelType.Bytes:
                state.ChargeText(a.BytesArray.Length);
                try
                {
                    return CelValue.From(StrictUtf8.GetString(a.BytesArray));
                }
                catch (DecoderFallbackException)
                {
                    return call.Invalid("The bytes are not UTF-8 text. Use base64.encode() to write them as text.");
                }

            case CelType.List or CelType.Map:
                return call.Invalid($"string() does not accept {Errors.WithArticle(a.Type)}. To write it as JSON text, use toJson().");
            default:
                return call.NoOverload(a);
        }
    }

    private static CelValue ToBytes(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type == CelType.Bytes) return a;
        if (a.Type != CelType.String) return call.NoOverload(a);
        var text = a.Text;
        state.ChargeText(text.Length);
        return CelValue.From(Encoding.UTF8.GetBytes(text));
    }

    private static CelValue ToTimestamp(ref EvaluationState state, CallSite call, in CelValue a)
    {
        switch (a.Type)
        {
            case CelType.Timestamp:
                return a;
            case CelType.Int:
                return Timestamps.IsInRange(a.IntBits)
                    ? CelValue.Timestamp(a.IntBits, 0)
                    : call.Overflow($"timestamp({a.ToText()})");
            case CelType.String:
                return Timestamps.TryParse(a.Text, out var value)
                    ? value
                    : call.Invalid($"{Errors.Describe(a)} is not a time such as '2026-11-30T08:00:00Z' in the years 1 to 9999.");
            default:
                return call.NoOverload(a);
        }
    }

    private static CelValue ToDuration(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type == CelType.Duration) return a;
        if (a.Type != CelType.String) return call.NoOverload(a);
        return Durations.TryParse(a.Text, out var nanos)
            ? CelValue.Duration(nanos)
            : call.Invalid($"{Errors.Describe(a)} is not a duration such as '1h30m' or '1.5s' (units h, m, s, ms, us, ns; at most about 292 years).");
    }
}
