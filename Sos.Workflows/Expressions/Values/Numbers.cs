using System.Globalization;

namespace Sos.Workflows.Expressions.Values;

/// <summary>
/// Comparison of int, uint and double as points on one line, and text of numbers. As in CEL's other implementations, an
/// integer is compared with a double after rounding it to one.
/// </summary>
internal static class Numbers
{
    private const double TwoTo63 = 9223372036854775808.0;
    private const double TwoTo64 = 18446744073709551616.0;

    /// <summary>Negative, zero or positive; null when one of the numbers is NaN.</summary>
    internal static int? Compare(in CelValue a, in CelValue b) => (a.Type, b.Type) switch
    {
        (CelType.Int, CelType.Int) => a.IntBits.CompareTo(b.IntBits),
        (CelType.UInt, CelType.UInt) => a.UIntBits.CompareTo(b.UIntBits),
        (CelType.Double, CelType.Double) => Compare(a.DoubleBits, b.DoubleBits),
        (CelType.Int, CelType.UInt) => Compare(a.IntBits, b.UIntBits),
        (CelType.UInt, CelType.Int) => -Compare(b.IntBits, a.UIntBits),
        _ => Compare(ToDouble(a), ToDouble(b)),
    };

    internal static bool AreEqual(in CelValue a, in CelValue b) => Compare(a, b) == 0;

    internal static double ToDouble(in CelValue number) => number.Type switch
    {
        CelType.Int => number.IntBits,
        CelType.UInt => number.UIntBits,
        _ => number.DoubleBits,
    };

    /// <summary>The int with exactly the value of <paramref name="value"/>.</summary>
    internal static bool TryToInt(double value, out long result)
    {
        var inRange = value is >= -TwoTo63 and < TwoTo63 && Math.Floor(value) == value;
        result = inRange ? (long)value : 0;
        return inRange;
    }

    /// <summary>The uint with exactly the value of <paramref name="value"/>.</summary>
    internal static bool TryToUInt(double value, out ulong result)
    {
        var inRange = value is >= 0 and < TwoTo64 && Math.Floor(value) == value;
        result = inRange ? (ulong)value : 0;
        return inRange;
    }

    /// <summary>
    /// The shortest decimal that reads back as the same double; plain digits from 1e-4 up to 1e21 and an exponent of at
    /// least two digits beyond, so that amounts people meet stay readable.
    /// </summary>
    internal static string ToText(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "Infinity" : "-Infinity";
        if (value == 0) return double.IsNegative(value) ? "-0" : "0";
        var size = Math.Abs(value);
        return size is >= 1e-4 and < 1e21 ? ToPlainText(value) : ToScientificText(value);
    }

    /// <summary>The shortest decimal that reads back as the same double, without an exponent.</summary>
    internal static string ToPlainText(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E');
        if (e < 0) return text;
        var negative = text[0] == '-';
        var mantissa = text.AsSpan(negative ? 1 : 0, e - (negative ? 1 : 0));
        var exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.');
        var digits = mantissa.ToString().Replace(".", "", StringComparison.Ordinal);
        var whole = (point < 0 ? mantissa.Length : point) + exponent;
        var plain = whole <= 0 ? "0." + new string('0', -whole) + digits
            : whole >= digits.Length ? digits + new string('0', whole - digits.Length)
            : digits[..whole] + "." + digits[whole..];
        return negative ? "-" + plain : plain;
    }

    private static string ToScientificText(double value)
    {
        var text = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var mantissa = shortest.Contains('E') ? shortest[..shortest.IndexOf('E')] : Normalise(shortest);
        var exponent = int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private static string Normalise(string plain)
    {
        var sign = plain[0] == '-' ? "-" : "";
        var digits = plain.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).Trim('0');
        return digits.Length == 1 ? sign + digits : $"{sign}{digits[0]}.{digits[1..]}";
    }

    private static int? Compare(double a, double b) =>
        double.IsNaN(a) || double.IsNaN(b) ? null : a < b ? -1 : a > b ? 1 : 0;

    private static int Compare(long a, ulong b) => a < 0 ? -1 : ((ulong)a).CompareTo(b);
}
