namespace Sos.Executors.Mcp.Stdio;

/// <summary>Private working directories for the servers of this process, and the guard that removes them with the servers.</summary>
internal sealed class ServerFolders : IAsyncDisposable
{
    private readonly Lazy<DirectoryInfo> root = new(() => Directory.CreateTempSubdirectory("sos-mcp-"));
    private readonly Lazy<OwnerGuard> guard;

    public ServerFolders() => guard = new(() => new OwnerGuard(root.Value.FullName));

    /// <summary>Kills the servers when this process is gone; not on Windows.</summary>
    public OwnerGuard Guard => guard.Value;

    /// <summary>A server's own folder, which only this user may enter; the same one until SOS stops.</summary>
    public string For(string server) => root.Value.CreateSubdirectory(server.ToLowerInvariant()).FullName;

    /// <summary>Removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (guard.IsValueCreated)
            await guard.Value.DisposeAsync();
        if (root.IsValueCreated && Directory.Exists(root.Value.FullName))
            root.Value.Delete(recursive: true);
    }
}
