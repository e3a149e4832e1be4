using System.Text;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>String methods between texts and their parts: <c>join</c>, <c>split</c>, <c>replace</c>, <c>reverse</c>.</summary>
internal static class TextLists
{
    internal static IEnumerable<Function> All =>
    [
        new("join", "texts.join()", true, 1, (Function1)((ref state, call, in a) => Join(ref state, call, a, CelValue.From("")))),
        new("join", "texts.join(separator)", true, 2, (Function2)Join),
        new("split", "text.split(separator)", true, 2, (Function2)((ref state, call, in a, in b) => Split(ref state, call, a, b, CelValue.From(-1L)))),
        new("split", "text.split(separator, most)", true, 3, (Function3)Split),
        new("replace", "text.replace(old, new)", true, 3, (Function3)((ref state, call, in a, in b, in c) => Replace(ref state, call, [a, b, c, CelValue.From(-1L)]))),
        new("replace", "text.replace(old, new, most)", true, 4, (FunctionN)Replace),
        new("reverse", "text.reverse(), or list.reverse()", true, 1, (Function1)Reverse),
    ];

    private static CelValue Join(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (a.Type != CelType.List || b.Type != CelType.String) return call.NoOverload(a, b);
        var separator = b.Text;
        var joined = new StringBuilder();
        var items = new ListCursor(a);
        for (var isFirst = true; items.TryNext(out var item); isFirst = false)
        {
            if (item.Type != CelType.String)
                return call.Invalid($"join() needs a list of strings, but found {Errors.WithArticle(item.Type)} in it. Use .map(x, string(x)) first.");
            var text = item.Text;
            state.ChargeText(text.Length + separator.Length);
            if (!isFirst) joined.Append(separator);
            joined.Append(text);
            if (joined.Length > state.Limits.MaxResultBytes) state.ChargeResult(joined.Length);
        }

        return CelValue.From(joined.ToString());
    }

    private static CelValue Split(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, in CelValue c)
    {
        if (a.Type != CelType.String || b.Type != CelType.String || c.Type != CelType.Int) return call.NoOverload(a, b, c);
        var (text, separator) = (a.Text, b.Text);
        state.ChargeResult(text.Length);
        state.ChargeSearch(text.Length, separator.Length);
        var most = c.IntBits < 0 ? int.MaxValue : (int)Math.Min(c.IntBits, int.MaxValue);
        var parts = new List<CelValue>();
        if (most == 0) return CelValue.FromList();
        var start = 0;
        while (parts.Count < most - 1)
        {
            var end = separator.Length > 0 ? text.IndexOf(separator, start, StringComparison.Ordinal)
                : start < text.Length ? start + CodePoints.LengthAt(text, start) : -1;
            // Without a separator every character is a part, and nothing is left behind the last one.
            if (end < 0 || (separator.Length == 0 && end == text.Length)) break;
            state.Charge(1);
            parts.Add(CelValue.From(text[start..end]));
            start = end + separator.Length;
        }

        if (separator.Length > 0 || text.Length > 0) parts.Add(CelValue.From(text[start..]));
        return CelValue.FromList([.. parts]);
    }

    private static CelValue Replace(ref EvaluationState state, CallSite call, ReadOnlySpan<CelValue> arguments)
    {
        if (arguments is not [{ Type: CelType.String }, { Type: CelType.String }, { Type: CelType.String }, { Type: CelType.Int }])
            return call.NoOverload(arguments);
        var (text, old, replacement) = (arguments[0].Text, arguments[1].Text, arguments[2].Text);
        var most = arguments[3].IntBits < 0 ? long.MaxValue : arguments[3].IntBits;
        state.ChargeSearch(text.Length, old.Length);
        var result = new StringBuilder();
        var start = 0;
        var next = 0;
        while (most > 0)
        {
            // An empty text is found before every character and at the end.
            var at = old.Length > 0 ? text.IndexOf(old, start, StringComparison.Ordinal) : next;
            if (at < 0 || at > text.Length) break;
            state.ChargeText(replacement.Length);
            result.Append(text, start, at - start).Append(replacement);
            if (result.Length > state.Limits.MaxResultBytes) state.ChargeResult(result.Length);
            start = at + old.Length;
            next = at < text.Length ? at + CodePoints.LengthAt(text, at) : at + 1;
            most--;
        }

        state.ChargeResult((long)result.Length + text.Length - start);
        return CelValue.From(result.Append(text, start, text.Length - start).ToString());
    }

    private static CelValue Reverse(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type == CelType.List) return ListFunctions.Reverse(ref state, a);
        if (a.Type != CelType.String) return call.NoOverload(a);
        var text = a.Text;
        state.ChargeResult(text.Length);
        return CelValue.From(string.Create(text.Length, text, static (target, source) =>
        {
            var end = target.Length;
            foreach (var rune in source.EnumerateRunes())
            {
                end -= rune.Utf16SequenceLength;
                rune.EncodeToUtf16(target[end..]);
            }
        }));
    }
}
