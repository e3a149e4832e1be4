using FsCheck;
using FsCheck.Xunit;
using Sos.Workflows.Models;

namespace Sos.Workflows.Tests.Models;

public sealed class ModelPriceTests
{
    private static readonly ModelPrice Price = new()
    {
        Id = Guid.CreateVersion7(),
        Provider = "openai",
        Model = "m",
        InputPerMillion = 2m,
        OutputPerMillion = 8m,
        CachedInputPerMillion = 0.5m,
        CacheWritePerMillion = 2.5m,
        ReasoningPerMillion = 10m,
        ValidFrom = DateTimeOffset.UnixEpoch,
    };

    private static readonly TokenUsage Usage = new() { InputTokens = 1_000, CachedInputTokens = 600, CacheWriteTokens = 100, OutputTokens = 500, ReasoningTokens = 200 };

    [Fact]
    public void Each_token_is_charged_once_at_its_own_price() =>
        // 300 at 2, 600 at 0.5, 100 at 2.5, 300 at 8, 200 at 10
        Assert.Equal((600m + 300m + 250m + 2_400m + 2_000m) / 1_000_000m, Price.Cost(Usage));

    [Fact]
    public void A_price_that_is_not_given_is_that_of_input_or_output()
    {
        var plain = Price with { CachedInputPerMillion = null, CacheWritePerMillion = null, ReasoningPerMillion = null };
        Assert.Equal(0.006m, plain.Cost(Usage)); // 1,000 at 2 and 500 at 8
    }

    [Fact]
    public void A_price_of_zero_is_a_price() =>
        Assert.Equal((600m + 250m + 2_400m + 2_000m) / 1_000_000m, (Price with { CachedInputPerMillion = 0 }).Cost(Usage));

    [Theory]
    [InlineData(-1, 0, 0, 0, 0, 0)]
    [InlineData(100, 1_000, 0, 0, 0, 0.00005)]   // more cached than there were
    [InlineData(100, 60, 1_000, 0, 0, 0.00013)]  // 60 cached, at most 40 written
    [InlineData(0, 0, 0, 100, 1_000, 0.001)]     // more reasoning than output
    [InlineData(100, -5, -5, 100, -5, 0.001)]
    public void Counts_that_can_not_be_are_cut_to_what_can(long input, long cached, long written, long output, long reasoning, double expected) =>
        Assert.Equal((decimal)expected, Price.Cost(new TokenUsage { InputTokens = input, CachedInputTokens = cached, CacheWriteTokens = written, OutputTokens = output, ReasoningTokens = reasoning }));

    [Theory]
    [InlineData("0.00005", "0.0000000001")] // a half goes up
    [InlineData("0.00015", "0.0000000002")]
    [InlineData("0.00004", "0")]
    public void Ten_places_are_kept_and_a_half_is_rounded_up(string perMillion, string expected) =>
        Assert.Equal(Decimal(expected), (Price with { InputPerMillion = Decimal(perMillion) }).Cost(new TokenUsage { InputTokens = 1 }));

    [Fact]
    public void Nonsense_is_no_more_than_the_column_takes()
    {
        var cost = (Price with { InputPerMillion = 9_999_999_999.9999999999m, OutputPerMillion = 9_999_999_999.9999999999m })
            .Cost(new TokenUsage { InputTokens = long.MaxValue, OutputTokens = long.MaxValue });
        Assert.Equal(9_999_999_999.9999999999m, cost);
    }

    [Property]
    public bool A_cost_is_that_of_its_kinds_of_tokens_one_by_one(uint input, uint cached, uint written, uint output, uint reasoning)
    {
        // Counts that can be.
        (long i, long c) = (input, input == 0 ? 0 : cached % (input + 1L));
        var w = i == c ? 0 : written % (i - c + 1);
        (long o, long r) = (output, output == 0 ? 0 : reasoning % (output + 1L));
        var expected = ((i - c - w) * 2m + c * 0.5m + w * 2.5m + (o - r) * 8m + r * 10m) / 1_000_000m;
        return Price.Cost(new TokenUsage { InputTokens = i, CachedInputTokens = c, CacheWriteTokens = w, OutputTokens = o, ReasoningTokens = r }) == expected;
    }

    [Property]
    public bool A_cost_is_never_below_zero_and_has_ten_places(long input, long cached, long written, long output, long reasoning)
    {
        var cost = Price.Cost(new TokenUsage { InputTokens = input, CachedInputTokens = cached, CacheWriteTokens = written, OutputTokens = output, ReasoningTokens = reasoning });
        return cost >= 0 && decimal.Round(cost, 10) == cost;
    }

    private static decimal Decimal(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
