using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary><c>required</c>.</summary>
internal sealed class RequiredKeyword(string[] names) : Keyword
{
    public static Keyword? Compile(KeywordSource source) => source.TryNames(out var names) ? new RequiredKeyword(names) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Object)
            return true;
        var valid = true;
        foreach (var name in names)
        {
            if (instance.TryGetProperty(name, out _))
                continue;
            valid = evaluation.FailWith(JsonProblemCodes.MissingProperty, instance, () => $"The property '{name}' is missing.");
            if (!evaluation.IsCollecting)
                break;
        }
        return valid;
    }
}

/// <summary><c>dependentRequired</c>.</summary>
internal sealed class DependentRequiredKeyword(Dictionary<string, string[]> dependents) : Keyword
{
    public static Keyword? Compile(KeywordSource source)
    {
        if (source.Value.ValueKind != JsonValueKind.Object)
            return source.Invalid("an object of arrays of strings");
        var dependents = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var property in source.Value.EnumerateObject())
        {
            var names = source with { SchemaPointer = source.Pointer, Name = property.Name, Value = property.Value };
            if (!names.TryNames(out var required))
                return null;
            dependents[property.Name] = required;
        }
        return new DependentRequiredKeyword(dependents);
    }

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Object)
            return true;
        var valid = true;
        foreach (var (present, required) in dependents)
        {
            if (!instance.TryGetProperty(present, out _))
                continue;
            foreach (var name in required)
            {
                if (!instance.TryGetProperty(name, out _))
                    valid = evaluation.FailWith(JsonProblemCodes.MissingProperty, instance, () => $"The property '{name}' is missing, which '{present}' needs.");
            }
        }
        return valid;
    }
}

/// <summary><c>minProperties</c> and <c>maxProperties</c>.</summary>
internal sealed class PropertyCountKeyword(int limit, bool isMinimum) : Keyword
{
    public static Keyword? CompileMin(KeywordSource source) => source.TryCount(out var limit) ? new PropertyCountKeyword(limit, true) : null;

    public static Keyword? CompileMax(KeywordSource source) => source.TryCount(out var limit) ? new PropertyCountKeyword(limit, false) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Object)
            return true;
        var count = instance.GetPropertyCount();
        return (isMinimum ? count >= limit : count <= limit) || evaluation.FailWith(
            isMinimum ? JsonProblemCodes.TooFewProperties : JsonProblemCodes.TooManyProperties,
            instance,
            () => $"Expected {(isMinimum ? "at least" : "at most")} {JsonWords.Count(limit, "property", "properties")}, but found {count}.");
    }
}

/// <summary><c>propertyNames</c>.</summary>
internal sealed class PropertyNamesKeyword(SchemaNode schema) : Keyword
{
    public static Keyword Compile(KeywordSource source) => new PropertyNamesKeyword(source.Subschema());

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Object)
            return true;
        var valid = true;
        foreach (var property in instance.EnumerateObject())
        {
            // A property's raw name is JSON but for its quotes.
            var name = JsonElement.Parse([(byte)'"', .. JsonMarshal.GetRawUtf8PropertyName(property), (byte)'"']);
            var errors = evaluation.ExplainName(schema, name);
            if (errors.Count == 0)
                continue;
            valid = false;
            if (!evaluation.IsCollecting)
                break;
            evaluation.Push(property.Name);
            evaluation.FailWith(JsonProblemCodes.InvalidName, name, () =>
                $"The name '{property.Name}' is not allowed: {string.Join(' ', errors.Select(e => e.Message))}");
            evaluation.Pop();
        }
        return valid;
    }
}

/// <summary><c>properties</c>, <c>patternProperties</c> for names that match, and <c>additionalProperties</c> for all others.</summary>
internal sealed class PropertiesKeyword(
    Dictionary<string, SchemaNode> byName, IReadOnlyList<(SchemaPattern Pattern, SchemaNode Schema)> byPattern, SchemaNode? others) : Keyword
{
    private const int MostLookedThrough = 100;

    public static Keyword? Compile(KeywordSource source) => source.TrySubschemasByName(out var byName) ? Combine(source, byName) : null;

    public static Keyword? CompileWithoutProperties(KeywordSource source) =>
        source.TrySibling("properties", out _) ? null : Combine(source, new(StringComparer.Ordinal));

    public static Keyword? CompileAlone(KeywordSource source) =>
        source.TrySibling("properties", out _) || source.TrySibling("patternProperties", out _) ? null : Combine(source, new(StringComparer.Ordinal));

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Object)
            return true;
        var valid = true;
        foreach (var property in instance.EnumerateObject())
        {
            evaluation.Push(property.Name);
            valid &= EvaluateProperty(property.Name, property.Value, instance, evaluation);
            evaluation.Pop();
            if (!valid && (!evaluation.IsCollecting || evaluation.IsFull))
                break;
        }
        return valid;
    }

    private bool EvaluateProperty(string name, JsonElement value, JsonElement owner, SchemaEvaluation evaluation)
    {
        var valid = true;
        var known = byName.TryGetValue(name, out var schema);
        if (known)
            valid = schema!.Evaluate(value, evaluation);
        foreach (var (pattern, matching) in byPattern)
        {
            if (!pattern.IsMatch(name))
                continue;
            known = true;
            valid &= matching.Evaluate(value, evaluation);
        }
        if (known || others is null)
            return valid;
        return others.Keywords is [FalseKeyword]
            ? evaluation.FailWith(JsonProblemCodes.UnknownProperty, value, () => $"The property '{name}' is not known here.{Suggest(name, owner)}")
            : others.Evaluate(value, evaluation);
    }

    private string Suggest(string name, JsonElement owner)
    {
        // Looking a name up takes time in proportion to the owner's size.
        var free = owner.GetPropertyCount() > MostLookedThrough ? byName.Keys : byName.Keys.Where(n => !owner.TryGetProperty(n, out _));
        var suggestion = JsonWords.DidYouMean(name, free);
        return suggestion.Length > 0 || byName.Count is 0 or > 20 ? suggestion : $" Known are {JsonWords.And([.. byName.Keys])}.";
    }

    private static PropertiesKeyword? Combine(KeywordSource source, Dictionary<string, SchemaNode> byName)
    {
        var byPattern = new List<(SchemaPattern, SchemaNode)>();
        if (source.TrySibling("patternProperties", out var patterns))
        {
            if (!patterns.TrySubschemasByName(out var schemas))
                return null;
            foreach (var (text, schema) in schemas)
            {
                if (source.Compiler.Pattern(text, JsonPointer.Append(patterns.Pointer, text)) is { } pattern)
                    byPattern.Add((pattern, schema));
            }
        }
        var others = source.TrySibling("additionalProperties", out var additional) ? additional.Subschema() : null;
        return new PropertiesKeyword(byName, byPattern, others);
    }
}

/// <summary><c>dependentSchemas</c>.</summary>
internal sealed class DependentSchemasKeyword(Dictionary<string, SchemaNode> dependents) : Keyword
{
    public override IEnumerable<SchemaNode> InPlace => dependents.Values;

    public static Keyword? Compile(KeywordSource source) => source.TrySubschemasByName(out var schemas) ? new DependentSchemasKeyword(schemas) : null;

    public override bool Evaluate(JsonElement instance, SchemaEvaluation evaluation)
    {
        if (instance.ValueKind != JsonValueKind.Object)
            return true;
        var valid = true;
        foreach (var (name, schema) in dependents)
        {
            if (instance.TryGetProperty(name, out _))
                valid &= schema.Evaluate(instance, evaluation);
        }
        return valid;
    }
}
