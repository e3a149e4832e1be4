using Sos.Executors.Outbound;

namespace Sos.Executors.Models.Connections;

/// <summary>The body of an answer: fails when more comes out of it than is allowed, and tells a fault of its own from one before it began.</summary>
internal sealed class LimitedStream(Stream inner, int limit) : ReadThroughStream(inner)
{
    private long read;

    public override int Read(byte[] buffer, int offset, int count)
    {
        try
        {
            return Count(Inner.Read(buffer, offset, count));
        }
        catch (IOException e)
        {
            throw new BrokenAnswerException(e);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Count(await Inner.ReadAsync(buffer, cancellationToken));
        }
        catch (IOException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokenAnswerException(e);
        }
    }

    private int Count(int bytes)
    {
        read += bytes;
        return read <= limit ? bytes : throw new OutboundTooLargeException(limit);
    }
}

/// <summary>An answer with status 200 had begun, and its end did not come.</summary>
internal sealed class BrokenAnswerException(IOException inner) : IOException("The answer broke off.", inner);
