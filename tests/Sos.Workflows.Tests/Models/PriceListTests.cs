using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Models;

namespace Sos.Workflows.Tests.Models;

public sealed class PriceListTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("gpt-4.1", "gpt-4.1")]               // the very name
    [InlineData("gpt-4.1-2025-04-14", "gpt-4.1-20*")] // the closest pattern
    [InlineData("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini-20*")]
    [InlineData("gpt-4.1-turbo", "gpt-4*")]
    [InlineData("GPT-4.1", "gpt-4.1")]
    [InlineData("gpt-5", "*")]
    public void The_closest_description_of_a_model_is_its_price(string model, string expected)
    {
        var list = List("*", "gpt-4*", "gpt-4.1-20*", "gpt-4.1", "gpt-4.1-mini-20*");
        Assert.Equal(expected, list.Find("openai", model, Now)?.Model);
    }

    [Fact]
    public void The_latest_price_that_holds_by_then_is_taken()
    {
        var list = new PriceList([Price("m", Now.AddDays(-30), 1), Price("m", Now.AddDays(-1), 2), Price("m", Now.AddDays(1), 3)]);
        Assert.Equal(2, list.Find("openai", "m", Now)?.InputPerMillion);
        Assert.Equal(1, list.Find("openai", "m", Now.AddDays(-7))?.InputPerMillion);
        Assert.Equal(3, list.Find("openai", "m", Now.AddDays(1))?.InputPerMillion);
        Assert.Null(list.Find("openai", "m", Now.AddDays(-31)));
    }

    [Fact]
    public void An_old_price_of_the_very_name_goes_before_a_new_one_of_a_pattern()
    {
        var list = new PriceList([Price("m", Now.AddDays(-300), 1), Price("m*", Now.AddDays(-1), 2)]);
        Assert.Equal(1, list.Find("openai", "m", Now)?.InputPerMillion);
    }

    [Fact]
    public void Another_providers_price_is_not_taken()
    {
        Assert.Null(List("m").Find("azure.ai.openai", "m", Now));
        Assert.NotNull(List("m").Find("OpenAI", "m", Now));
    }

    [Property]
    public Property A_pattern_matches_what_the_regular_expression_of_it_matches()
    {
        var pattern = Gen.Elements('a', 'b', '*').ArrayOf().Select(c => new string(c)).ToArbitrary();
        var name = Gen.Elements('a', 'b', 'A').ArrayOf().Select(c => new string(c)).ToArbitrary();
        return Prop.ForAll(pattern, name, (p, n) => ModelPattern.Matches(p, n)
            == Regex.IsMatch(n, "^" + Regex.Escape(p).Replace("\\*", ".*", StringComparison.Ordinal) + "\\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));
    }

    [Property]
    public bool The_answer_does_not_depend_on_the_order_of_the_rows(int seed)
    {
        ModelPrice[] rows = [Price("a*", Now, 1), Price("*a", Now, 2), Price("a*a", Now, 3), Price("aa*", Now, 4), Price("*aa", Now, 5), Price("aa*", Now.AddDays(-1), 6)];
        var shuffled = rows.ToArray();
        new Random(seed).Shuffle(shuffled);
        return new PriceList(shuffled).Find("openai", "aaa", Now) == new PriceList(rows).Find("openai", "aaa", Now);
    }

    private static PriceList List(params string[] models) => new([.. models.Select(m => Price(m, Now.AddDays(-1), 1))]);

    private static ModelPrice Price(string model, DateTimeOffset from, decimal input) => new()
    {
        Id = Guid.CreateVersion7(), Provider = "openai", Model = model, InputPerMillion = input, OutputPerMillion = 0, ValidFrom = from,
    };
}
