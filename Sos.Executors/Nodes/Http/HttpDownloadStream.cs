using Sos.Executors.Outbound;

namespace Sos.Executors.Nodes.Http;

/// <summary>
/// An answer's body on its way into a file. Its faults are <see cref="HttpDownloadException"/>s, so that whoever writes the
/// file does not take them for faults of its disk.
/// </summary>
internal sealed class HttpDownloadStream(Stream inner, long maxBytes) : Stream
{
    private long read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException or InvalidOperationException)
        {
            // What .NET's Brotli decoder throws where the others throw InvalidDataException.
            throw new HttpDownloadException(e is InvalidOperationException ? new InvalidDataException(e.Message, e) : e);
        }
        read += count;
        return read <= maxBytes ? count : throw new HttpDownloadException(new OutboundTooLargeException(maxBytes));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>An answer's body did not come to its end.</summary>
/// <param name="reason">Why.</param>
internal sealed class HttpDownloadException(Exception reason) : Exception(reason.Message, reason);
