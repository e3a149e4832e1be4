using System.Globalization;
using System.Text;
using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

public sealed class JsonSchemaCompileTests
{
    [Theory]
    [InlineData("1", "", "invalid_schema")]
    [InlineData("""{"type":"text"}""", "/type", "invalid_schema")]
    [InlineData("""{"type":[]}""", "/type", "invalid_schema")]
    [InlineData("""{"type":["string",1]}""", "/type", "invalid_schema")]
    [InlineData("""{"enum":"a"}""", "/enum", "invalid_schema")]
    [InlineData("""{"minLength":-1}""", "/minLength", "invalid_schema")]
    [InlineData("""{"minLength":1.5}""", "/minLength", "invalid_schema")]
    [InlineData("""{"pattern":"("}""", "/pattern", "invalid_schema")]
    [InlineData("""{"pattern":"(?=a)b"}""", "/pattern", "invalid_schema")]
    [InlineData("""{"pattern":"(a)\\1"}""", "/pattern", "invalid_schema")]
    [InlineData("""{"pattern":"(?i)a"}""", "/pattern", "invalid_schema")]
    [InlineData("""{"minimum":"1"}""", "/minimum", "invalid_schema")]
    [InlineData("""{"multipleOf":0}""", "/multipleOf", "invalid_schema")]
    [InlineData("""{"required":"a"}""", "/required", "invalid_schema")]
    [InlineData("""{"properties":{"a/b":{"type":"x"}}}""", "/properties/a~1b/type", "invalid_schema")]
    [InlineData("""{"patternProperties":{"[":true}}""", "/patternProperties/[", "invalid_schema")]
    [InlineData("""{"dependentRequired":{"a":"b"}}""", "/dependentRequired/a", "invalid_schema")]
    [InlineData("""{"items":[true]}""", "/items", "unsupported_schema")]
    [InlineData("""{"prefixItems":[]}""", "/prefixItems", "invalid_schema")]
    [InlineData("""{"uniqueItems":1}""", "/uniqueItems", "invalid_schema")]
    [InlineData("""{"anyOf":{}}""", "/anyOf", "invalid_schema")]
    [InlineData("""{"not":3}""", "/not", "invalid_schema")]
    [InlineData("""{"$defs":{"a":{"type":"x"}}}""", "/$defs/a/type", "invalid_schema")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "/$ref", "invalid_schema")]
    [InlineData("""{"$ref":"#none"}""", "/$ref", "invalid_schema")]
    [InlineData("""{"$ref":"https://example.com/other"}""", "/$ref", "unsupported_schema")]
    [InlineData("""{"$ref":3}""", "/$ref", "invalid_schema")]
    [InlineData("""{"unevaluatedProperties":false}""", "/unevaluatedProperties", "unsupported_schema")]
    [InlineData("""{"$dynamicRef":"#a"}""", "/$dynamicRef", "unsupported_schema")]
    [InlineData("""{"$schema":"https://example.com/dialect"}""", "/$schema", "unsupported_schema")]
    [InlineData("""{"properties":{"a":{"$id":"b"}}}""", "/properties/a/$id", "unsupported_schema")]
    [InlineData("""{"properties":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}""", "/properties/b/$anchor", "invalid_schema")]
    public void A_mistake_is_reported_where_it_is(string schema, string pointer, string code)
    {
        Assert.False(JsonSchema.TryCompile(JsonElement.Parse(schema), out _, out var problems));
        Assert.Equal((pointer, code), (Assert.Single(problems).Pointer, problems[0].Code));
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        JsonSchema.TryCompile(JsonElement.Parse("""{"type":"x","items":{"minimum":"y","$ref":"#z"}}"""), out _, out var problems);

        Assert.Equal(["/type", "/items/minimum", "/items/$ref"], problems.Select(p => p.Pointer));
    }

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}""")]
    [InlineData("""{"if":{"$ref":"#"}}""")]
    public void A_schema_that_applies_itself_without_end_is_refused(string schema)
    {
        Assert.False(JsonSchema.TryCompile(JsonElement.Parse(schema), out _, out var problems));
        Assert.Contains("without end", Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://json-schema.org/draft-07/schema#")]
    [InlineData("https://json-schema.org/draft/2020-12/schema")]
    public void Older_drafts_are_read_where_they_mean_the_same(string dialect) =>
        Assert.True(JsonSchema.FromText($$"""{"$schema":"{{dialect}}","type":"string"}""").Evaluate(JsonElement.Parse("\"a\"")).IsValid);

    [Fact]
    public void The_exception_names_every_mistake()
    {
        var exception = Assert.Throws<JsonSchemaException>(() => JsonSchema.FromText("""{"type":"x","minimum":"y"}"""));

        Assert.Equal(2, exception.Problems.Count);
        Assert.Contains("'/minimum'", exception.Message, StringComparison.Ordinal);
        Assert.Equal("invalid_json", Assert.Throws<JsonSchemaException>(() => JsonSchema.FromText("{")).Problems[0].Code);
    }

    [Fact]
    public void A_schema_outlives_the_document_that_it_was_read_from()
    {
        JsonSchema schema;
        using (var document = JsonDocument.Parse("""{"enum":["a"],"minimum":3}"""))
            schema = JsonSchema.Compile(document.RootElement);

        Assert.True(schema.Evaluate(JsonElement.Parse("\"a\"")).IsValid);
    }

    [Fact]
    public void A_check_that_would_take_forever_gives_up()
    {
        // Both alternatives look at everything below, so each level doubles the work.
        var schema = JsonSchema.FromText("""{"anyOf":[{"items":{"$ref":"#"},"minItems":1},{"items":{"$ref":"#"},"minItems":1}]}""");
        var value = JsonElement.Parse(new string('[', 60) + new string(']', 60));

        var error = Assert.Single(schema.Evaluate(value, new JsonSchemaOptions { MaxSteps = 10_000 }).Errors);

        Assert.Equal("too_complex", error.Code);
    }

    [Fact]
    public void A_long_chain_of_references_gives_up_instead_of_overflowing_the_stack()
    {
        var definitions = new StringBuilder("""{"$ref":"#/$defs/d0","$defs":{""");
        for (var i = 0; i < 5_000; i++)
            definitions.Append(CultureInfo.InvariantCulture, $$"""
                "d{{i}}":{"$ref":"#/$defs/d{{i + 1}}"},
                """);
        definitions.Append("\"d5000\":true}}");

        var error = Assert.Single(JsonSchema.FromText(definitions.ToString()).Evaluate(JsonElement.Parse("1")).Errors);

        Assert.Equal("too_complex", error.Code);
    }

    [Fact]
    public void Too_many_patterns_are_refused()
    {
        var schema = JsonSerializer.SerializeToElement(new { allOf = Enumerable.Range(0, 300).Select(i => new { pattern = $"a{{{i}}}" }) });

        Assert.False(JsonSchema.TryCompile(schema, out _, out var problems));
        Assert.Equal("too_complex", problems[0].Code);
    }

    [Theory]
    [InlineData("\"\\ud800\"", "lone_surrogate")]
    [InlineData("{\"\\udc00\":1}", "lone_surrogate")]
    public void A_value_that_is_no_text_is_an_error_not_an_exception(string value, string code) =>
        Assert.Equal(code, Assert.Single(JsonSchema.FromText("{}").Evaluate(JsonElement.Parse(value)).Errors).Code);
}
