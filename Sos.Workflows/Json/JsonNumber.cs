using System.Numerics;

namespace Sos.Workflows.Json;

/// <summary>
/// A JSON number as it is written, compared and divided exactly whatever its size: a sign, significant digits and
/// a power of ten. Works on the text in place, in linear time and without allocation.
/// </summary>
internal readonly ref struct JsonNumber
{
    // No written exponent gets beyond this, so sums with digit counts stay within a long.
    private const long ExponentCap = 1_000_000_000_000;

    private readonly ReadOnlySpan<byte> digits; // with the decimal point, from the first to the last that is not 0
    private readonly bool negative;

    /// <summary>The power of ten of the first significant digit: 2 for 314, -1 for 0.25.</summary>
    public long LeadingExponent { get; }

    /// <summary>The power of ten of the last significant digit: 0 for 314, -2 for 0.25, 1 for 120.</summary>
    public long TrailingExponent { get; }

    /// <summary>The number after <c>e</c>; 0 where there is none.</summary>
    public long WrittenExponent { get; }

    /// <summary>Reads a number that is valid JSON.</summary>
    public JsonNumber(ReadOnlySpan<byte> utf8)
    {
        negative = utf8[0] == '-';
        if (negative)
            utf8 = utf8[1..];
        var exponentStart = utf8.IndexOfAny((byte)'e', (byte)'E');
        var exponent = exponentStart < 0 ? 0 : ReadExponent(utf8[(exponentStart + 1)..]);
        WrittenExponent = exponent;
        var written = exponentStart < 0 ? utf8 : utf8[..exponentStart];
        var point = written.IndexOf((byte)'.');
        if (point < 0)
            point = written.Length;
        var first = written.IndexOfAnyInRange((byte)'1', (byte)'9');
        if (first < 0)
            return;
        var last = written.LastIndexOfAnyInRange((byte)'1', (byte)'9');
        digits = written[first..(last + 1)];
        LeadingExponent = exponent + (first < point ? point - first - 1 : point - first);
        TrailingExponent = exponent + (last < point ? point - last - 1 : point - last);
    }

    /// <summary>Whether the number is 0, -0 or 0e5.</summary>
    public bool IsZero => digits.IsEmpty;

    /// <summary>Whether the number has no fraction: 3, 3.0 and 3e2 have none.</summary>
    public bool IsInteger => IsZero || TrailingExponent >= 0;

    /// <summary>Less than zero when this is the smaller number, zero when they are equal.</summary>
    public int CompareTo(JsonNumber other)
    {
        if (IsZero || other.IsZero || negative != other.negative)
            return Sign.CompareTo(other.Sign);
        var magnitude = LeadingExponent.CompareTo(other.LeadingExponent);
        if (magnitude == 0)
            magnitude = CompareDigits(other);
        return negative ? -magnitude : magnitude;
    }

    /// <summary>Whether this is a whole multiple of <paramref name="divisor"/>, which is positive and has at most 28 significant digits.</summary>
    public bool IsMultipleOf(JsonNumber divisor)
    {
        if (IsZero)
            return true;
        // digits end in no zero here, so a divisor that is a multiple of a higher power of ten can't divide them.
        var shift = TrailingExponent - divisor.TrailingExponent;
        if (shift < 0)
            return false;
        var modulus = UInt128.Zero;
        foreach (var digit in divisor.digits)
        {
            if (digit != '.')
                modulus = modulus * 10 + (UInt128)(digit - '0');
        }
        var remainder = UInt128.Zero;
        foreach (var digit in digits)
        {
            if (digit != '.')
                remainder = (remainder * 10 + (UInt128)(digit - '0')) % modulus;
        }
        return remainder == 0
            || shift > 0 && (BigInteger)remainder * BigInteger.ModPow(10, shift, (BigInteger)modulus) % (BigInteger)modulus == 0;
    }

    /// <summary>How many digits are significant.</summary>
    public int SignificantDigits => digits.Length - (digits.Contains((byte)'.') ? 1 : 0);

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => IsZero ? 0 : negative ? -1 : 1;

    /// <summary>Adds what equal numbers have in common.</summary>
    public void AddTo(ref HashCode hash)
    {
        hash.Add(Sign);
        hash.Add(LeadingExponent);
        foreach (var digit in digits)
        {
            if (digit != '.')
                hash.Add(digit);
        }
    }

    private int CompareDigits(JsonNumber other)
    {
        int i = 0, j = 0;
        while (true)
        {
            if (i < digits.Length && digits[i] == '.')
                i++;
            if (j < other.digits.Length && other.digits[j] == '.')
                j++;
            if (i == digits.Length || j == other.digits.Length)
                return (digits.Length - i).CompareTo(other.digits.Length - j);
            if (digits[i] != other.digits[j])
                return digits[i].CompareTo(other.digits[j]);
            i++;
            j++;
        }
    }

    private static long ReadExponent(ReadOnlySpan<byte> text)
    {
        var minus = text[0] == '-';
        if (text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        var value = 0L;
        foreach (var digit in text)
            value = Math.Min(value * 10 + (digit - '0'), ExponentCap);
        return minus ? -value : value;
    }
}
