using System.Buffers;
using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp.Stdio;

/// <summary>
/// A server's standard output, with everything left out that can't be a message: MCP puts one JSON object on a line,
/// but programs print banners and warnings there too. A line has a largest length.
/// </summary>
internal sealed class JsonLineStream(Stream output, int maxLineBytes, Action<int> onGarbage) : ReadThroughStream(output)
{
    private readonly byte[] chunk = new byte[32 * 1024];
    private ArrayBufferWriter<byte> line = new();
    private ReadOnlyMemory<byte> unread;
    private ReadOnlyMemory<byte> readable;

    /// <summary>Whether a line was longer than it may be, which ends the stream.</summary>
    public bool IsLineTooLong { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (readable.IsEmpty)
        {
            if (unread.IsEmpty)
            {
                var read = await Inner.ReadAsync(chunk, cancellationToken);
                if (read == 0)
                    return 0;
                unread = chunk.AsMemory(0, read);
            }
            TakeLine();
        }
        var count = Math.Min(buffer.Length, readable.Length);
        readable[..count].CopyTo(buffer);
        readable = readable[count..];
        return count;
    }

    // Moves the next line, or the start of one, from what was read.
    private void TakeLine()
    {
        var end = unread.Span.IndexOf((byte)'\n');
        var part = end < 0 ? unread.Span : unread.Span[..end];
        if (line.WrittenCount + part.Length > maxLineBytes)
        {
            IsLineTooLong = true;
            throw new IOException($"The server sent a message of more than {maxLineBytes} bytes.");
        }
        line.Write(part);
        unread = end < 0 ? default : unread[(end + 1)..];
        if (end < 0)
            return;
        if (line.WrittenSpan.TrimStart(" \t\r"u8) is [(byte)'{', ..])
        {
            line.Write("\n"u8);
            readable = line.WrittenMemory;
            line = new ArrayBufferWriter<byte>(); // the old one is read from
        }
        else
        {
            if (line.WrittenCount > 0)
                onGarbage(line.WrittenCount);
            line.ResetWrittenCount();
        }
    }
}
