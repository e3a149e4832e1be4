using System.Net;
using System.Text.Json;
using Sos.Executors.Files;
using Sos.Executors.Files.Local;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Http;
using Sos.Executors.Outbound;

namespace Sos.Executors.Tests.Nodes.Http;

/// <summary>Runs <c>http</c> nodes that may call this machine.</summary>
internal sealed class HttpRun : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly OutboundHttp http;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sos-http-node-");

    public HttpRun(string[]? allow = null, Func<string, IPAddress[]>? resolve = null, OutboundOptions? options = null)
    {
        var guard = new OutboundGuard(
            options ?? new OutboundOptions { Allow = allow ?? ["127.0.0.0/8"] },
            (host, token) => resolve is null ? Dns.GetHostAddressesAsync(host, token) : Task.FromResult(resolve(host)));
        http = new OutboundHttp(guard);
        Store = new LocalFileStore(new FilesOptions { Folder = folder.FullName, MaxFileBytes = 5_000_000 }, TimeProvider.System);
        Node = new NodeRun(new HttpExecutor(http, Store));
    }

    public NodeRun Node { get; }

    public FileStore Store { get; }

    public Task<NodeOutcome> StartAsync(string url, string more = "", CancellationToken cancellationToken = default) =>
        Node.StartAsync($$"""{"url": {{JsonSerializer.Serialize(url)}}{{(more.Length == 0 ? "" : ", " + more)}}}""", cancellationToken: cancellationToken)
            .WaitAsync(Patience, CancellationToken.None);

    public async Task<JsonElement> OutputAsync(string url, string more = "") => NodeRun.Completed(await StartAsync(url, more)).Output;

    public async Task<NodeError> FailAsync(string url, string more = "") => NodeRun.Failed(await StartAsync(url, more));

    /// <summary>Puts bytes where a node finds them.</summary>
    public Task PutAsync(string path, params byte[] bytes) =>
        Store.WriteAsync(Node.Workspace, FilePath.Parse(path), new MemoryStream(bytes), WriteCondition.None, CancellationToken.None);

    /// <summary>What a node saved; null for nothing.</summary>
    public async Task<byte[]?> GetAsync(string path)
    {
        if (await Store.StatAsync(Node.Workspace, FilePath.Parse(path), CancellationToken.None) is null)
            return null;
        await using var file = await Store.OpenAsync(Node.Workspace, FilePath.Parse(path), CancellationToken.None);
        using var copy = new MemoryStream();
        await file.Content.CopyToAsync(copy);
        return copy.ToArray();
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Delete(recursive: true);
    }
}
