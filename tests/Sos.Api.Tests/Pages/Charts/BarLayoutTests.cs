using Sos.Api.Pages.Charts;

namespace Sos.Api.Tests.Pages.Charts;

public sealed class BarLayoutTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1.01, 2)]
    [InlineData(3, 4)]
    [InlineData(4.2, 5)]
    [InlineData(7, 10)]
    [InlineData(100, 100)]
    [InlineData(0.0037, 0.004)]
    [InlineData(double.NaN, 1)]
    public void The_top_of_the_scale_is_the_next_round_number(double highest, double top) => Assert.Equal(top, BarLayout.Top(highest), 12);

    [Fact]
    public void Bars_stand_on_each_other_from_the_bottom_and_nothing_is_drawn_for_zero()
    {
        ChartSeries[] series = [new("a", "fill-a", [2, 0]), new("b", "fill-b", [2, 4])];
        Assert.Equal(4, BarLayout.Highest(series, 2));
        Assert.Equal(
            [new ChartBar(0, "fill-a", 50, 50), new ChartBar(0, "fill-b", 0, 50), new ChartBar(1, "fill-b", 0, 100)],
            BarLayout.Stack(series, 2, 4));
    }

    [Fact]
    public void A_line_goes_from_the_bottom_for_nothing_to_the_top_for_the_most() =>
        Assert.Equal("0,100 1,0 2,50", BarLayout.Line([0, 2, 1]));
}
