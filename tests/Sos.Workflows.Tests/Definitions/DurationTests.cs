using System.Text.RegularExpressions;
using FsCheck.Xunit;
using Sos.Workflows.Definitions;

namespace Sos.Workflows.Tests.Definitions;

public sealed class DurationTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1_500)]
    [InlineData("0s", 0)]
    [InlineData("5m", 300_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("3650d", 315_360_000_000)]
    public void Reads_a_number_with_a_unit(string text, double milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.Matches(Duration.Pattern, text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("20")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData(" 1s")]
    [InlineData("1 s")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("٣s")]
    [InlineData("1S")]
    [InlineData("3651d")]
    [InlineData("99999999999999999999999999999999s")]
    public void Refuses_anything_else(string? text) => Assert.False(Duration.TryParse(text, out _));

    [Property]
    public void What_is_written_is_read_again(uint milliseconds)
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);

        Assert.True(Duration.TryParse(Duration.Format(duration), out var read));
        Assert.Equal(duration, read);
    }

    [Property(MaxTest = 500)]
    public void The_pattern_accepts_all_that_is_read(ushort whole, byte fraction, byte unit)
    {
        var text = $"{whole}{(fraction % 2 == 0 ? "" : $".{fraction}")}{new[] { "ms", "s", "m", "h", "d", "x", "" }[unit % 7]}";

        Assert.True(!Duration.TryParse(text, out _) || Regex.IsMatch(text, Duration.Pattern));
    }
}
