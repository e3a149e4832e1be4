using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

public sealed class TemplateTests
{
    private const string Input = """{ "id": 7, "name": "Ada", "tags": ["x", "y"], "none": null, "at": "2026-11-22T08:00:00Z" }""";

    [Theory]
    [InlineData("{{ input.id }}", "7")]
    [InlineData("{{input}}", Input)]
    [InlineData(" {{ input.id }}", "\" 7\"")]
    [InlineData("{{ input.id }}{{ input.id }}", "\"77\"")]
    [InlineData("{{ {'a': {'b': 1}} }}", "{\"a\":{\"b\":1}}")]
    [InlineData("{{ {'a':{'b':1}}}}", "{\"a\":{\"b\":1}}")]
    [InlineData("{{ '}}' + \"{{\" }}", "\"}}{{\"")]
    [InlineData("{{ 1 // }} a comment\n + 1 }}", "2")]
    [InlineData("a }} b } c", "\"a }} b } c\"")]
    [InlineData("\\{{ input.id }}", "\"{{ input.id }}\"")]
    [InlineData("\\\\{{ input.id }}", "\"\\\\7\"")]
    [InlineData("\\\\\\{{ x", "\"\\\\{{ x\"")]
    [InlineData("C:\\temp\\{{{ input }}", "\"C:\\\\temp{{{ input }}\"")]
    [InlineData("{ {{ input.id }} }", "\"{ 7 }\"")]
    [InlineData("n={{ input.none }}, t={{ input.tags }}, d={{ duration('90s') }}, b={{ b'hi' }}, f={{ 1.5e10 }}, u={{ 7u }}, o={{ input.?x }}, y={{ int }}",
        "\"n=, t=[\\\"x\\\",\\\"y\\\"], d=90s, b=aGk=, f=15000000000, u=7, o=, y=int\"")]
    public void A_text_renders(string text, string expected)
    {
        var template = Template.Compile(JsonSerializer.SerializeToElement(text));
        Cel.AssertJson(expected, template.Render(Cel.Variables(Input), CelContext.Default));
    }

    [Fact]
    public void Strings_render_at_any_depth_and_names_do_not()
    {
        var template = Template.Compile(JsonElement.Parse(
            """{ "{{ input.id }}": [{ "a": "{{ input.tags }}", "b": 1 }, "x{{ input.name }}", true], "plain": { "c": null } }"""));
        Cel.AssertJson(
            """{ "{{ input.id }}": [{ "a": ["x", "y"], "b": 1 }, "xAda", true], "plain": { "c": null } }""",
            template.Render(Cel.Variables(Input), CelContext.Default));
        Assert.False(template.IsConstant);
    }

    [Fact]
    public void A_constant_renders_to_the_very_element()
    {
        var document = JsonDocument.Parse("""{ "a": ["b", 1] }""");
        var template = Template.Compile(document.RootElement);
        var result = template.Render(CelVariables.Empty, CelContext.Default);
        Assert.True(template.IsConstant);
        document.Dispose();
        Assert.Throws<ObjectDisposedException>(() => result.GetRawText());
    }

    [Fact]
    public void A_constant_with_an_escape_renders_without_it()
    {
        var template = Template.Compile(JsonElement.Parse("""{ "a": "\\{{ x }}" }"""));
        Assert.True(template.IsConstant);
        Cel.AssertJson("""{ "a": "{{ x }}" }""", template.Render(CelVariables.Empty, CelContext.Default));
    }

    [Fact]
    public void All_problems_are_listed_with_their_fields()
    {
        var exception = Assert.Throws<TemplateException>(() => Template.Compile(JsonElement.Parse(
            """{ "url": "x {{ input. }} y {{ 1 + }}", "a/b~": ["ok", "{{ sizee(input) }}"], "open": "abc {{ input", "bad": "{{ 'x }} {{ 1 }}", "rx": "{{ input.matches('(') }}" }""")));
        Assert.Equal(
            [
                "/url at 1:12: The expression ends where a field name should be.",
                "/url at 1:24: The expression ends where a value should be.",
                "/a~1b~0/1 at 1:4: There is no function 'sizee()'. Did you mean 'size'?",
                "/open at 1:5: '{{' has no closing '}}'. To write '{{' itself, write '\\{{'.",
                "/bad at 1:4: The string has no closing '.",
                "/rx at 1:18: The regular expression '(' has a '(' without a ')'.",
            ],
            exception.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void A_failure_names_the_field_and_the_place_in_its_text()
    {
        var template = Template.Compile(JsonElement.Parse("""{ "body": { "a": "id: {{ input.idd }}" } }"""));
        var exception = Assert.Throws<TemplateException>(() => template.Render(Cel.Variables(Input), CelContext.Default));
        Assert.Equal("/body/a at 1:14: 'input' has no field 'idd'. Did you mean 'input.id'?", exception.Message);
    }

    [Fact]
    public void A_result_without_a_JSON_form_names_the_field()
    {
        var template = Template.Compile(JsonElement.Parse("""{ "a": "{{ 0.0 / 0.0 }}" }"""));
        var exception = Assert.Throws<TemplateException>(() => template.Render(Cel.Variables(Input), CelContext.Default));
        Assert.StartsWith("/a at", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void References_come_with_their_fields_and_places()
    {
        var template = Template.Compile(JsonElement.Parse("""{ "a": "x {{ steps.one.body }}", "b": ["{{ has(input.x) }}"] }"""));
        Assert.Equal(
            ["/a steps.one.body@5", "/b/0 input.x@7"],
            template.References.Select(use => $"{use.Pointer} {use.Reference}@{use.Reference.Position}"));
    }

    [Fact]
    public void All_expressions_of_a_template_see_the_same_time_and_share_one_budget()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch) { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };
        var template = Template.Compile(JsonElement.Parse("""["{{ now() }}", "{{ now() }}"]"""));
        var result = template.Render(CelVariables.Empty, new CelContext { TimeProvider = clock });
        Assert.Equal(result[0].GetString(), result[1].GetString());

        var costly = Template.Compile(JsonSerializer.SerializeToElement(Enumerable.Repeat("{{ lists.range(100).all(x, x >= 0) }}", 10)));
        var limits = new CelLimits { MaxCost = 1_500 };
        var exception = Assert.Throws<TemplateException>(() => costly.Render(CelVariables.Empty, new CelContext { Limits = limits }));
        Assert.Equal(CelErrorCodes.Limit, exception.Problems[0].Error.Code);
    }

    [Fact]
    public void Too_many_expressions_are_refused()
    {
        var text = JsonSerializer.SerializeToElement(new[] { "{{ 1 }} {{ 2 }}", "{{ 3 }}" });
        var exception = Assert.Throws<TemplateException>(() => Template.Compile(text, new TemplateOptions { MaxExpressions = 2 }));
        Assert.Contains("more than 2 expressions", exception.Message, StringComparison.Ordinal);
    }
}
