using System.Text.RegularExpressions;

namespace Sos.Api.Pages.Editor;

/// <summary>What may come next in an expression.</summary>
internal static partial class ExpressionCompletion
{
    private const int Most = 40;

    /// <summary>Functions of the expressions' language that stand alone; each with how it is used.</summary>
    internal static readonly (string Name, string Use)[] Functions =
    [
        ("has", "has(input.field)"), ("size", "size(value)"), ("json", "json(text)"), ("toJson", "toJson(value)"), ("now", "now()"), ("uuid", "uuid()"),
        ("string", "string(value)"), ("int", "int(value)"), ("double", "double(value)"), ("bool", "bool(text)"), ("timestamp", "timestamp(text)"), ("duration", "duration(\"1h\")"),
        ("math.round", "math.round(number)"), ("math.greatest", "math.greatest(list)"), ("math.least", "math.least(list)"), ("math.abs", "math.abs(number)"),
        ("base64.encode", "base64.encode(bytes(text))"), ("base64.decode", "base64.decode(text)"), ("lists.range", "lists.range(count)"),
        ("regex.extract", "regex.extract(text, pattern)"), ("regex.replace", "regex.replace(text, pattern, by)"), ("sets.contains", "sets.contains(list, list)"),
    ];

    /// <summary>Functions behind a value.</summary>
    internal static readonly (string Name, string Use)[] Methods =
    [
        ("size", "value.size()"), ("filter", "list.filter(x, x.ok)"), ("map", "list.map(x, x.name)"), ("exists", "list.exists(x, x > 1)"), ("all", "list.all(x, x > 1)"),
        ("sortBy", "list.sortBy(x, x.price)"), ("join", "list.join(\", \")"), ("distinct", "list.distinct()"), ("flatten", "list.flatten()"), ("slice", "list.slice(0, 2)"),
        ("contains", "text.contains(\"part\")"), ("startsWith", "text.startsWith(\"a\")"), ("endsWith", "text.endsWith(\"z\")"), ("matches", "text.matches(\"^[a-z]+$\")"),
        ("split", "text.split(\" \")"), ("replace", "text.replace(\"a\", \"b\")"), ("trim", "text.trim()"), ("lowerAscii", "text.lowerAscii()"), ("upperAscii", "text.upperAscii()"),
        ("substring", "text.substring(0, 4)"), ("indexOf", "text.indexOf(\"a\")"), ("format", "text.format([value])"), ("orValue", "value.orValue(other)"), ("hasValue", "value.hasValue()"),
    ];

    /// <summary>What may come at a place in a text; null where the place is in no expression, or nothing comes to mind.</summary>
    /// <param name="text">The whole text of the field.</param>
    /// <param name="caret">Where the writer is.</param>
    /// <param name="known">What the expression can see.</param>
    public static Completion? At(string text, int caret, KnownData known)
    {
        caret = Math.Clamp(caret, 0, text.Length);
        var before = text[..caret];
        var open = before.LastIndexOf("{{", StringComparison.Ordinal);
        if (open < 0 || before.LastIndexOf("}}", StringComparison.Ordinal) > open || open > 0 && before[open - 1] == '\\')
            return null;
        var written = Written().Match(before, open + 2, caret - open - 2);
        var path = written.Success ? written.Value : "";
        if (path.Length == 0 && !AwaitsValue(before[(open + 2)..]) || IsInText(before[(open + 2)..(caret - path.Length)]))
            return null;
        var cut = LastDot(path);
        var (owner, prefix) = cut < 0 ? ("", path) : (path[..cut], path[(cut + 1)..].TrimStart('?'));
        var optional = cut >= 0 && cut + 1 < path.Length && path[cut + 1] == '?';
        var suggestions = cut < 0 ? Roots(known) : Members(owner, known, optional);
        Suggestion[] fitting = [.. suggestions
            .Where(s => s.Label.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && s.Label != prefix)
            .DistinctBy(s => s.Insert).Take(Most)];
        if (fitting.Length == 0)
            return null;
        // A name that needs brackets takes the dot's place.
        return new Completion(caret - prefix.Length, caret, fitting, cut < 0 ? -1 : caret - (path.Length - cut));
    }

    /// <summary>Whether a value can come next: at the beginning and behind an operator, not behind another value.</summary>
    private static bool AwaitsValue(string expression) => expression.TrimEnd() is not [.., var last] || !(char.IsLetterOrDigit(last) || last is '_' or ')' or ']' or '}' or '"' or '\'');

    /// <summary>Whether the end of an expression is within quotes.</summary>
    private static bool IsInText(string expression)
    {
        char? quote = null;
        for (var i = 0; i < expression.Length; i++)
        {
            if (quote is not null && expression[i] == '\\')
                i++;
            else if (quote is null ? expression[i] is '"' or '\'' : expression[i] == quote)
                quote = quote is null ? expression[i] : null;
        }
        return quote is not null;
    }

    private static IEnumerable<Suggestion> Roots(KnownData known) =>
        known.Variables.Select(v => new Suggestion(v, v, known.Describe([v]), false))
            .Concat(Functions.Select(f => new Suggestion(f.Name, f.Name + "(", f.Use, false)));

    private static IEnumerable<Suggestion> Members(string owner, KnownData known, bool optional)
    {
        if (PathOf(owner) is { } path)
        {
            foreach (var (name, about) in known.Members(path))
                yield return StepReferences.IsPlain(name) ? new Suggestion(name, name, about, false) : new Suggestion(name, (optional ? "[?" : "[") + Quote(name) + "]", about, true);
            if (path is ["math"] or ["base64"] or ["lists"] or ["regex"] or ["sets"])
            {
                foreach (var (name, use) in Functions.Where(f => f.Name.StartsWith(path[0] + ".", StringComparison.Ordinal)))
                    yield return new Suggestion(name[(path[0].Length + 1)..], name[(path[0].Length + 1)..] + "(", use, false);
                yield break;
            }
            if (path is ["steps"] or ["execution"])
                yield break;
        }
        foreach (var (name, use) in Methods)
            yield return new Suggestion(name, name + "(", use, false);
    }

    /// <summary>The names that a text such as <c>steps["a b"].body[0]</c> goes through; null where it is more than that.</summary>
    private static string[]? PathOf(string text)
    {
        var parts = Part().Matches(text);
        return parts.Sum(p => p.Length) == text.Length
            ? [.. parts.Select(p => p.Groups["quoted"] is { Success: true } quoted ? quoted.Value : p.Groups["index"] is { Success: true } index ? index.Value : p.Groups["name"].Value)]
            : null;
    }

    private static int LastDot(string path)
    {
        for (var i = path.Length - 1; i >= 0 && (char.IsAsciiLetterOrDigit(path[i]) || path[i] is '_' or '.' or '?'); i--)
        {
            if (path[i] == '.')
                return i;
        }
        return -1;
    }

    private static string Quote(string name) => "\"" + name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    [GeneratedRegex("""(?:[A-Za-z_]\w*|\)|\])?(?:\[\??"[^"]*"\]|\[\d+\]|\.\??\w*|(?<=[.\]\w])\w+)*$""", RegexOptions.CultureInvariant)]
    private static partial Regex Written();

    [GeneratedRegex("""\.?\??(?<name>[A-Za-z_]\w*)|\[\??"(?<quoted>[^"]*)"\]|\[\??(?<index>\d+)\]""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Part();
}

/// <summary>What may come at a place.</summary>
/// <param name="Start">From where the text is replaced.</param>
/// <param name="End">Up to where.</param>
/// <param name="Items">What by.</param>
/// <param name="Dot">From where it is replaced by a name in brackets, which needs no dot; -1 where there is none.</param>
internal sealed record Completion(int Start, int End, IReadOnlyList<Suggestion> Items, int Dot);

/// <summary>A suggestion.</summary>
/// <param name="Label">What is shown.</param>
/// <param name="Insert">What is written.</param>
/// <param name="About">Its value in the last run, or how it is used.</param>
/// <param name="Brackets">Whether it takes the dot's place.</param>
internal sealed record Suggestion(string Label, string Insert, string About, bool Brackets);
