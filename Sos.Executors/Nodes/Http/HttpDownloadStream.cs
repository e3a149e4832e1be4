using Sos.Executors.Outbound;

namespace Sos.Executors.Nodes.Http;

/// <summary>
/// An answer's body on its way into a file. Its faults are <see cref="HttpDownloadException"/>s, so that whoever writes the
/// file does not take them for faults of its disk.
/// </summary>
internal sealed class HttpDownloadStream(Stream inner, long maxBytes) : ReadThroughStream(inner)
{
    private long read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        try
        {
            count = await Inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException or InvalidOperationException)
        {
            // What .NET's Brotli decoder throws where the others throw InvalidDataException.
            throw new HttpDownloadException(e is InvalidOperationException ? new InvalidDataException(e.Message, e) : e);
        }
        read += count;
        return read <= maxBytes ? count : throw new HttpDownloadException(new OutboundTooLargeException(maxBytes));
    }
}

/// <summary>An answer's body did not come to its end.</summary>
/// <param name="reason">Why.</param>
internal sealed class HttpDownloadException(Exception reason) : Exception(reason.Message, reason);
