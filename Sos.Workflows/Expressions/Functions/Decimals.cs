using System.Globalization;
using System.Numerics;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>Numbers with a given count of decimals: exact, and halfway cases go to the even digit.</summary>
internal static class Decimals
{
    /// <summary><c>[-]ddd.ddd</c>.</summary>
    internal static string Fixed(in CelValue number, int precision)
    {
        if (!TryGetFraction(number, out var isNegative, out var numerator, out var denominator)) return Numbers.ToText(number.DoubleBits);
        var digits = Round(numerator * BigInteger.Pow(10, precision), denominator)
            .ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        var whole = digits[..^precision];
        return $"{(isNegative ? "-" : "")}{whole}{(precision > 0 ? "." : "")}{digits[whole.Length..]}";
    }

    /// <summary><c>[-]d.ddde±dd</c>.</summary>
    internal static string Scientific(in CelValue number, int precision)
    {
        if (!TryGetFraction(number, out var isNegative, out var numerator, out var denominator)) return Numbers.ToText(number.DoubleBits);
        var exponent = numerator.IsZero ? 0 : ExponentOf(numerator, denominator);
        var digits = Scale(numerator, denominator, precision - exponent);
        if (digits >= BigInteger.Pow(10, precision + 1)) digits = Scale(numerator, denominator, precision - ++exponent);
        var text = digits.ToString(CultureInfo.InvariantCulture).PadRight(precision + 1, '0');
        var point = precision > 0 ? "." : "";
        var sign = exponent < 0 ? '-' : '+';
        return string.Create(
            CultureInfo.InvariantCulture, $"{(isNegative ? "-" : "")}{text[0]}{point}{text[1..]}e{sign}{Math.Abs(exponent):00}");
    }

    /// <summary>The number as a fraction, which every finite number is. False for NaN and the infinities.</summary>
    private static bool TryGetFraction(in CelValue number, out bool isNegative, out BigInteger numerator, out BigInteger denominator)
    {
        denominator = BigInteger.One;
        if (number.Type != CelType.Double)
        {
            numerator = number.Type == CelType.Int ? number.IntBits : number.UIntBits;
            isNegative = numerator.Sign < 0;
            numerator = BigInteger.Abs(numerator);
            return true;
        }

        var bits = number.IntBits;
        isNegative = bits < 0;
        var exponent = (int)((bits >> 52) & 0x7ff);
        var mantissa = bits & 0xf_ffff_ffff_ffff;
        numerator = exponent == 0 ? mantissa : mantissa | 0x10_0000_0000_0000;
        var power = Math.Max(exponent, 1) - 1075;
        if (power >= 0) numerator <<= power;
        else denominator <<= -power;
        return exponent != 0x7ff;
    }

    /// <summary>The power of ten of the first digit.</summary>
    private static int ExponentOf(BigInteger numerator, BigInteger denominator)
    {
        var exponent = (int)Math.Floor(BigInteger.Log10(numerator) - BigInteger.Log10(denominator));
        while (IsBelow(numerator, denominator, exponent)) exponent--;
        while (!IsBelow(numerator, denominator, exponent + 1)) exponent++;
        return exponent;
    }

    private static bool IsBelow(BigInteger numerator, BigInteger denominator, int exponent) => exponent >= 0
        ? numerator < denominator * BigInteger.Pow(10, exponent)
        : numerator * BigInteger.Pow(10, -exponent) < denominator;

    private static BigInteger Scale(BigInteger numerator, BigInteger denominator, int power) => power >= 0
        ? Round(numerator * BigInteger.Pow(10, power), denominator)
        : Round(numerator, denominator * BigInteger.Pow(10, -power));

    private static BigInteger Round(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        var half = (rest << 1).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
