using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary>Every keyword that is applied or refused; others are annotations.</summary>
internal static class KeywordTable
{
    /// <summary>Keywords in the order in which they are applied: what a value is first, then what is in it, then alternatives.</summary>
    public static IReadOnlyList<(string Name, Func<KeywordSource, Keyword?> Compile)> InOrder { get; } =
    [
        ("$schema", RefuseOtherDialects),
        ("$id", RefuseNestedIds),
        ("$anchor", source => source.Value.ValueKind == JsonValueKind.String ? null : source.Invalid("a string")),
        ("$defs", CompileOnly),
        ("definitions", CompileOnly),
        ("x-problem", source => source.Value.ValueKind == JsonValueKind.Object ? null : source.Invalid("an object with 'code' and 'message'")),
        ("$dynamicRef", source => source.Unsupported("'$dynamicRef' is not supported; use '$ref'.")),
        ("$recursiveRef", source => source.Unsupported("'$recursiveRef' is not supported; use '$ref'.")),
        ("unevaluatedProperties", source => source.Unsupported("'unevaluatedProperties' is not supported; use 'additionalProperties' and repeat the properties where schemas are combined.")),
        ("unevaluatedItems", source => source.Unsupported("'unevaluatedItems' is not supported; use 'prefixItems' with 'items'.")),
        ("dependencies", source => source.Unsupported("'dependencies' is of an older draft; use 'dependentRequired' or 'dependentSchemas'.")),
        ("additionalItems", source => source.Unsupported("'additionalItems' is of an older draft; use 'prefixItems' with 'items'.")),

        ("type", TypeKeyword.Compile),
        ("enum", AllowedValuesKeyword.CompileEnum),
        ("const", AllowedValuesKeyword.CompileConst),

        ("minLength", LengthKeyword.CompileMin),
        ("maxLength", LengthKeyword.CompileMax),
        ("pattern", PatternKeyword.Compile),
        ("format", FormatKeyword.Compile),

        ("minimum", BoundKeyword.Compile),
        ("exclusiveMinimum", BoundKeyword.Compile),
        ("maximum", BoundKeyword.Compile),
        ("exclusiveMaximum", BoundKeyword.Compile),
        ("multipleOf", MultipleOfKeyword.Compile),

        ("required", RequiredKeyword.Compile),
        ("minProperties", PropertyCountKeyword.CompileMin),
        ("maxProperties", PropertyCountKeyword.CompileMax),
        ("dependentRequired", DependentRequiredKeyword.Compile),
        ("propertyNames", PropertyNamesKeyword.Compile),
        ("properties", PropertiesKeyword.Compile),
        ("patternProperties", PropertiesKeyword.CompileWithoutProperties),
        ("additionalProperties", PropertiesKeyword.CompileAlone),

        ("minItems", ItemCountKeyword.CompileMin),
        ("maxItems", ItemCountKeyword.CompileMax),
        ("uniqueItems", UniqueItemsKeyword.Compile),
        ("prefixItems", ItemsKeyword.CompilePrefix),
        ("items", ItemsKeyword.Compile),
        ("contains", ContainsKeyword.Compile),

        ("$ref", CompileReference),
        ("allOf", AllOfKeyword.Compile),
        ("anyOf", AnyOfKeyword.Compile),
        ("oneOf", OneOfKeyword.Compile),
        ("not", NotKeyword.Compile),
        ("if", ConditionalKeyword.Compile),
        ("dependentSchemas", DependentSchemasKeyword.Compile),
    ];

    private static readonly string[] Dialects =
    [
        "https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2019-09/schema",
        "http://json-schema.org/draft-07/schema", "http://json-schema.org/schema",
    ];

    // Older drafts are read as this one: what means something else in them is refused keyword by keyword.
    private static Keyword? RefuseOtherDialects(KeywordSource source) =>
        source.Value.ValueKind != JsonValueKind.String ? source.Invalid("a string")
        : Dialects.Contains(source.Value.GetString()!.TrimEnd('#'), StringComparer.Ordinal) ? null
        : source.Unsupported($"The dialect '{source.Value.GetString()}' is not supported; use 'https://json-schema.org/draft/2020-12/schema'.");

    private static Keyword? RefuseNestedIds(KeywordSource source) =>
        source.Value.ValueKind != JsonValueKind.String ? source.Invalid("a string")
        : source.SchemaPointer.Length == 0 ? null
        : source.Unsupported("'$id' is supported only at the top of a schema; use '$anchor' or '#/$defs/…' inside.");

    private static Keyword? CompileOnly(KeywordSource source)
    {
        source.TrySubschemasByName(out _);
        return null;
    }

    private static Keyword? CompileReference(KeywordSource source) =>
        source.Value.ValueKind == JsonValueKind.String
            ? source.Compiler.Reference(source.Value.GetString()!, source.Pointer)
            : source.Invalid("a string such as '#/$defs/name'");
}
