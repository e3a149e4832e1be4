using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>
/// One HTTP/1.1 connection that sends the same request again and again. It is made of a socket and knows just enough
/// of HTTP, because the load shares its processors with what it measures: <c>HttpClient</c> would take several times
/// as much of them.
/// </summary>
internal sealed class KeepAliveConnection(Uri address) : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[64 * 1024];

    /// <summary>A POST of JSON as it goes over the wire.</summary>
    public static byte[] Post(Uri address, string pathAndQuery, string json) => Encoding.UTF8.GetBytes(
        $"POST {pathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nX-API-Key: {ProductProcess.Key}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    public async Task ConnectAsync(CancellationToken cancellationToken) =>
        await socket.ConnectAsync(IPAddress.Parse(address.Host), address.Port, cancellationToken);

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="InvalidOperationException">The answer has another status, or can't be read.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> request, int expectedStatus, CancellationToken cancellationToken)
    {
        await socket.SendAsync(request, cancellationToken);
        var length = 0;
        do
        {
            if (length == buffer.Length)
                throw new InvalidOperationException($"The answer is longer than {buffer.Length} bytes.");
            var count = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (count == 0)
                throw new InvalidOperationException($"The server closed the connection after: {Encoding.UTF8.GetString(buffer, 0, length)}");
            length += count;
        }
        while (!IsComplete(buffer.AsSpan(0, length)));
        if (Status(buffer) != expectedStatus)
            throw new InvalidOperationException($"Expected the status {expectedStatus}, but got: {Encoding.UTF8.GetString(buffer, 0, length)}");
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Whether the answer has come to its end: by its Content-Length, or else by its last chunk.</summary>
    private static bool IsComplete(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
            return false;
        var field = answer[..head].IndexOf("\r\nContent-Length: "u8);
        if (field < 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        var value = answer[(field + "\r\nContent-Length: ".Length)..(head + 2)];
        return answer.Length >= head + 4 + int.Parse(value[..value.IndexOf((byte)'\r')]);
    }

    private static int Status(ReadOnlySpan<byte> answer) => int.Parse(answer.Slice("HTTP/1.1 ".Length, 3));
}
