using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary><c>minLength</c> and <c>maxLength</c>, in Unicode characters.</summary>
internal sealed class LengthKeyword(int limit, bool isMinimum) : Keyword
{
    private readonly string expected = $"{(isMinimum ? "at least" : "at most")} {JsonWords.Count(limit, "character")}";

    public static Keyword? CompileMin(KeywordSource source) => source.TryCount(out var limit) ? new LengthKeyword(limit, true) : null;

    public static Keyword? CompileMax(KeywordSource source) => source.TryCount(out var limit) ? new LengthKeyword(limit, false) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.String)
            return true;
        var text = instance.GetString()!;
        if (evaluation.IsUnknownText(text))
            return true;
        var length = text.Length;
        foreach (var character in text)
        {
            if (char.IsLowSurrogate(character))
                length--;
        }
        return (isMinimum ? length >= limit : length <= limit) || evaluation.FailWith(
            isMinimum ? JsonProblemCodes.TooShort : JsonProblemCodes.TooLong,
            instance,
            () => $"Expected {expected}, but found {JsonWords.Count(length, "character")}.");
    }
}

/// <summary><c>pattern</c>.</summary>
internal sealed class PatternKeyword(SchemaPattern pattern) : Keyword
{
    public static Keyword? Compile(KeywordSource source) =>
        source.Value.ValueKind != JsonValueKind.String ? source.Invalid("a regular expression")
        : source.Compiler.Pattern(source.Value.GetString()!, source.Pointer) is { } pattern ? new PatternKeyword(pattern)
        : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.String)
            return true;
        var text = instance.GetString()!;
        return evaluation.IsUnknownText(text) || pattern.IsMatch(text)
            || evaluation.Fail(JsonProblemCodes.PatternMismatch, $"a text that matches {pattern.Source}", instance);
    }
}
