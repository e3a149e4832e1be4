using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary><c>type</c>: one name or several.</summary>
internal sealed class TypeKeyword : Keyword
{
    private static readonly FrozenDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["string"] = "a string", ["number"] = "a number", ["integer"] = "a whole number", ["boolean"] = "true or false",
        ["object"] = "an object", ["array"] = "an array", ["null"] = "null",
    }.ToFrozenDictionary();

    private readonly string[] types;
    private readonly string expected;

    private TypeKeyword(string[] types)
    {
        this.types = types;
        expected = JsonWords.Or([.. types.Select(t => Names[t])]);
    }

    public static Keyword? Compile(KeywordSource source)
    {
        string?[] types = source.Value.ValueKind switch
        {
            JsonValueKind.String => [source.Value.GetString()],
            JsonValueKind.Array => [.. source.Value.EnumerateArray().Select(t => t.ValueKind == JsonValueKind.String ? t.GetString() : null)],
            _ => [],
        };
        return types.Length > 0 && types.All(t => t is not null && Names.ContainsKey(t))
            ? new TypeKeyword(types!)
            : source.Invalid($"one or several of {JsonWords.And([.. Names.Keys.Order(StringComparer.Ordinal)])}");
    }

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        foreach (var type in types)
        {
            if (Is(instance, type))
                return true;
        }
        return evaluation.Fail(JsonProblemCodes.WrongType, expected, instance);
    }

    private static bool Is(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || type == "integer" && new JsonNumber(JsonMarshal.GetRawUtf8Value(value)).IsInteger,
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        _ => type == "null",
    };
}

/// <summary><c>enum</c> and <c>const</c>.</summary>
internal sealed class AllowedValuesKeyword : Keyword
{
    private const int MostListed = 20;

    private readonly HashSet<JsonElement> allowed;
    private readonly string[] texts;
    private readonly string expected;

    private AllowedValuesKeyword(IEnumerable<JsonElement> values)
    {
        allowed = values.ToHashSet(JsonValueComparer.Instance);
        texts = [.. allowed.Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)];
        var listed = allowed.Take(MostListed).Select(v => v.ValueKind == JsonValueKind.String ? JsonWords.Quote(v.GetString()!) : v.GetRawText()).ToList();
        if (allowed.Count > MostListed)
            listed.Add($"{allowed.Count - MostListed} others");
        expected = JsonWords.Or(listed);
    }

    public static Keyword? CompileEnum(KeywordSource source) =>
        source.Value.ValueKind == JsonValueKind.Array ? new AllowedValuesKeyword(source.Value.EnumerateArray()) : source.Invalid("an array");

    public static Keyword CompileConst(KeywordSource source) => new AllowedValuesKeyword([source.Value]);

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind == JsonValueKind.String && texts.Length > 0)
        {
            var text = instance.GetString()!;
            return evaluation.IsUnknownText(text) || allowed.Contains(instance) || evaluation.FailWith(JsonProblemCodes.NotAllowed, instance, () =>
                $"Expected {expected}, but found {evaluation.Describe(instance)}.{JsonWords.DidYouMean(text, texts)}");
        }
        return instance.ValueKind is JsonValueKind.Object or JsonValueKind.Array && evaluation.HoldsUnknown(instance)
            || allowed.Contains(instance)
            || evaluation.Fail(JsonProblemCodes.NotAllowed, expected, instance);
    }
}

/// <summary>The schema <c>false</c>, which nothing satisfies.</summary>
internal sealed class FalseKeyword : Keyword
{
    public static FalseKeyword Instance { get; } = new();

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation) =>
        evaluation.FailWith(JsonProblemCodes.Forbidden, instance, () => "Nothing is allowed here.");
}
