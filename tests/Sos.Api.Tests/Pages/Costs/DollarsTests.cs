using Sos.Api.Pages.Costs;
using Sos.Api.Problems;

namespace Sos.Api.Tests.Pages.Costs;

public sealed class DollarsTests
{
    [Theory]
    [InlineData("250", "250")]
    [InlineData(" $12.50 ", "12.50")]
    [InlineData("0.1", "0.1")]
    public void An_amount_is_read_as_it_is_typed(string text, string amount) => Assert.Equal(amount, Dollars.Read(text).ToString(System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("-1")]
    [InlineData("much")]
    public void What_is_no_amount_or_means_two_things_is_refused(string text) => Assert.Throws<ProblemException>(() => Dollars.Read(text));

    [Fact]
    public void Small_amounts_keep_the_digits_that_count() =>
        Assert.Equal([18.08m, 0.86m, 0.0123m, 0.000012m], new[] { 18.0789m, 0.860027m, 0.012345m, 0.000012m }.Select(Dollars.Round));
}
