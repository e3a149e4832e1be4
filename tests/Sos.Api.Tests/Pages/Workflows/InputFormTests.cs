using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Forms;
using Sos.Api.Pages.Workflows;
using Sos.Workflows.Json;

namespace Sos.Api.Tests.Pages.Workflows;

public sealed class InputFormTests
{
    private const string Schema = """
        { "type": "object", "required": ["name", "kind", "address", "items"],
          "properties": {
            "name": { "type": "string", "minLength": 2 },
            "kind": { "enum": ["refund", "question"] },
            "level": { "enum": [1, 2, 3], "default": 2 },
            "urgent": { "type": "boolean" },
            "address": { "type": "object", "required": ["city"], "properties": { "city": { "type": "string" }, "country": { "type": "string", "default": "DE" } } },
            "items": { "type": "array", "items": { "type": "object", "properties": { "id": { "type": "string" }, "count": { "type": "integer" } } } },
            "other": { "oneOf": [ { "type": "string" }, { "type": "object" } ] } } }
        """;

    [Theory]
    [InlineData(null, "{}")]
    [InlineData("""{ "type": "object" }""", "{}")]
    [InlineData("""{ "type": "array" }""", "[]")]
    [InlineData("""{ "examples": [{ "a": 1 }], "properties": { "a": {} } }""", """{"a":1}""")]
    [InlineData("""{ "properties": { "a": { "default": null }, "b": { "type": "string", "examples": ["x"] } } }""", "{}")]
    [InlineData("""{ "required": ["a", "b", "c"], "properties": { "a": { "type": "string", "examples": ["x"] }, "b": { "const": 7 }, "c": { "type": "number" } } }""", """{"a":"x","b":7}""")]
    [InlineData(Schema, """{"level":2,"address":{"country":"DE"},"items":[]}""")]
    public void A_draft_has_what_is_known_and_leaves_out_what_is_to_be_filled_in(string? schema, string expected) =>
        Assert.Equal(expected, JsonNode.Parse(InputDraft.Of(schema is null ? null : JsonElement.Parse(schema)))!.ToJsonString());

    [Fact]
    public void A_schema_without_an_end_has_a_draft_with_one()
    {
        var deep = "{}";
        for (var i = 0; i < 30; i++)
            deep = $$"""{ "required": ["a"], "properties": { "a": {{deep}} } }""";
        Assert.Equal(19, InputDraft.Of(JsonElement.Parse(deep)).Split("\"a\"").Length - 1);
    }

    [Fact]
    public void The_schema_makes_a_field_of_each_property_in_its_order()
    {
        Assert.Equal(
            [
                ("name", FieldKind.Text, true), ("kind", FieldKind.Choice, true), ("level", FieldKind.Choice, false), ("urgent", FieldKind.Switch, false),
                ("address", FieldKind.Object, true), ("items", FieldKind.List, true), ("other", FieldKind.Json, false),
            ],
            Form().Fields.Select(f => (f.Name, f.Kind, f.IsRequired)));
        Assert.Empty(new InputForm(JsonElement.Parse("""{ "type": "array" }"""), () => { }).Fields);
    }

    [Fact]
    public void Where_the_schemas_order_is_not_its_authors_those_that_must_be_filled_in_come_first() => Assert.Equal(
        ["name", "kind", "address", "items", "level", "urgent", "other"],
        new InputForm(JsonElement.Parse(Schema), () => { }, isAsWritten: false).Fields.Select(f => f.Name));

    [Fact]
    public void What_a_field_says_is_in_the_json_and_the_other_way_round()
    {
        var changes = 0;
        var form = new InputForm(JsonElement.Parse(Schema), () => changes++);
        form.Model.Set("/name", "Ada");
        form.Model.Set("/items/-", new JsonObject());
        form.Model.Set("/items/0/id", "A-1");
        form.Model.Unset("/level");
        Assert.Equal("""{"address":{"country":"DE"},"items":[{"id":"A-1"}],"name":"Ada"}""", JsonSerializer.Serialize(form.Read()));
        Assert.Equal(4, changes);

        form.Write("""{ "name": "Bob", "items": [{ "id": "B" }, {}] }""");
        Assert.Equal("Bob", form.Model.Get("/name")!.GetValue<string>());
        Assert.Equal("B", form.Model.Get("/items/0/id")!.GetValue<string>());
        Assert.Null(form.Model.Get("/address/country"));
        Assert.Equal(4, changes);
    }

    [Fact]
    public void A_mistake_in_the_json_has_its_place_and_the_fields_keep_what_they_said()
    {
        var form = Form();
        form.Model.Set("/name", "Ada");
        form.Write("{\n  \"name\": }");
        Assert.StartsWith("Line 2, column 11", form.Mistake!.ToString(), StringComparison.Ordinal);
        Assert.Equal("Ada", form.Model.Get("/name")!.GetValue<string>());
        Assert.ThrowsAny<JsonException>(() => form.Read());
        form.Write("{}");
        Assert.Null(form.Mistake);
    }

    [Fact]
    public void After_a_refusal_problems_stand_beside_their_fields_until_they_are_put_right()
    {
        var form = Form();
        form.Model.Set("/name", "A");
        Assert.Empty(form.Model.Problems("/name", false));
        form.Refuse([
            new JsonProblem("/input/name", "too_short", "It is too short."), new JsonProblem("/input", JsonProblemCodes.MissingProperty, "The property 'kind' is missing."),
            new JsonProblem("/input/address", JsonProblemCodes.MissingProperty, "The property 'city' is missing."), new JsonProblem("/input/other/a", "c", "Deep within."),
        ]);
        Assert.Equal(["It is too short."], form.Model.Problems("/name", false));
        Assert.Equal(["This must be filled in."], form.Model.Problems("/kind", false));
        Assert.Equal(["This must be filled in."], form.Model.Problems("/address/city", false));
        Assert.Empty(form.Model.Problems("/address/country", false));
        Assert.Equal(["Deep within."], form.Model.Problems("/other", true));

        form.Model.Set("/name", "Ada");
        Assert.Empty(form.Model.Problems("/name", false));
        Assert.Equal(["/input", "/input/address"], form.Problems.Select(p => p.Pointer).Order(StringComparer.Ordinal));
        form.Write("""{ "name": "Ada", "kind": "refund", "address": { "city": "Bonn" }, "items": [] }""");
        Assert.Empty(form.Problems);
    }

    [Fact]
    public void A_choice_of_numbers_gives_numbers()
    {
        var level = Form().Fields.Single(f => f.Name == "level");
        Assert.Equal(["1", "2", "3"], level.Choices);
        Assert.Null(level.Read("3", out var value, allowsExpressions: false));
        Assert.Equal("3", value!.ToJsonString());
        Assert.True(level.Fits(value));
        Assert.False(level.Fits(JsonValue.Create("3")));
    }

    [Fact]
    public void An_expression_is_no_number_where_none_may_stand()
    {
        var count = Form().Fields.Single(f => f.Name == "items").Item("0").Fields.Single(f => f.Name == "count");
        Assert.Equal("Write a whole number.", count.Read("{{ 1 }}", out _, allowsExpressions: false));
        Assert.Equal("Write a whole number, or an expression in {{ }}.", count.Read("x", out _));
    }

    [Fact]
    public void A_field_with_a_mistake_keeps_a_run_from_starting_until_it_is_gone()
    {
        var form = Form();
        form.Write("""{ "items": [ {}, { "count": 2 } ] }""");
        form.Model.Keep("/items/1/count", "2x", "Write a whole number.");
        Assert.True(form.HasMistakes);

        // What has nothing to do with it lets it stand; an item that is taken out takes its place along.
        form.Model.Set("/name", "Ada");
        form.Model.Unset("/items/0");
        Assert.Equal("2x", form.Model.Unread("/items/0/count")!.Text);
        form.Model.Set("/items/0/count", 2);
        Assert.False(form.HasMistakes);

        // The JSON beside it says something else: that counts.
        form.Model.Keep("/items/0/count", "2x", "Write a whole number.");
        form.Write("""{ "items": [ { "count": 3 } ] }""");
        Assert.False(form.HasMistakes);
    }

    private static InputForm Form() => new(JsonElement.Parse(Schema), () => { });
}
