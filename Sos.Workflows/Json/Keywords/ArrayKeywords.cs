using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary><c>minItems</c> and <c>maxItems</c>.</summary>
internal sealed class ItemCountKeyword(int limit, bool isMinimum) : Keyword
{
    private readonly string expected = $"an array of {(isMinimum ? "at least" : "at most")} {JsonWords.Count(limit, "item")}";

    public static Keyword? CompileMin(KeywordSource source) => source.TryCount(out var limit) ? new ItemCountKeyword(limit, true) : null;

    public static Keyword? CompileMax(KeywordSource source) => source.TryCount(out var limit) ? new ItemCountKeyword(limit, false) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation) =>
        instance.ValueKind != JsonValueKind.Array
        || (isMinimum ? instance.GetArrayLength() >= limit : instance.GetArrayLength() <= limit)
        || evaluation.Fail(isMinimum ? JsonProblemCodes.TooFewItems : JsonProblemCodes.TooManyItems, expected, instance);
}

/// <summary><c>uniqueItems</c>.</summary>
internal sealed class UniqueItemsKeyword : Keyword
{
    public static Keyword? Compile(KeywordSource source) => source.Value.ValueKind switch
    {
        JsonValueKind.True => new UniqueItemsKeyword(),
        JsonValueKind.False => null,
        _ => source.Invalid("true or false"),
    };

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Array)
            return true;
        var seen = new Dictionary<JsonElement, int>(JsonValueComparer.Instance);
        var valid = true;
        var index = -1;
        foreach (var item in instance.EnumerateArray())
        {
            index++;
            if (evaluation.HoldsUnknown(item) || seen.TryAdd(item, index))
                continue;
            valid = false;
            if (!evaluation.IsCollecting)
                break;
            evaluation.Push(index);
            evaluation.FailWith(JsonProblemCodes.DuplicateItem, item, () => $"The items must differ, but this one equals item {seen[item]}.");
            evaluation.Pop();
        }
        return valid;
    }
}

/// <summary><c>prefixItems</c> for the first items and <c>items</c> for all others.</summary>
internal sealed class ItemsKeyword(SchemaNode[] prefix, SchemaNode? rest) : Keyword
{
    public static Keyword? Compile(KeywordSource source) =>
        source.Value.ValueKind == JsonValueKind.Array ? source.Unsupported("'items' as an array is of an older draft; use 'prefixItems'.")
        : source.TrySibling("prefixItems", out _) ? null
        : new ItemsKeyword([], source.Subschema());

    public static Keyword? CompilePrefix(KeywordSource source) =>
        !source.TrySubschemas(out var prefix) ? null
        : new ItemsKeyword(prefix, source.TrySibling("items", out var items) && items.Value.ValueKind != JsonValueKind.Array ? items.Subschema() : null);

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Array)
            return true;
        var valid = true;
        var index = 0;
        foreach (var item in instance.EnumerateArray())
        {
            var schema = index < prefix.Length ? prefix[index] : rest;
            if (schema is null)
                break;
            evaluation.Push(index++);
            valid &= schema.Evaluate(item, evaluation);
            evaluation.Pop();
            if (!valid && (!evaluation.IsCollecting || evaluation.IsFull))
                break;
        }
        return valid;
    }
}

/// <summary><c>contains</c> with <c>minContains</c> and <c>maxContains</c>.</summary>
internal sealed class ContainsKeyword(SchemaNode schema, int minimum, int? maximum) : Keyword
{
    public static Keyword? Compile(KeywordSource source)
    {
        var minimum = 1;
        int? maximum = null;
        if (source.TrySibling("minContains", out var min) && !min.TryCount(out minimum))
            return null;
        if (source.TrySibling("maxContains", out var max))
        {
            if (!max.TryCount(out var most))
                return null;
            maximum = most;
        }
        return new ContainsKeyword(source.Subschema(), minimum, maximum);
    }

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Array)
            return true;
        int sure = 0, possible = 0;
        foreach (var item in instance.EnumerateArray())
        {
            var match = evaluation.Test(schema, item);
            sure += match == Match.Yes ? 1 : 0;
            possible += match == Match.No ? 0 : 1;
        }
        if (possible < minimum)
        {
            return evaluation.FailWith(JsonProblemCodes.TooFewItems, instance, () =>
                $"Expected at least {JsonWords.Count(minimum, "item")} of the kind that 'contains' describes, but found {possible}.");
        }
        if (sure > maximum)
        {
            return evaluation.FailWith(JsonProblemCodes.TooManyItems, instance, () =>
                $"Expected at most {JsonWords.Count(maximum.Value, "item")} of the kind that 'contains' describes, but found {sure}.");
        }
        evaluation.IsAssumed |= sure < minimum || possible > maximum;
        return true;
    }
}
