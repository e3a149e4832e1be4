using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Sos.Executors.Rag;

/// <summary>Vectors of length 1, whose cosine is their dot product, as indexes store them: float32, little-endian.</summary>
internal static class UnitVector
{
    /// <summary>Brings a vector to length 1; one without a direction stays zero and is like nothing.</summary>
    public static float[] Of(ReadOnlySpan<float> vector)
    {
        var unit = vector.ToArray();
        var norm = TensorPrimitives.Norm<float>(unit);
        if (norm > 0 && float.IsFinite(norm))
            TensorPrimitives.Divide(unit, norm, unit);
        else
            Array.Clear(unit);
        return unit;
    }

    /// <summary>As stored.</summary>
    public static byte[] ToBytes(ReadOnlySpan<float> vector)
    {
        var bytes = MemoryMarshal.AsBytes(vector).ToArray();
        if (!BitConverter.IsLittleEndian)
            ReverseEach(bytes);
        return bytes;
    }

    /// <summary>Reads what is stored.</summary>
    /// <returns>Whether it has the right length.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, Span<float> vector)
    {
        if (bytes.Length != vector.Length * sizeof(float))
            return false;
        bytes.CopyTo(MemoryMarshal.AsBytes(vector));
        if (!BitConverter.IsLittleEndian)
            ReverseEach(MemoryMarshal.AsBytes(vector));
        return true;
    }

    private static void ReverseEach(Span<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        BinaryPrimitives.ReverseEndianness(words, words);
    }
}
