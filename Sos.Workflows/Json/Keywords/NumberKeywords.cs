using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary><c>minimum</c>, <c>maximum</c> and their exclusive forms, exact for numbers of any size.</summary>
internal sealed class BoundKeyword : Keyword
{
    private readonly byte[] bound;
    private readonly bool isMinimum;
    private readonly bool isExclusive;
    private readonly string expected;

    private BoundKeyword(JsonElement bound, string name)
    {
        this.bound = JsonMarshal.GetRawUtf8Value(bound).ToArray();
        isMinimum = name is "minimum" or "exclusiveMinimum";
        isExclusive = name is "exclusiveMinimum" or "exclusiveMaximum";
        expected = (isMinimum, isExclusive) switch
        {
            (true, false) => $"a number of at least {bound.GetRawText()}",
            (true, true) => $"a number above {bound.GetRawText()}",
            (false, false) => $"a number of at most {bound.GetRawText()}",
            (false, true) => $"a number below {bound.GetRawText()}",
        };
    }

    public static Keyword? Compile(KeywordSource source) =>
        source.Value.ValueKind == JsonValueKind.Number ? new BoundKeyword(source.Value, source.Name) : source.Invalid("a number");

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Number)
            return true;
        var order = new JsonNumber(JsonMarshal.GetRawUtf8Value(instance)).CompareTo(new JsonNumber(bound));
        return (isMinimum ? order > 0 : order < 0) || order == 0 && !isExclusive
            || evaluation.Fail(isMinimum ? JsonProblemCodes.BelowMinimum : JsonProblemCodes.AboveMaximum, expected, instance);
    }
}

/// <summary><c>multipleOf</c>, exact for decimal fractions: 0.3 is a multiple of 0.1.</summary>
internal sealed class MultipleOfKeyword(JsonElement divisor) : Keyword
{
    private const int MostDigits = 28;

    private readonly byte[] divisor = JsonMarshal.GetRawUtf8Value(divisor).ToArray();
    private readonly string expected = $"a multiple of {divisor.GetRawText()}";

    public static Keyword? Compile(KeywordSource source) =>
        source.Value.ValueKind == JsonValueKind.Number && new JsonNumber(JsonMarshal.GetRawUtf8Value(source.Value)) is { Sign: > 0, SignificantDigits: <= MostDigits }
            ? new MultipleOfKeyword(source.Value)
            : source.Invalid($"a number above 0 with at most {MostDigits} digits");

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation) =>
        instance.ValueKind != JsonValueKind.Number
        || new JsonNumber(JsonMarshal.GetRawUtf8Value(instance)).IsMultipleOf(new JsonNumber(divisor))
        || evaluation.Fail(JsonProblemCodes.NotAMultiple, expected, instance);
}
