using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp.Http;

/// <summary>Bounds what a server may send: an answer as a whole, or in an event stream, which has no end, each event.</summary>
internal sealed class BoundedHttpHandler(HttpMessageHandler inner, int maxMessageBytes) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var isEventStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var bounded = new StreamContent(new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), maxMessageBytes, isEventStream));
        foreach (var (name, values) in response.Content.Headers)
            bounded.Headers.TryAddWithoutValidation(name, values);
        response.Content = bounded;
        return response;
    }

    private sealed class BoundedStream(Stream body, int max, bool perEvent) : ReadThroughStream(body)
    {
        private int count;
        private bool lineIsEmpty = true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await Inner.ReadAsync(buffer, cancellationToken);
            Count(buffer.Span[..read]);
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = Inner.Read(buffer, offset, count);
            Count(buffer.AsSpan(offset, read));
            return read;
        }

        // An empty line ends an event (HTML standard, 9.2.5).
        private void Count(ReadOnlySpan<byte> bytes)
        {
            if (!perEvent)
            {
                Add(bytes.Length);
                return;
            }
            while (!bytes.IsEmpty)
            {
                var end = bytes.IndexOf((byte)'\n');
                var line = end < 0 ? bytes : bytes[..end];
                Add(line.Length + 1);
                lineIsEmpty &= line.TrimEnd((byte)'\r').IsEmpty;
                if (end < 0)
                    return;
                if (lineIsEmpty)
                    count = 0;
                lineIsEmpty = true;
                bytes = bytes[(end + 1)..];
            }
        }

        private void Add(int bytes)
        {
            if ((count += bytes) > max)
                throw new McpMessageTooLargeException(max);
        }
    }
}

/// <summary>A server sent a larger message than SOS reads. Not an I/O error, which the client would try to resume from.</summary>
internal sealed class McpMessageTooLargeException(int maxBytes) : Exception($"The server sent a message of more than {maxBytes} bytes.");
