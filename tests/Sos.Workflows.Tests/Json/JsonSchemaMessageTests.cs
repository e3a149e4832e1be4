using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

public sealed class JsonSchemaMessageTests
{
    [Theory]
    [InlineData("""{"type":"string"}""", "[1,2,3]", "Expected a string, but found an array of 3 items.")]
    [InlineData("""{"type":["integer","null"]}""", "2.5", "Expected a whole number or null, but found the number 2.5.")]
    [InlineData("""{"enum":["GET","POST","PUT"]}""", "\"GTE\"", "Expected \"GET\", \"POST\" or \"PUT\", but found the string \"GTE\". Did you mean 'GET'?")]
    [InlineData("""{"properties":{"method":true},"additionalProperties":false}""", """{"metod":1}""", "The property 'metod' is not known here. Did you mean 'method'?")]
    [InlineData("""{"properties":{"a":true,"b":true},"additionalProperties":false}""", """{"something":1}""", "The property 'something' is not known here. Known are a and b.")]
    [InlineData("""{"minLength":3}""", "\"ab\"", "Expected at least 3 characters, but found 2 characters.")]
    [InlineData("""{"required":["url"]}""", "{}", "The property 'url' is missing.")]
    [InlineData("""{"minimum":1}""", "0", "Expected a number of at least 1, but found the number 0.")]
    [InlineData("""{"propertyNames":{"maxLength":1}}""", """{"ab":1}""", "The name 'ab' is not allowed: Expected at most 1 character, but found 2 characters.")]
    public void Say_what_was_found_and_what_was_expected(string schema, string value, string message) =>
        Assert.Equal(message, Assert.Single(Evaluate(schema, value)).Message);

    [Fact]
    public void Every_error_is_reported_and_a_wrong_type_only_once()
    {
        var errors = Evaluate(
            """{"required":["a"],"properties":{"b":{"type":"string","minLength":3,"enum":["xyz"]},"c":{"minLength":3,"pattern":"z"}}}""",
            """{"b":1,"c":"ab"}""");

        Assert.Equal([("", "missing_property"), ("/b", "wrong_type"), ("/c", "too_short"), ("/c", "pattern_mismatch")], errors.Select(e => (e.Pointer, e.Code)));
    }

    [Fact]
    public void The_alternative_that_was_meant_is_explained()
    {
        var errors = Evaluate(
            """
            {"oneOf":[
              {"properties":{"kind":{"const":"circle"},"radius":{"type":"number"}},"required":["kind","radius"]},
              {"properties":{"kind":{"const":"square"},"side":{"type":"number"}},"required":["kind","side"]}]}
            """,
            """{"kind":"square","side":"2"}""");

        Assert.Equal(("/side", "wrong_type"), (Assert.Single(errors).Pointer, errors[0].Code));
    }

    [Fact]
    public void When_no_alternative_is_nearer_all_are_named()
    {
        var message = Assert.Single(Evaluate("""{"anyOf":[{"type":"string"},{"type":"number"}]}""", "null")).Message;

        Assert.Equal("None of 2 possible forms fits: Expected a string, but found null. Or: Expected a number, but found null.", message);
    }

    [Fact]
    public void A_schema_may_have_its_own_words_and_code()
    {
        const string schema = """{"items":{"type":"string","pattern":"^[a-z]+$","x-problem":{"code":"bad_slug","message":"A slug has small letters only."}}}""";

        var errors = Evaluate(schema, """["a","B",3]""");

        Assert.Equal(
            [new("/1", "bad_slug", "A slug has small letters only. Found the string \"B\"."), new("/2", "bad_slug", "A slug has small letters only. Found the number 3.")],
            errors);
    }

    [Fact]
    public void Values_of_write_only_schemas_are_kept_out_of_messages()
    {
        var error = Assert.Single(Evaluate("""{"properties":{"key":{"writeOnly":true,"pattern":"^sk-"}}}""", """{"key":"hunter2"}"""));

        Assert.Equal("Expected a text that matches ^sk-, but found a string.", error.Message);
    }

    [Fact]
    public void Long_values_are_cut_between_characters()
    {
        var text = new string('a', 39) + "🐲" + new string('b', 100);

        var error = Assert.Single(JsonSchema.FromText("""{"const":"x"}""").Evaluate(JsonSerializer.SerializeToElement(text)).Errors);

        Assert.Contains($"\"{new string('a', 39)}…\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_stop_at_the_limit()
    {
        var value = JsonSerializer.SerializeToElement(Enumerable.Range(0, 500));

        var errors = JsonSchema.FromText("""{"items":{"type":"string"}}""").Evaluate(value, new JsonSchemaOptions { MaxErrors = 7 }).Errors;

        Assert.Equal(7, errors.Count);
        Assert.Equal("/6", errors[^1].Pointer);
    }

    private static IReadOnlyList<JsonProblem> Evaluate(string schema, string value) =>
        JsonSchema.FromText(schema).Evaluate(JsonElement.Parse(value)).Errors;
}
