using System.Diagnostics;
using Sos.Testing.Mcp;

namespace Sos.Executors.Tests.Mcp;

/// <summary><c>server-everything</c> as a web server on a free port.</summary>
internal sealed class EverythingOverHttp : IAsyncDisposable
{
    // The server prints the port it was asked for, not the one it got.
    private const string TellPort = "data:text/javascript,import net from 'node:net'; const listen = net.Server.prototype.listen; net.Server.prototype.listen = function (...a) { this.once('listening', () => console.error('PORT ' + this.address().port)); return listen.apply(this, a); };";

    private readonly Process process;
    private bool stopped;

    private EverythingOverHttp(Process process, string url) => (this.process, Url) = (process, url);

    public string Url { get; }

    public static async Task<EverythingOverHttp> StartAsync(int port = 0)
    {
        var start = new ProcessStartInfo(NpmMcpServers.Node!, ["--import", TellPort, await NpmMcpServers.EverythingAsync(), "streamableHttp"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["PORT"] = port.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            if (!line.StartsWith("PORT ", StringComparison.Ordinal))
                continue;
            _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
            return new EverythingOverHttp(process, $"http://127.0.0.1:{line[5..]}/mcp");
        }
        throw new InvalidOperationException("server-everything ended at once.");
    }

    public async ValueTask DisposeAsync()
    {
        if (stopped)
            return;
        stopped = true;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
