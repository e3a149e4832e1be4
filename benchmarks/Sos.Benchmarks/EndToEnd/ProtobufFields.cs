namespace Sos.Benchmarks.EndToEnd;

/// <summary>The length-delimited fields of a protobuf message; others are stepped over (protobuf.dev/programming-guides/encoding).</summary>
internal ref struct ProtobufFields(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;

    private ReadOnlySpan<byte> rest = message;

    public Field Current { get; private set; }

    public readonly ProtobufFields GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!rest.IsEmpty)
        {
            var tag = ReadVarint();
            switch ((int)(tag & 7))
            {
                case LengthDelimited:
                    var length = (int)ReadVarint();
                    Current = new Field((int)(tag >> 3), rest[..length]);
                    rest = rest[length..];
                    return true;
                case Varint:
                    ReadVarint();
                    break;
                case Fixed64:
                    rest = rest[sizeof(ulong)..];
                    break;
                case Fixed32:
                    rest = rest[sizeof(uint)..];
                    break;
                default:
                    throw new InvalidDataException($"Protobuf tag {tag} is not known.");
            }
        }
        return false;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = rest[0];
            rest = rest[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
        throw new InvalidDataException("A protobuf number is too long.");
    }

    internal readonly ref struct Field(int number, ReadOnlySpan<byte> value)
    {
        public int Number { get; } = number;

        public ReadOnlySpan<byte> Value { get; } = value;
    }
}
