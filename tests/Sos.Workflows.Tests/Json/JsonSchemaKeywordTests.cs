using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

/// <summary>Each keyword by cases: a schema, a value, and the code and place of what breaks it (null when nothing does).</summary>
public sealed class JsonSchemaKeywordTests
{
    [Theory]
    [InlineData("true", "1", null)]
    [InlineData("false", "1", "forbidden")]
    [InlineData("{}", "null", null)]
    [InlineData("""{"type":"string"}""", "\"a\"", null)]
    [InlineData("""{"type":"string"}""", "1", "wrong_type")]
    [InlineData("""{"type":"integer"}""", "3.0", null)]
    [InlineData("""{"type":"integer"}""", "3e2", null)]
    [InlineData("""{"type":"integer"}""", "12345678901234567890123456789", null)]
    [InlineData("""{"type":"integer"}""", "3.1", "wrong_type")]
    [InlineData("""{"type":"integer"}""", "3e-1", "wrong_type")]
    [InlineData("""{"type":"number"}""", "3.1", null)]
    [InlineData("""{"type":"boolean"}""", "false", null)]
    [InlineData("""{"type":"null"}""", "false", "wrong_type")]
    [InlineData("""{"type":["string","null"]}""", "null", null)]
    [InlineData("""{"type":["string","null"]}""", "[]", "wrong_type")]
    [InlineData("""{"enum":["a",1,{"b":[1]}]}""", """{"b":[1.0]}""", null)]
    [InlineData("""{"enum":["a",1]}""", "\"b\"", "value_not_allowed")]
    [InlineData("""{"const":{"a":1,"b":2}}""", """{"b":2,"a":1}""", null)]
    [InlineData("""{"const":false}""", "0", "value_not_allowed")]
    public void Types_and_allowed_values(string schema, string value, string? code) => Check(schema, value, code, "");

    [Theory]
    [InlineData("""{"minimum":5}""", "5", null)]
    [InlineData("""{"minimum":5}""", "4.999999999999999999999999999999", "below_minimum")]
    [InlineData("""{"exclusiveMinimum":5}""", "5.0", "below_minimum")]
    [InlineData("""{"maximum":5}""", "5.000000000000000000000000000001", "above_maximum")]
    [InlineData("""{"maximum":18446744073709551615}""", "18446744073709551616", "above_maximum")]
    [InlineData("""{"exclusiveMaximum":5}""", "5", "above_maximum")]
    [InlineData("""{"exclusiveMaximum":5}""", "-6", null)]
    [InlineData("""{"minimum":-10}""", "-9.5", null)]
    [InlineData("""{"minimum":-10}""", "-1e1", null)]
    [InlineData("""{"minimum":-10}""", "-11", "below_minimum")]
    [InlineData("""{"minimum":0}""", "-0.0", null)]
    [InlineData("""{"minimum":5}""", "\"4\"", null)]
    [InlineData("""{"multipleOf":0.1}""", "0.3", null)]
    [InlineData("""{"multipleOf":0.01}""", "19.99", null)]
    [InlineData("""{"multipleOf":0.01}""", "19.999", "not_a_multiple")]
    [InlineData("""{"multipleOf":3}""", "1e100", "not_a_multiple")]
    [InlineData("""{"multipleOf":8}""", "1e100", null)]
    [InlineData("""{"multipleOf":1.5}""", "-4.5", null)]
    [InlineData("""{"multipleOf":7}""", "0", null)]
    [InlineData("""{"multipleOf":1e-300}""", "1", null)]
    public void Numbers_are_compared_exactly(string schema, string value, string? code) => Check(schema, value, code, "");

    [Theory]
    [InlineData("""{"minLength":2}""", "\"a\"", "too_short")]
    [InlineData("""{"maxLength":1}""", "\"🐲\"", null)]
    [InlineData("""{"minLength":2}""", "\"🐲\"", "too_short")]
    [InlineData("""{"maxLength":2}""", "\"abc\"", "too_long")]
    [InlineData("""{"maxLength":2.0}""", "\"ab\"", null)]
    [InlineData("""{"pattern":"b+"}""", "\"abc\"", null)]
    [InlineData("""{"pattern":"^b+$"}""", "\"abc\"", "pattern_mismatch")]
    [InlineData("""{"pattern":"^a$"}""", "\"a\\n\"", "pattern_mismatch")]
    [InlineData("""{"pattern":"^\\d$"}""", "\"٣\"", "pattern_mismatch")]
    [InlineData("""{"pattern":"^[\\w-]+$"}""", "\"a_b-c\"", null)]
    [InlineData("""{"pattern":"^\\w$"}""", "\"é\"", "pattern_mismatch")]
    [InlineData("""{"pattern":"^\\p{Letter}$"}""", "\"é\"", null)]
    [InlineData("""{"pattern":"^[[]$"}""", "\"[\"", null)]
    [InlineData("""{"pattern":"^.$"}""", "\"\\u2028\"", "pattern_mismatch")]
    [InlineData("""{"pattern":"a/b\\/c"}""", "\"a/b/c\"", null)]
    public void Texts(string schema, string value, string? code) => Check(schema, value, code, "");

    [Theory]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", null, "")]
    [InlineData("""{"required":["a"]}""", "{}", "missing_property", "")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":1}""", "wrong_type", "/a")]
    [InlineData("""{"properties":{"a/b~c":{"type":"string"}}}""", """{"a/b~c":1}""", "wrong_type", "/a~1b~0c")]
    [InlineData("""{"properties":{"a":true},"additionalProperties":false}""", """{"b":1}""", "unknown_property", "/b")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", """{"b":1}""", "wrong_type", "/b")]
    [InlineData("""{"patternProperties":{"^x":{"type":"string"}},"additionalProperties":false}""", """{"x1":"a"}""", null, "")]
    [InlineData("""{"patternProperties":{"^x":{"type":"string"}},"additionalProperties":false}""", """{"y":"a"}""", "unknown_property", "/y")]
    [InlineData("""{"properties":{"xa":{"minLength":2}},"patternProperties":{"^x":{"type":"string"}}}""", """{"xa":"a"}""", "too_short", "/xa")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"abc":1}""", "invalid_property_name", "/abc")]
    [InlineData("""{"propertyNames":{"pattern":"^\\u00e9"}}""", """{"\u00e9a":1}""", null, "")]
    [InlineData("""{"minProperties":1}""", "{}", "too_few_properties", "")]
    [InlineData("""{"maxProperties":1}""", """{"a":1,"b":2}""", "too_many_properties", "")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1}""", "missing_property", "")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"c":1}""", null, "")]
    [InlineData("""{"dependentSchemas":{"a":{"required":["b"]}}}""", """{"a":1}""", "missing_property", "")]
    [InlineData("""{"dependentSchemas":{"a":{"required":["b"]}}}""", """{"a":1,"b":2}""", null, "")]
    public void Objects(string schema, string value, string? code, string pointer) => Check(schema, value, code, pointer);

    [Theory]
    [InlineData("""{"items":{"type":"string"}}""", """["a",1]""", "wrong_type", "/1")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1]""", null, "")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a","b"]""", "wrong_type", "/1")]
    [InlineData("""{"prefixItems":[true],"items":false}""", """[1,2]""", "forbidden", "/1")]
    [InlineData("""{"prefixItems":[{"type":"string"}]}""", "[]", null, "")]
    [InlineData("""{"minItems":1}""", "[]", "too_few_items", "")]
    [InlineData("""{"maxItems":1}""", "[1,2]", "too_many_items", "")]
    [InlineData("""{"uniqueItems":true}""", """[1,{"a":1,"b":2},{"b":2,"a":1.0}]""", "duplicate_item", "/2")]
    [InlineData("""{"uniqueItems":true}""", """[1,true,"1",[1],{"a":1}]""", null, "")]
    [InlineData("""{"uniqueItems":true}""", """[1e2,100]""", "duplicate_item", "/1")]
    [InlineData("""{"uniqueItems":true}""", """[0,-0.0]""", "duplicate_item", "/1")]
    [InlineData("""{"contains":{"type":"string"}}""", "[1]", "too_few_items", "")]
    [InlineData("""{"contains":{"type":"string"},"minContains":0}""", "[1]", null, "")]
    [InlineData("""{"contains":{"type":"string"},"maxContains":1}""", """["a","b"]""", "too_many_items", "")]
    [InlineData("""{"contains":{"type":"string"},"minContains":2}""", """["a","b"]""", null, "")]
    public void Arrays(string schema, string value, string? code, string pointer) => Check(schema, value, code, pointer);

    [Theory]
    [InlineData("""{"allOf":[{"type":"number"},{"minimum":3}]}""", "2", "below_minimum", "")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":3}]}""", "3", null, "")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"number","minimum":3}]}""", "2", "below_minimum", "")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", "2", "no_match", "")]
    [InlineData("""{"oneOf":[{"minimum":1},{"minimum":3}]}""", "2", null, "")]
    [InlineData("""{"oneOf":[{"minimum":1},{"minimum":3}]}""", "4", "ambiguous_match", "")]
    [InlineData("""{"not":{"type":"string"}}""", "\"a\"", "forbidden", "")]
    [InlineData("""{"not":{"type":"string"}}""", "1", null, "")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":2}}""", "\"a\"", "too_short", "")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":2}}""", "1", "below_minimum", "")]
    [InlineData("""{"if":{"type":"string"},"else":{"minimum":2}}""", "\"a\"", null, "")]
    public void Combinations(string schema, string value, string? code, string pointer) => Check(schema, value, code, pointer);

    [Theory]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}""", "1", "wrong_type", "")]
    [InlineData("""{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"string"}}}""", "1", "wrong_type", "")]
    [InlineData("""{"$ref":"#text","$defs":{"a":{"$anchor":"text","type":"string"}}}""", "1", "wrong_type", "")]
    [InlineData("""{"$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}}""", "1", "wrong_type", "")]
    [InlineData("""{"$id":"https://example.com/s","$ref":"https://example.com/s#/$defs/a","$defs":{"a":{"type":"string"}}}""", "1", "wrong_type", "")]
    [InlineData("""{"properties":{"next":{"$ref":"#"}},"required":["v"]}""", """{"v":1,"next":{"v":2,"next":{}}}""", "missing_property", "/next/next")]
    [InlineData("""{"$ref":"#/$defs/a","minLength":2,"$defs":{"a":{"type":"string"}}}""", "\"a\"", "too_short", "")]
    public void References(string schema, string value, string? code, string pointer) => Check(schema, value, code, pointer);

    private static void Check(string schema, string value, string? code, string pointer)
    {
        var errors = JsonSchema.FromText(schema).Evaluate(JsonElement.Parse(value)).Errors;
        if (code is null)
            Assert.Empty(errors);
        else
            Assert.Equal((code, pointer), (Assert.Single(errors).Code, errors[0].Pointer));
    }
}
