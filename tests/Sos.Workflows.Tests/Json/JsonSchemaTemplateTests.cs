using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

/// <summary>Strings in braces stand for values that are not known yet: <c>{x}</c> for any value, <c>a{x}</c> for a text.</summary>
public sealed class JsonSchemaTemplateTests
{
    private static readonly JsonSchemaOptions WithTemplates = new()
    {
        TemplateKind = text => !text.Contains('{') ? TemplateKind.None : text.StartsWith('{') && text.EndsWith('}') ? TemplateKind.Expression : TemplateKind.Text,
    };

    [Theory]
    [InlineData("""{"type":"number","minimum":3}""", "\"{x}\"")]
    [InlineData("""{"type":"object","required":["a"]}""", "\"{x}\"")]
    [InlineData("false", "\"{x}\"")]
    [InlineData("""{"not":{"type":"string"}}""", "\"{x}\"")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"number"}]}""", "\"{x}\"")]
    [InlineData("""{"enum":["GET","POST"]}""", "\"G{x}\"")]
    [InlineData("""{"type":"string","maxLength":2,"pattern":"^z","format":"uri"}""", "\"abc{x}\"")]
    [InlineData("""{"const":{"a":[1]}}""", """{"a":["{x}"]}""")]
    [InlineData("""{"items":{"type":"integer"}}""", """[1,"{x}"]""")]
    [InlineData("""{"uniqueItems":true}""", """["{x}","{x}"]""")]
    [InlineData("""{"contains":{"const":1}}""", """["{x}"]""")]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", """[1,"{x}"]""")]
    [InlineData("""{"oneOf":[{"properties":{"a":{"const":1}}},{"properties":{"a":{"const":2}}}]}""", """{"a":"{x}"}""")]
    [InlineData("""{"not":{"properties":{"a":{"const":1}}}}""", """{"a":"{x}"}""")]
    [InlineData("""{"if":{"properties":{"a":{"const":"POST"}}},"then":{"required":["body"]},"else":{"maxProperties":0}}""", """{"a":"{x}"}""")]
    public void A_template_fits_wherever_its_value_could(string schema, string value) => Assert.Empty(Evaluate(schema, value));

    [Theory]
    [InlineData("""{"type":"number"}""", "\"a{x}\"", "wrong_type")]
    [InlineData("""{"enum":[1,2]}""", "\"a{x}\"", "value_not_allowed")]
    [InlineData("""{"type":"number"}""", "\"a\"", "wrong_type")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"{x}":1}""", "invalid_property_name")]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", """[1,1,"{x}"]""", "too_many_items")]
    [InlineData("""{"if":{"properties":{"a":{"const":"POST"}}},"then":{"required":["body"]}}""", """{"a":"POST","b":"{x}"}""", "missing_property")]
    public void What_no_value_of_a_template_could_mend_is_an_error(string schema, string value, string code) =>
        Assert.Equal(code, Assert.Single(Evaluate(schema, value)).Code);

    private static IReadOnlyList<JsonProblem> Evaluate(string schema, string value) =>
        JsonSchema.FromText(schema).Evaluate(JsonElement.Parse(value), WithTemplates).Errors;
}
