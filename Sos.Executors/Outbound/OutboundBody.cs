using System.Buffers;

namespace Sos.Executors.Outbound;

/// <summary>Reads answers' bodies within a limit that counts decompressed bytes.</summary>
internal static class OutboundBody
{
    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="OutboundTooLargeException">It has more than <paramref name="maxBytes"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > maxBytes)
            throw new OutboundTooLargeException(maxBytes);
        var body = await ReadStartAsync(content, maxBytes + 1, cancellationToken);
        return body.Length <= maxBytes ? body : throw new OutboundTooLargeException(maxBytes);
    }

    /// <summary>Reads a body to its end or to <paramref name="maxBytes"/>, whichever comes first.</summary>
    /// <exception cref="InvalidDataException">It is not compressed in the way it says.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadStartAsync(HttpContent content, int maxBytes, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var expected = Math.Min(content.Headers.ContentLength ?? 4096, maxBytes);
        var buffer = new ArrayBufferWriter<byte>((int)Math.Max(expected, 256));
        while (buffer.WrittenCount < maxBytes)
        {
            var room = buffer.GetMemory(1);
            int read;
            try
            {
                read = await stream.ReadAsync(room[..Math.Min(room.Length, maxBytes - buffer.WrittenCount)], cancellationToken);
            }
            catch (InvalidOperationException e)
            {
                // What .NET's Brotli decoder throws where the others throw InvalidDataException.
                throw new InvalidDataException(e.Message, e);
            }
            if (read == 0)
                break;
            buffer.Advance(read);
        }
        return buffer.WrittenMemory;
    }
}

/// <summary>A body is larger than its reader takes.</summary>
internal sealed class OutboundTooLargeException(long maxBytes) : Exception($"The answer's body is larger than {maxBytes} bytes.");
