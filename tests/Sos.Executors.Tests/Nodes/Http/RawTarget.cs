using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>A server that speaks as badly as a test wants: it reads a request's headers and hands over the socket.</summary>
internal sealed class RawTarget : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();

    public RawTarget(Func<Socket, CancellationToken, Task> answer, int connections = 1)
    {
        listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        Answered = Task.Run(async () =>
        {
            for (var i = 0; i < connections; i++)
            {
                using var socket = await listener.AcceptSocketAsync(stopping.Token);
                await ReadHeadersAsync(socket, stopping.Token);
                await answer(socket, stopping.Token);
            }
        });
    }

    /// <summary>A server that sends these bytes and closes.</summary>
    public RawTarget(string answer)
        : this(async (socket, token) => await socket.SendAsync(Encoding.Latin1.GetBytes(answer), token))
    {
    }

    public string Url { get; }

    public Task Answered { get; }

    private static async Task ReadHeadersAsync(Socket socket, CancellationToken cancellationToken)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer, cancellationToken);
            if (read == 0)
                return;
            request.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        listener.Dispose();
        stopping.Dispose();
    }
}
