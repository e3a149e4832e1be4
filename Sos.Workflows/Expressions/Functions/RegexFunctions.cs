using System.Text;
using System.Text.RegularExpressions;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Patterns;

namespace Sos.Workflows.Expressions.Functions;

/// <summary><c>matches</c>, and the functions of <c>regex</c>.</summary>
internal static class RegexFunctions
{
    internal const string Matches = "matches";

    internal static IEnumerable<Function> All =>
    [
        new(Matches, "text.matches(pattern)", true, 2, (Function2)Match),
        new(Matches, "matches(text, pattern)", false, 2, (Function2)Match),
        new("regex.extract", "regex.extract(text, pattern)", false, 2, (Function2)Extract),
        new("regex.extractAll", "regex.extractAll(text, pattern)", false, 2, (Function2)ExtractAll),
        new("regex.replace", "regex.replace(text, pattern, replacement)", false, 3, (Function3)((ref state, call, in a, in b, in c) =>
            Replace(ref state, call, [a, b, c, CelValue.From(-1L)]))),
        new("regex.replace", "regex.replace(text, pattern, replacement, most)", false, 4, (FunctionN)Replace),
    ];

    /// <summary><c>matches</c> with a pattern that is known already; the second argument is not looked at.</summary>
    internal static Function2 MatchesCompiled(Regex regex) => (ref state, call, in a, in b) =>
    {
        if (a.Type != CelType.String) return call.NoOverload(a, b);
        var text = a.Text;
        state.ChargeText(text.Length);
        return CelValue.From(regex.IsMatch(text));
    };

    private static CelValue Match(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (!TryCompile(ref state, call, a, b, out var text, out var regex, out var error)) return error;
        return CelValue.From(regex.IsMatch(text));
    }

    private static bool TryCompile(
        ref EvaluationState state, CallSite call, in CelValue a, in CelValue b, out string text, out Regex regex, out CelValue error)
    {
        (text, regex, error) = ("", null!, default);
        if (a.Type != CelType.String || b.Type != CelType.String)
        {
            error = call.NoOverload(a, b);
            return false;
        }

        text = a.Text;
        var pattern = b.Text;
        state.ChargeText(text.Length + 10 * pattern.Length);
        var isPattern = Re2.TryCompile(pattern, state.Limits, out var compiled, out var problem, out var cost);
        state.Charge(cost);
        if (isPattern)
        {
            regex = compiled!;
            return true;
        }

        error = Errors.Make(CelErrorCodes.InvalidPattern, call.Position, problem!);
        return false;
    }

    private static CelValue Extract(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (!TryCompile(ref state, call, a, b, out var text, out var regex, out var error)) return error;
        if (HasManyGroups(regex)) return TooManyGroups(call);
        var match = regex.Match(text);
        return match.Success && TextOf(match) is { } found ? CelValue.Some(CelValue.From(found)) : CelValue.None;
    }

    private static CelValue ExtractAll(ref EvaluationState state, CallSite call, in CelValue a, in CelValue b)
    {
        if (!TryCompile(ref state, call, a, b, out var text, out var regex, out var error)) return error;
        if (HasManyGroups(regex)) return TooManyGroups(call);
        var found = new List<CelValue>();
        for (var match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            state.Charge(1);
            if (TextOf(match) is { } part) found.Add(CelValue.From(part));
        }

        return CelValue.FromList([.. found]);
    }

    private static CelValue Replace(ref EvaluationState state, CallSite call, ReadOnlySpan<CelValue> arguments)
    {
        if (arguments[2].Type != CelType.String || arguments[3].Type != CelType.Int) return call.NoOverload(arguments);
        if (!TryCompile(ref state, call, arguments[0], arguments[1], out var text, out var regex, out var error)) return error;
        var replacement = arguments[2].Text;
        if (CheckReplacement(replacement, regex) is { } problem) return call.Invalid(problem);
        var most = arguments[3].IntBits < 0 ? long.MaxValue : arguments[3].IntBits;
        var result = new StringBuilder();
        var next = 0;
        for (var match = regex.Match(text); match.Success && most > 0; match = match.NextMatch(), most--)
        {
            result.Append(text, next, match.Index - next);
            var before = result.Length;
            AppendReplacement(result, replacement, match);
            state.ChargeText(result.Length - before);
            if (result.Length > state.Limits.MaxResultBytes) state.ChargeResult(result.Length);
            next = match.Index + match.Length;
        }

        state.ChargeResult((long)result.Length + text.Length - next);
        return CelValue.From(result.Append(text, next, text.Length - next).ToString());
    }

    /// <summary><c>\1</c> to <c>\9</c> and <c>\0</c> stand for groups, <c>\\</c> for a backslash.</summary>
    private static string? CheckReplacement(string replacement, Regex regex)
    {
        var groups = regex.GetGroupNumbers().Length;
        for (var i = replacement.IndexOf('\\'); i >= 0; i = replacement.IndexOf('\\', i + 2))
        {
            var next = i + 1 < replacement.Length ? replacement[i + 1] : '\0';
            if (next == '\\') continue;
            if (!char.IsAsciiDigit(next)) return "In the replacement, a '\\' is followed by a group's number or another '\\'.";
            if (next - '0' >= groups) return $"The replacement uses the group \\{next}, which the regular expression does not have.";
            if (i + 2 > replacement.Length) break;
        }

        return null;
    }

    private static void AppendReplacement(StringBuilder result, string replacement, Match match)
    {
        for (var i = 0; i < replacement.Length; i++)
        {
            if (replacement[i] != '\\') result.Append(replacement[i]);
            else if (replacement[++i] == '\\') result.Append('\\');
            else result.Append(match.Groups[replacement[i] - '0'].ValueSpan);
        }
    }

    private static bool HasManyGroups(Regex regex) => regex.GetGroupNumbers().Length > 2;

    private static CelValue TooManyGroups(CallSite call) =>
        call.Invalid("The regular expression has more than one group. Write (?:…) for groups that are not to be extracted.");

    /// <summary>The one group's text, or the whole match; null when the group took no part.</summary>
    private static string? TextOf(Match match)
    {
        if (match.Groups.Count < 2) return match.Value;
        return match.Groups[1].Success ? match.Groups[1].Value : null;
    }
}
