using System.Text.Json;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

public sealed class JsonConversionTests
{
    [Theory]
    [InlineData("b'hello'", "\"aGVsbG8=\"")]
    [InlineData("timestamp('2026-11-22T10:00:00.5+01:00')", "\"2026-11-22T09:00:00.5Z\"")]
    [InlineData("duration('3500ms')", "\"3.5s\"")]
    [InlineData("duration('-1m1ns')", "\"-60.000000001s\"")]
    [InlineData("18446744073709551615u", "18446744073709551615")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("{1: 'a', 2u: 'b', true: 'c', 'd': 'e'}", "{\"1\":\"a\",\"2\":\"b\",\"true\":\"c\",\"d\":\"e\"}")]
    [InlineData("[optional.none(), optional.of(1)]", "[null,1]")]
    [InlineData("{'a': [1.5, null]}", "{\"a\":[1.5,null]}")]
    [InlineData("'<é😀>'", "\"<é😀>\"")]
    public void Each_type_has_its_JSON_form(string source, string expected) =>
        Assert.Equal(JsonElement.Parse(expected).GetRawText(), Cel.Evaluate(source).ToJsonElement().GetRawText().Replace("\\uD83D\\uDE00", "😀", StringComparison.Ordinal));

    [Theory]
    [InlineData("0.0 / 0.0", "The result is NaN, which is not a JSON number.")]
    [InlineData("{'a': [1.0, -1.0 / 0.0]}", "The result at 'a[1]' is -Infinity, which is not a JSON number.")]
    [InlineData("[int]", "The result at '[0]' is the type 'int'; types are not JSON values.")]
    [InlineData("{'x': {1: 2, '1': 3}}", "The result at 'x' has two keys that read \"1\" in JSON.")]
    public void What_has_no_JSON_form_is_an_error_that_names_the_part(string source, string expected)
    {
        var error = Assert.Throws<CelException>(() => Cel.Evaluate(source).ToJsonElement()).Error;
        Assert.Equal((CelErrorCodes.NotJson, expected), (error.Code, error.Message));
    }

    [Fact]
    public void A_part_of_a_document_comes_out_without_a_copy()
    {
        var document = JsonDocument.Parse("""{ "a": { "b": [1, 2, 3] } }""");
        var variables = new CelVariables().Add("input", document.RootElement);
        var result = CelExpression.Parse("input.a.b").Evaluate(variables, CelContext.Default).ToJsonElement();
        document.Dispose();
        Assert.Throws<ObjectDisposedException>(() => result.GetRawText());
    }

    [Theory]
    [InlineData("input.s", "{\"s\": \"\\ud800\"}")]
    [InlineData("input.s + 'x'", "{\"s\": \"\\ud800\"}")]
    [InlineData("input.s == 'x'", "{\"s\": \"\\ud800\"}")]
    [InlineData("input.map(k, k)", "{\"\\ud800\": 1}")]
    [InlineData("toJson(input)", "{\"s\": \"\\ud800\"}")]
    public void Half_of_a_surrogate_pair_in_JSON_is_an_error_and_no_crash(string source, string json)
    {
        var error = Assert.Throws<CelException>(() => Cel.Evaluate(source, json).ToText()).Error;
        Assert.Contains("surrogate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_shares_its_parts_is_stopped_before_it_fills_the_memory()
    {
        var source = "cel.bind(a, ['0123456789', '0123456789'], ";
        for (var i = 0; i < 40; i++) source += $"cel.bind({(char)('a' + i % 26)}{i}, [{Last(i)}, {Last(i)}], ";
        source += Last(40) + new string(')', 41);
        var value = Cel.Evaluate(source);
        var error = Assert.Throws<CelException>(() => value.ToJsonElement(new CelLimits { MaxResultBytes = 100_000 })).Error;
        Assert.Equal(CelErrorCodes.Limit, error.Code);

        static string Last(int i) => i == 0 ? "a" : $"{(char)('a' + (i - 1) % 26)}{i - 1}";
    }
}
