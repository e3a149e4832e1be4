using System.Text;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>Methods of strings. Positions count code points.</summary>
internal static class StringFunctions
{
    internal static IEnumerable<Function> All =>
    [
        new("contains", "text.contains(part)", true, 2, Predicate((text, part) => text.Contains(part, StringComparison.Ordinal))),
        new("startsWith", "text.startsWith(part)", true, 2, Predicate((text, part) => text.StartsWith(part, StringComparison.Ordinal))),
        new("endsWith", "text.endsWith(part)", true, 2, Predicate((text, part) => text.EndsWith(part, StringComparison.Ordinal))),
        new("charAt", "text.charAt(position)", true, 2, (Function2)CharAt),
        new("indexOf", "text.indexOf(part)", true, 2, (Function2)((ref state, call, in a, in b) => IndexOf(ref state, call, a, b, CelValue.From(0L)))),
        new("indexOf", "text.indexOf(part, from)", true, 3, (Function3)IndexOf),
        new("lastIndexOf", "text.lastIndexOf(part)", true, 2, (Function2)LastIndexOf),
        new("lastIndexOf", "text.lastIndexOf(part, from)", true, 3, (Function3)LastIndexOf),
        new("lowerAscii", "text.lowerAscii()", true, 1, Mapping(text => MapAscii(text, char.IsAsciiLetterUpper, 32))),
        new("upperAscii", "text.upperAscii()", true, 1, Mapping(text => MapAscii(text, char.IsAsciiLetterLower, -32))),
        new("trim", "text.trim()", true, 1, Mapping(text => text.Trim())),
        new("substring", "text.substring(start)", true, 2, (Function2)Substring),
        new("substring", "text.substring(start, end)", true, 3, (Function3)Substring),
        new("strings.quote", "strings.quote(text)", false, 1, Mapping(Quote)),
    ];

    private static Function2 Predicate(Func<string, string, bool> test) => (ref state, call, in a, in b) =>
    {
        if (a.Type != CelType.String || b.Type != CelType.String) return call.NoOverload(a, b);
        var (text, part) = (a.Text, b.Text);
        state.ChargeSearch(text.Length, part.Length);
        return CelValue.From(test(text, part));
    };

    private static Function1 Mapping(Func<string, string> map) => (ref state, call, in a) =>
    {
        if (a.Type != CelType.String) return call.NoOverload(a);
        var text = a.Text;
        state.ChargeResult(text.Length);
        return CelValue.From(map(text));
    };

    private static string MapAscii(string text, Func<char, bool> applies, int shift) =>
        string.Create(text.Length, (text, applies, shift), static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = source.applies(source.text[i]) ? (char)(source.text[i] + source.shift) : source.text[i];
        });

    private static CelValue CharAt(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (a.Type != CelType.String || b.Type != CelType.Int) return call.NoOverload(a, b);
        var text = a.Text;
        state.ChargeText(text.Length);
        var offset = CodePoints.OffsetOf(text, b.IntBits);
        if (offset < 0) return call.OutOfRange(b.IntBits, CodePoints.Count(text));
        return CelValue.From(offset == text.Length ? "" : text.Substring(offset, CodePoints.LengthAt(text, offset)));
    }

    private static CelValue IndexOf(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, in CelValue c)
    {
        if (a.Type != CelType.String || b.Type != CelType.String || c.Type != CelType.Int) return call.NoOverload(a, b, c);
        var (text, part) = (a.Text, b.Text);
        state.ChargeSearch(text.Length, part.Length);
        var from = CodePoints.OffsetOf(text, c.IntBits);
        if (from < 0) return call.OutOfRange(c.IntBits, CodePoints.Count(text));
        var at = text.IndexOf(part, from, StringComparison.Ordinal);
        return CelValue.From(at < 0 ? -1L : CodePoints.IndexOf(text, at));
    }

    private static CelValue LastIndexOf(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (a.Type != CelType.String || b.Type != CelType.String) return call.NoOverload(a, b);
        return LastIndexOf(ref state, call, a, b, CelValue.From((long)CodePoints.Count(a.Text)));
    }

    private static CelValue LastIndexOf(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, in CelValue c)
    {
        if (a.Type != CelType.String || b.Type != CelType.String || c.Type != CelType.Int) return call.NoOverload(a, b, c);
        var (text, part) = (a.Text, b.Text);
        state.ChargeSearch(text.Length, part.Length);
        var from = CodePoints.OffsetOf(text, c.IntBits);
        if (from < 0) return call.OutOfRange(c.IntBits, CodePoints.Count(text));
        // The match begins at 'from' or before.
        var end = Math.Min(text.Length, (long)from + part.Length);
        var at = text.AsSpan(0, (int)end).LastIndexOf(part, StringComparison.Ordinal);
        return CelValue.From(at < 0 ? -1L : CodePoints.IndexOf(text, at));
    }

    private static CelValue Substring(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (a.Type != CelType.String || b.Type != CelType.Int) return call.NoOverload(a, b);
        return Substring(ref state, call, a, b, CelValue.From((long)CodePoints.Count(a.Text)));
    }

    private static CelValue Substring(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, in CelValue c)
    {
        if (a.Type != CelType.String || b.Type != CelType.Int || c.Type != CelType.Int) return call.NoOverload(a, b, c);
        var text = a.Text;
        state.ChargeText(text.Length);
        var start = CodePoints.OffsetOf(text, b.IntBits);
        if (start < 0) return call.OutOfRange(b.IntBits, CodePoints.Count(text));
        var end = CodePoints.OffsetOf(text, c.IntBits);
        if (end < 0) return call.OutOfRange(c.IntBits, CodePoints.Count(text));
        return start <= end
            ? CelValue.From(text[start..end])
            : call.Invalid($"The end {c.ToText()} of the substring is before its start {b.ToText()}.");
    }

    /// <summary>A literal of the text that can be printed: control characters with names, quotes and backslashes escaped.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\a':
                    quoted.Append("\\a");
                    break;
                case '\b':
                    quoted.Append("\\b");
                    break;
                case '\f':
                    quoted.Append("\\f");
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case '\v':
                    quoted.Append("\\v");
                    break;
                case '"' or '\\':
                    quoted.Append('\\').Append((char)rune.Value);
                    break;
                default:
                    quoted.Append(rune.ToString());
                    break;
            }
        }

        return quoted.Append('"').ToString();
    }
}
