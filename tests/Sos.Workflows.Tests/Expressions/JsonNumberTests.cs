using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>Numbers that came from JSON mix with all others; literals among themselves follow the specification.</summary>
public sealed class JsonNumberTests
{
    [Theory]
    [InlineData("input.whole + 0.5", "2.5")]
    [InlineData("0.5 + input.whole", "2.5")]
    [InlineData("input.whole * 2.5", "5")]
    [InlineData("input.fraction * 2", "3")]
    [InlineData("input.whole + 1u", "3")]
    [InlineData("input.whole + input.fraction", "3.5")]
    [InlineData("(input.whole * 2) + 0.5", "4.5")]
    [InlineData("-input.whole + 0.5", "-1.5")]
    [InlineData("math.abs(input.whole) + 0.5", "2.5")]
    [InlineData("math.greatest(input.whole, 1) + 0.5", "2.5")]
    [InlineData("math.round(input.whole) + 0.5", "2.5")]
    [InlineData("math.floor(input.fraction)", "1")]
    [InlineData("input.list.map(x, x * 1.5)", "[1.5, 3]")]
    [InlineData("7 / input.whole", "3")]
    [InlineData("input.whole / 4", "0")]
    [InlineData("[10, 20, 30][input.whole]", "30")]
    [InlineData("{2: 'two'}[input.whole]", "\"two\"")]
    [InlineData("input.whole < 2.5 && input.whole == 2.0 && input.fraction > 1", "true")]
    [InlineData("json('{\"x\": 1}').x + 0.5", "1.5")]
    public void A_number_from_JSON_mixes_with_other_numbers(string source, string expected) =>
        Cel.AssertGives(expected, source, """{ "whole": 2, "fraction": 1.5, "list": [1, 2] }""");

    [Theory]
    [InlineData("1 + 1.5")]
    [InlineData("1 + 1u")]
    [InlineData("2.0 * 3")]
    [InlineData("int(input.whole) + 0.5")]
    [InlineData("input.fraction % 2")]
    [InlineData("math.floor(2)")]
    public void Other_numbers_follow_the_specification(string source) =>
        Assert.Equal(CelErrorCodes.NoSuchOverload, Cel.Fail(source, """{ "whole": 2, "fraction": 1.5 }""").Code);

    [Theory]
    [InlineData("1", CelType.Int)]
    [InlineData("-9223372036854775808", CelType.Int)]
    [InlineData("9223372036854775808", CelType.Double)]
    [InlineData("1.0", CelType.Double)]
    [InlineData("1e2", CelType.Double)]
    public void A_JSON_number_is_an_int_when_it_is_written_as_one_and_fits(string json, CelType expected) =>
        Assert.Equal(expected, Cel.Evaluate("input", json).Type);

    [Theory]
    [InlineData("12345678901234567890123")]
    [InlineData("1.10")]
    [InlineData("0.1234567890123456789")]
    [InlineData("{\"a\":[1.50]}")]
    public void What_came_from_JSON_leaves_digit_by_digit(string json)
    {
        Assert.Equal(json, Cel.Evaluate("input", json).ToJsonElement().GetRawText());
        Assert.Equal($"[{json}]", Cel.Evaluate("[input]", json).ToJsonElement().GetRawText());
        Assert.Equal($"= {json}", Template.CompileText("= {{ input }}").Render(Cel.Variables(json), CelContext.Default).AsString());
    }
}
