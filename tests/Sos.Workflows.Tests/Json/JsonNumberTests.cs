using System.Globalization;
using System.Text;
using FsCheck.Xunit;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Json;

public sealed class JsonNumberTests
{
    [Property]
    public void Compares_like_decimals(decimal a, decimal b) => Assert.Equal(a.CompareTo(b), Math.Sign(Number(Text(a)).CompareTo(Number(Text(b)))));

    [Property]
    public void An_exponent_is_another_way_to_write_the_same(int digits, byte places)
    {
        var plain = ((decimal)digits / (decimal)Math.Pow(10, places % 10)).ToString(CultureInfo.InvariantCulture);
        var hash = new HashCode();
        var other = new HashCode();
        Number(plain).AddTo(ref hash);
        Number($"{digits}e-{places % 10}").AddTo(ref other);

        Assert.Equal(0, Number(plain).CompareTo(Number($"{digits}e-{places % 10}")));
        Assert.Equal(hash.ToHashCode(), other.ToHashCode());
    }

    [Property]
    public void Finds_multiples_like_decimals(int number, ushort divisor, byte places)
    {
        var unit = (decimal)Math.Pow(10, -(places % 5));
        var (a, b) = (number * unit, (divisor + 1) * unit * 10);

        Assert.Equal(a % b == 0, Number(Text(a)).IsMultipleOf(Number(Text(b))));
    }

    [Theory]
    [InlineData("0.0", true, 0)]
    [InlineData("120", true, 1)]
    [InlineData("0.25", false, -2)]
    [InlineData("1.50e1", true, 0)]
    [InlineData("-7e-1", false, -1)]
    public void Knows_whole_numbers(string text, bool isInteger, int trailingExponent)
    {
        Assert.Equal(isInteger, Number(text).IsInteger);
        Assert.Equal(trailingExponent, Number(text).TrailingExponent);
    }

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    private static JsonNumber Number(string text) => new(Encoding.UTF8.GetBytes(text));
}
