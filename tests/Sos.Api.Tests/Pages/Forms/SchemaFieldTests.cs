using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Forms;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests.Pages.Forms;

public sealed class SchemaFieldTests
{
    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);

    private static SchemaField Field(string type, string name)
    {
        Assert.True(Catalog.TryGet(type, out var found));
        return SchemaField.FieldsOf(found.ConfigSchema, "", found.BodyProperty).First(f => f.Name == name);
    }

    [Theory]
    [InlineData("http", "url", FieldKind.Text)]
    [InlineData("http", "method", FieldKind.Choice)]
    [InlineData("http", "followRedirects", FieldKind.Switch)]
    [InlineData("http", "maxResponseBytes", FieldKind.Number)]
    [InlineData("http", "headers", FieldKind.Map)]
    [InlineData("http", "auth", FieldKind.Object)]
    [InlineData("http", "multipart", FieldKind.List)]
    [InlineData("http", "json", FieldKind.Json)]
    [InlineData("llm", "prompt", FieldKind.Lines)]
    [InlineData("llm", "temperature", FieldKind.Number)]
    [InlineData("database", "sql", FieldKind.Lines)]
    [InlineData("switch", "value", FieldKind.Text)]
    [InlineData("foreach", "items", FieldKind.Json)]
    [InlineData("foreach", "body", FieldKind.Graph)]
    public void The_schema_decides_how_a_value_is_entered(string type, string name, FieldKind kind) => Assert.Equal(kind, Field(type, name).Kind);

    [Fact]
    public void Every_field_of_every_node_type_has_a_title_and_a_description()
    {
        foreach (var type in Catalog.All)
        {
            var fields = SchemaField.FieldsOf(type.ConfigSchema, "", type.BodyProperty);
            Assert.NotEmpty(fields);
            Assert.All(fields, f => Assert.False(string.IsNullOrEmpty(f.Title) || string.IsNullOrEmpty(f.Description), $"{type.Name}.{f.Name}"));
        }
    }

    [Theory]
    [InlineData("maxResponseBytes", "12", "12")]
    [InlineData("maxResponseBytes", "{{ input.n }}", "\"{{ input.n }}\"")]
    [InlineData("followRedirects", "false", "false")]
    [InlineData("json", """{"a": "{{ input.id }}"}""", """{"a":"{{ input.id }}"}""")]
    [InlineData("json", "{{ input }}", "\"{{ input }}\"")]
    [InlineData("url", "12", "\"12\"")]
    public void What_is_entered_becomes_the_value_that_it_is(string name, string text, string expected)
    {
        Assert.Null(Field("http", name).Read(text, out var value));
        Assert.Equal(expected, value!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData("maxResponseBytes", "many", "Write a whole number")]
    [InlineData("followRedirects", "1", "Write true, false")]
    [InlineData("json", "{\n\"a\": }", "Line 2, column 6")]
    public void What_is_no_value_says_what_to_write(string name, string text, string expected) =>
        Assert.StartsWith(expected, Field("http", name).Read(text, out _), StringComparison.Ordinal);

    [Fact]
    public void Items_of_lists_and_maps_are_fields_of_their_own()
    {
        var part = Field("http", "multipart").Item("0");
        Assert.Equal(("Part 1", FieldKind.Object, "/multipart/0"), (part.Title, part.Kind, part.Pointer));
        Assert.Equal("/headers/a~1b", Field("http", "headers").Item("a/b").Pointer);
        Assert.IsType<JsonObject>(Field("http", "multipart").NewItem());
        Assert.False(Field("http", "multipart").Fits(JsonValue.Create("{{ input.parts }}")));
        Assert.True(Field("http", "auth").Fields.First(f => f.Name == "password").IsSecret);
    }
}
