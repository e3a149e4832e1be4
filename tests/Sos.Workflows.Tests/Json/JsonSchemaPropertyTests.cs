using System.Runtime.InteropServices;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Json;
using Sos.Workflows.Tests.Validation;

namespace Sos.Workflows.Tests.Json;

/// <summary>Laws that hold for every schema and every value.</summary>
public sealed class JsonSchemaPropertyTests
{
    private static readonly string[] Leaves =
    [
        "true", "false", """{"type":"string"}""", """{"type":["object","array"]}""", """{"type":"integer"}""", """{"enum":["a",1,null,{"id":"a"}]}""", """{"const":"set"}""",
        """{"minimum":0,"multipleOf":0.5}""", """{"minLength":2,"pattern":"^[a-z]+$"}""", """{"format":"uri"}""", """{"required":["id"]}""", """{"uniqueItems":true,"maxItems":2}""",
        """{"propertyNames":{"maxLength":3}}""", """{"minProperties":1,"dependentRequired":{"id":["type"]}}""", """{"$ref":"#/$defs/part"}""",
    ];

    [Property(MaxTest = 500)]
    public Property A_check_never_throws_and_its_pointers_lead_into_the_value() => ForAll((schema, json, value) =>
    {
        var errors = schema("{0}").Evaluate(value).Errors;

        Assert.All(errors, e => Assert.True(e.Code == "lone_surrogate" || JsonPointer.TryResolve(value, e.Pointer, out _), $"{json}: {e}"));
    });

    [Property(MaxTest = 300)]
    public Property Not_accepts_what_the_schema_does_not() => ForAll((schema, _, value) =>
    {
        if (!IsReadable(value))
            return;
        Assert.NotEqual(schema("{0}").Evaluate(value).IsValid, schema("""{"not":{0}}""").Evaluate(value).IsValid);
    });

    [Property(MaxTest = 300)]
    public Property One_alternative_is_as_good_as_the_schema() => ForAll((schema, _, value) =>
    {
        var expected = schema("{0}").Evaluate(value).IsValid;

        Assert.Equal(expected, schema("""{"allOf":[{0}]}""").Evaluate(value).IsValid);
        Assert.Equal(expected, schema("""{"anyOf":[false,{0}]}""").Evaluate(value).IsValid);
        Assert.Equal(expected, schema("""{"oneOf":[{0},false]}""").Evaluate(value).IsValid);
        Assert.Equal(expected, schema("""{"if":{0},"else":false}""").Evaluate(value).IsValid);
    });

    [Property(MaxTest = 300)]
    public Property Where_no_string_is_a_template_templates_change_nothing() => ForAll((schema, _, value) =>
        Assert.Equal(schema("{0}").Evaluate(value).Errors, schema("{0}").Evaluate(value, new JsonSchemaOptions { TemplateKind = _ => TemplateKind.None }).Errors));

    [Property(MaxTest = 500)]
    public Property A_value_that_fits_still_fits_when_less_is_known_of_it() => ForAll((schema, _, value) =>
    {
        if (!schema("{0}").Evaluate(value).IsValid)
            return;
        Assert.Empty(schema("{0}").Evaluate(value, new JsonSchemaOptions { TemplateKind = _ => TemplateKind.Text }).Errors);
        Assert.Empty(schema("{0}").Evaluate(value, new JsonSchemaOptions { TemplateKind = _ => TemplateKind.Expression }).Errors);
    });

    /// <summary>Tries a random schema, given as a maker that puts it in the place of <c>{0}</c>, on a random value.</summary>
    private static Property ForAll(Action<Func<string, JsonSchema>, string, JsonElement> law) => Prop.ForAll(
        Schemas(3).ToArbitrary(), RandomDefinitions.Json().ToArbitrary(), (schema, json) =>
            law(around => JsonSchema.FromText($$"""{"allOf":[{{around.Replace("{0}", schema, StringComparison.Ordinal)}}],"$defs":{"part":{"type":["string","object"]} } }"""), schema, JsonElement.Parse(json)));

    private static Gen<string> Schemas(int depth)
    {
        if (depth == 0)
            return Gen.Elements(Leaves);
        var inner = Schemas(depth - 1);
        var some = inner.ListOf(3).Where(s => s.Count > 0).Select(s => string.Join(',', s));
        return Gen.OneOf(
            Gen.Elements(Leaves),
            inner.Select(s => $$"""{"items":{{s}} }"""),
            some.Select(s => $$"""{"prefixItems":[{{s}}],"items":false}"""),
            inner.Select(s => $$"""{"contains":{{s}},"maxContains":2}"""),
            Gen.Zip(inner, inner).Select(s => $$"""{"properties":{"id":{{s.Item1}} },"patternProperties":{"^n":{{s.Item2}} },"additionalProperties":true}"""),
            Gen.Zip(inner, inner).Select(s => $$"""{"properties":{"id":{{s.Item1}} },"additionalProperties":{{s.Item2}} }"""),
            inner.Select(s => $$"""{"dependentSchemas":{"type":{{s}} } }"""),
            some.Select(s => $$"""{"anyOf":[{{s}}]}"""),
            some.Select(s => $$"""{"oneOf":[{{s}}]}"""),
            some.Select(s => $$"""{"allOf":[{{s}}]}"""),
            inner.Select(s => $$"""{"not":{{s}} }"""),
            Gen.Three(inner).Select(s => $$"""{"if":{{s.Item1}},"then":{{s.Item2}},"else":{{s.Item3}} }"""));
    }

    /// <summary>Not <c>StorableJson.Check</c>, which lists only so many problems.</summary>
    private static bool IsReadable(JsonElement value) => StorableJson.CheckReadable(JsonMarshal.GetRawUtf8Value(value)).Count == 0;
}
