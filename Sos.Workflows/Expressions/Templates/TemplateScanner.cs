using System.Text;
using Sos.Workflows.Expressions.Syntax;

namespace Sos.Workflows.Expressions.Templates;

/// <summary>A piece of a template's text: literal text, or an expression's place.</summary>
internal readonly record struct Segment(string? Literal, int Start, int End)
{
    internal bool IsExpression => Literal is null;
}

/// <summary>Cuts a text into literal text and expressions.</summary>
internal static class TemplateScanner
{
    private const string Open = "{{";
    private const string Close = "}}";

    /// <summary>Whether the text is more than itself: it has an expression or an escape.</summary>
    internal static bool HasMarks(string text) => text.Contains(Open, StringComparison.Ordinal);

    /// <summary>
    /// The segments in order. Reports a mistake and goes on behind the next <c>}}</c>, so that all are found.
    /// </summary>
    internal static List<Segment> Scan(string text, Action<CelError> report)
    {
        var segments = new List<Segment>();
        var literal = new StringBuilder();
        var at = 0;
        while (true)
        {
            var open = text.IndexOf(Open, at, StringComparison.Ordinal);
            if (open < 0) break;
            var slashes = CountBackslashes(text, open, at);
            literal.Append(text, at, open - at - slashes).Append('\\', slashes / 2);
            if (slashes % 2 == 1)
            {
                literal.Append(Open);
                at = open + Open.Length;
                continue;
            }

            if (literal.Length > 0) segments.Add(new Segment(literal.ToString(), 0, 0));
            literal.Clear();
            at = ScanExpression(text, open, segments, report);
        }

        literal.Append(text, at, text.Length - at);
        if (literal.Length > 0) segments.Add(new Segment(literal.ToString(), 0, 0));
        return segments;
    }

    /// <summary>The expression ends at the first <c>}}</c> that is in no string, comment or map.</summary>
    private static int ScanExpression(string text, int open, List<Segment> segments, Action<CelError> report)
    {
        var start = open + Open.Length;
        var lexer = new Lexer(text, start);
        var depth = 0;
        try
        {
            for (var token = lexer.Next(); token.Kind != TokenKind.End; token = lexer.Next())
            {
                if (token.Kind == TokenKind.LeftBrace) depth++;
                if (token.Kind != TokenKind.RightBrace) continue;
                if (depth-- > 0) continue;
                if (text.AsSpan(token.Start).StartsWith(Close))
                {
                    segments.Add(new Segment(null, start, token.Start));
                    return token.Start + Close.Length;
                }

                report(CelError.At(text, token.Start, CelErrorCodes.Syntax, "Found '}' without a '{'. An expression ends with '}}'."));
                return Resume(text, token.Start);
            }
        }
        catch (SyntaxException mistake)
        {
            report(CelError.At(text, mistake.Position, mistake.Code, mistake.Message));
            return Resume(text, mistake.Position);
        }

        report(CelError.At(text, open, CelErrorCodes.Syntax, "'{{' has no closing '}}'. To write '{{' itself, write '\\{{'."));
        return text.Length;
    }

    private static int Resume(string text, int from)
    {
        var close = text.IndexOf(Close, from, StringComparison.Ordinal);
        return close < 0 ? text.Length : close + Close.Length;
    }

    private static int CountBackslashes(string text, int end, int start)
    {
        var count = 0;
        while (end - count > start && text[end - count - 1] == '\\') count++;
        return count;
    }
}
