using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sos.Workflows.Expressions.Evaluation;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions;

/// <summary>
/// A CEL value. Scalars need no allocation, and JSON is read in place: the document must stay alive and unchanged as
/// long as the value. The default is <c>null</c>. Equality is CEL's: numbers of different types can be equal.
/// </summary>
public readonly partial struct CelValue : IEquatable<CelValue>
{
    private readonly JsonElement _json;
    private readonly object? _object;
    private readonly long _bits;
    private readonly int _extra;
    private readonly CelType _type;
    private readonly Origin _origin;

    private CelValue(CelType type, object? reference, long bits = 0, int extra = 0, Origin origin = Origin.Cel)
    {
        _object = reference;
        _bits = bits;
        _extra = extra;
        _type = type;
        _origin = origin;
    }

    private CelValue(CelType type, JsonElement json, long bits = 0)
    {
        _json = json;
        _bits = bits;
        _type = type;
        _origin = Origin.Json;
    }

    [Flags]
    private enum Origin : byte
    {
        Cel = 0,

        /// <summary>The value is <see cref="_json"/>, read in place.</summary>
        Json = 1,

        /// <summary>A number computed from JSON numbers.</summary>
        FromJsonNumbers = 2,
    }

    /// <summary>The value <c>null</c>.</summary>
    public static CelValue Null => default;

    /// <summary>The value <c>true</c>.</summary>
    public static CelValue True { get; } = From(true);

    /// <summary>The value <c>false</c>.</summary>
    public static CelValue False { get; } = From(false);

    /// <summary>An optional without a value.</summary>
    public static CelValue None { get; } = new(CelType.Optional, null);

    /// <summary>The value's type.</summary>
    public CelType Type => _type;

    /// <summary>Whether this is <c>null</c>.</summary>
    public bool IsNull => _type == CelType.Null;

    internal bool IsError => _type == CelTypes.Error;

    internal bool IsTrue => _type == CelType.Bool && _bits != 0;

    internal bool IsFalse => _type == CelType.Bool && _bits == 0;

    /// <summary>Whether the value is a part of a JSON document.</summary>
    internal bool IsJson => (_origin & Origin.Json) != 0;

    /// <summary>
    /// Whether arithmetic with a number of another type is allowed, because this one came from JSON, where a person
    /// can't see a number's type.
    /// </summary>
    internal bool IsLooseNumber => _origin != Origin.Cel;

    internal JsonElement Json => _json;

    internal long IntBits => _bits;

    internal ulong UIntBits => (ulong)_bits;

    internal double DoubleBits => BitConverter.Int64BitsToDouble(_bits);

    /// <summary>Nanoseconds of a duration; seconds since 1970 of a timestamp.</summary>
    internal long TimeBits => _bits;

    /// <summary>Nanoseconds in the second of a timestamp.</summary>
    internal int Nanos => _extra;

    internal EvaluationError ErrorInfo => (EvaluationError)_object!;

    internal CelMap MapObject => (CelMap)_object!;

    internal ReadOnlySpan<CelValue> ListItems => ((CelValue[])_object!).AsSpan((int)_bits, _extra);

    /// <summary>A boolean.</summary>
    public static CelValue From(bool value) => new(CelType.Bool, null, value ? 1 : 0);

    /// <summary>An int.</summary>
    public static CelValue From(long value) => new(CelType.Int, null, value);

    /// <summary>A uint.</summary>
    public static CelValue From(ulong value) => new(CelType.UInt, null, (long)value);

    /// <summary>A double.</summary>
    public static CelValue From(double value) => new(CelType.Double, null, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A string, or <c>null</c>.</summary>
    public static CelValue From(string? value) => value is null ? default : new(CelType.String, value);

    /// <summary>Bytes. The array is not copied and must not be changed.</summary>
    public static CelValue From(byte[] value) => new(CelType.Bytes, value);

    /// <summary>A timestamp.</summary>
    public static CelValue From(DateTimeOffset value)
    {
        var (seconds, ticks) = Math.DivRem(value.UtcTicks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerSecond);
        if (ticks < 0) (seconds, ticks) = (seconds - 1, ticks + TimeSpan.TicksPerSecond);
        return Timestamp(seconds, (int)ticks * 100);
    }

    /// <summary>A duration.</summary>
    /// <exception cref="OverflowException">The duration is longer than about 292 years.</exception>
    public static CelValue From(TimeSpan value) => Duration(checked(value.Ticks * 100));

    /// <summary>A list. The array is not copied and must not be changed.</summary>
    public static CelValue FromList(params CelValue[] items) => List(items, 0, items.Length);

    /// <summary>A map with string keys, in the order given.</summary>
    /// <exception cref="ArgumentException">A key occurs twice.</exception>
    public static CelValue FromMap(params IEnumerable<KeyValuePair<string, CelValue>> entries)
    {
        var map = new CelMapBuilder();
        foreach (var (key, value) in entries)
        {
            if (!map.TryAdd(From(key), value)) throw new ArgumentException($"The key '{key}' occurs twice.", nameof(entries));
        }

        return map.ToValue();
    }

    /// <summary>An optional that holds <paramref name="value"/>.</summary>
    public static CelValue Some(in CelValue value) => new(CelType.Optional, new Box(value));

    /// <summary>The value of type <see cref="CelType.Bool"/>.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public bool AsBool() => Expect(CelType.Bool)._bits != 0;

    /// <summary>The value of type <see cref="CelType.Int"/>.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public long AsInt() => Expect(CelType.Int)._bits;

    /// <summary>The value of type <see cref="CelType.UInt"/>.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public ulong AsUInt() => Expect(CelType.UInt).UIntBits;

    /// <summary>The value of type <see cref="CelType.Double"/>.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public double AsDouble() => Expect(CelType.Double).DoubleBits;

    /// <summary>The value of type <see cref="CelType.String"/>.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    /// <exception cref="CelException">The value is JSON text with half of a surrogate pair.</exception>
    public string AsString() => Expect(CelType.String).Text;

    /// <summary>The value of type <see cref="CelType.Bytes"/>.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public ReadOnlyMemory<byte> AsBytes() => Expect(CelType.Bytes).BytesArray;

    /// <summary>The value of type <see cref="CelType.Timestamp"/>, in UTC, rounded down to 100 ns.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public DateTimeOffset AsTimestamp() =>
        DateTimeOffset.FromUnixTimeSeconds(Expect(CelType.Timestamp)._bits).AddTicks(_extra / 100);

    /// <summary>The value of type <see cref="CelType.Duration"/>, rounded towards zero to 100 ns.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public TimeSpan AsDuration() => TimeSpan.FromTicks(Expect(CelType.Duration)._bits / 100);

    /// <inheritdoc/>
    public bool Equals(CelValue other) => Equality.AreEqual(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CelValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Equality.Hash(this);

    internal static CelValue Timestamp(long seconds, int nanos) => new(CelType.Timestamp, null, seconds, nanos);

    internal static CelValue Duration(long nanos) => new(CelType.Duration, null, nanos);

    internal static CelValue TypeNamed(string name) => new(CelType.Type, name);

    internal static CelValue Error(EvaluationError error) => new(CelTypes.Error, error);

    internal static CelValue Map(CelMap map) => new(CelType.Map, map);

    internal static CelValue List(CelValue[] items, int start, int count) => new(CelType.List, items, start, count);

    /// <summary>A number by its bits.</summary>
    internal static CelValue Number(CelType type, long bits, bool isLoose) =>
        new(type, null, bits, 0, isLoose ? Origin.FromJsonNumbers : Origin.Cel);

    /// <summary>The same number, which now mixes with numbers of other types.</summary>
    internal CelValue AsLooseNumber() => new(_type, null, _bits, 0, Origin.FromJsonNumbers);

    /// <summary>The type's name, of a value of type <see cref="CelType.Type"/>.</summary>
    internal string TypeName => (string)_object!;

    internal byte[] BytesArray => (byte[])_object!;

    /// <summary>The string; of JSON, a new one each time.</summary>
    internal string Text => IsJson ? JsonText.Read(_json) : (string)_object!;

    /// <summary>About the string's length, known without reading it; 0 of anything but a string.</summary>
    internal int TextSize => _type != CelType.String ? 0
        : IsJson ? JsonMarshal.GetRawUtf8Value(_json).Length
        : ((string)_object!).Length;

    internal bool TryUnwrap(out CelValue value)
    {
        Debug.Assert(_type == CelType.Optional);
        // The caller may take the value into the variable that holds the optional.
        var box = _object as Box;
        value = box is null ? default : box.Value;
        return box is not null;
    }

    private CelValue Expect(CelType type) => _type == type
        ? this
        : throw new InvalidOperationException(
            $"The value is a {CelTypes.ShortNameOf(_type)}, not a {CelTypes.ShortNameOf(type)}.");

    private sealed class Box(CelValue value)
    {
        public CelValue Value { get; } = value;
    }
}
