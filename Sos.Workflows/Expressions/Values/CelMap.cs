namespace Sos.Workflows.Expressions.Values;

/// <summary>A map that an expression made: entries in order, numeric keys equal across types.</summary>
internal sealed class CelMap
{
    private const int LargestWithoutIndex = 8;

    private readonly MapKey[] _normalKeys;
    private readonly Dictionary<MapKey, int>? _index;

    internal CelMap(CelValue[] keys, MapKey[] normalKeys, CelValue[] values, Dictionary<MapKey, int>? index)
    {
        Keys = keys;
        Values = values;
        _normalKeys = normalKeys;
        _index = index;
    }

    internal CelValue[] Keys { get; }

    internal CelValue[] Values { get; }

    internal int Count => Keys.Length;

    internal static bool NeedsIndex(int count) => count > LargestWithoutIndex;

    internal bool TryGet(in CelValue key, out CelValue value)
    {
        if (MapKey.TryCreate(key, out var normal)) return TryGet(normal, out value);
        value = default;
        return false;
    }

    internal bool TryGet(string key, out CelValue value) => TryGet(new MapKey(key), out value);

    private bool TryGet(in MapKey key, out CelValue value)
    {
        var at = -1;
        if (_index is not null)
        {
            if (!_index.TryGetValue(key, out at)) at = -1;
        }
        else
        {
            at = Array.IndexOf(_normalKeys, key);
        }

        value = at < 0 ? default : Values[at];
        return at >= 0;
    }
}

/// <summary>Collects the entries of a <see cref="CelMap"/>.</summary>
internal struct CelMapBuilder
{
    private readonly List<CelValue> _keys = [];
    private readonly List<MapKey> _normalKeys = [];
    private readonly List<CelValue> _values = [];
    private Dictionary<MapKey, int>? _index;

    public CelMapBuilder()
    {
    }

    /// <summary>False when the key is there already. The key must be of a key type.</summary>
    internal bool TryAdd(in CelValue key, in CelValue value)
    {
        if (!MapKey.TryCreate(key, out var normal)) throw new ArgumentException("Not a key type.", nameof(key));
        if (_index is not null)
        {
            if (!_index.TryAdd(normal, _keys.Count)) return false;
        }
        else
        {
            if (_normalKeys.Contains(normal)) return false;
            if (CelMap.NeedsIndex(_keys.Count + 1)) BuildIndex(normal);
        }

        _keys.Add(key);
        _normalKeys.Add(normal);
        _values.Add(value);
        return true;
    }

    internal readonly CelValue ToValue() =>
        CelValue.Map(new CelMap([.. _keys], [.. _normalKeys], [.. _values], _index));

    private void BuildIndex(in MapKey next)
    {
        _index = [];
        for (var i = 0; i < _normalKeys.Count; i++) _index.Add(_normalKeys[i], i);
        _index.Add(next, _normalKeys.Count);
    }
}

/// <summary>A key by which equal numbers of different types are the same.</summary>
internal readonly record struct MapKey
{
    private readonly Kind _kind;
    private readonly ulong _bits;
    private readonly string? _text;

    internal MapKey(string text)
    {
        _kind = Kind.Text;
        _text = text;
    }

    private MapKey(Kind kind, ulong bits)
    {
        _kind = kind;
        _bits = bits;
    }

    private enum Kind : byte
    {
        Bool,
        NotNegative,
        Negative,
        Text,
    }

    internal static bool IsKeyType(CelType type) =>
        type is CelType.String or CelType.Int or CelType.UInt or CelType.Bool;

    /// <summary>False when no key of a map can be equal to <paramref name="value"/>.</summary>
    internal static bool TryCreate(in CelValue value, out MapKey key)
    {
        switch (value.Type)
        {
            case CelType.String:
                key = new MapKey(value.Text);
                return true;
            case CelType.Int:
                key = new MapKey(value.IntBits < 0 ? Kind.Negative : Kind.NotNegative, value.UIntBits);
                return true;
            case CelType.UInt:
                key = new MapKey(Kind.NotNegative, value.UIntBits);
                return true;
            case CelType.Bool:
                key = new MapKey(Kind.Bool, value.UIntBits);
                return true;
            case CelType.Double when Numbers.TryToInt(value.DoubleBits, out var whole):
                key = new MapKey(whole < 0 ? Kind.Negative : Kind.NotNegative, (ulong)whole);
                return true;
            case CelType.Double when Numbers.TryToUInt(value.DoubleBits, out var large):
                key = new MapKey(Kind.NotNegative, large);
                return true;
            default:
                key = default;
                return false;
        }
    }
}
