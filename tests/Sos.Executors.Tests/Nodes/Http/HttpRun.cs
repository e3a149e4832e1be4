using System.Net;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Http;
using Sos.Executors.Outbound;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>Runs <c>http</c> nodes that may call this machine.</summary>
internal sealed class HttpRun : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly OutboundHttp http;

    public HttpRun(string[]? allow = null, Func<string, IPAddress[]>? resolve = null)
    {
        var guard = new OutboundGuard(
            new OutboundOptions { Allow = allow ?? ["127.0.0.0/8"] },
            (host, token) => resolve is null ? Dns.GetHostAddressesAsync(host, token) : Task.FromResult(resolve(host)));
        http = new OutboundHttp(guard);
        Node = new NodeRun(new HttpExecutor(http));
    }

    public NodeRun Node { get; }

    public Task<NodeOutcome> StartAsync(string url, string more = "", CancellationToken cancellationToken = default) =>
        Node.StartAsync($$"""{"url": {{JsonSerializer.Serialize(url)}}{{(more.Length == 0 ? "" : ", " + more)}}}""", cancellationToken: cancellationToken)
            .WaitAsync(Patience, CancellationToken.None);

    public async Task<JsonElement> OutputAsync(string url, string more = "") => NodeRun.Completed(await StartAsync(url, more)).Output;

    public async Task<NodeError> FailAsync(string url, string more = "") => NodeRun.Failed(await StartAsync(url, more));

    public void Dispose() => http.Dispose();
}
