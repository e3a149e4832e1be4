using System.Collections.Concurrent;

namespace Sos.Executors.Files;

/// <summary>
/// How much each workspace stores, held against the quotas. It is counted now and then and kept up to date by what this
/// process writes in between; what other processes write counts from the next time on.
/// </summary>
/// <param name="options">The quotas.</param>
/// <param name="time">The clock.</param>
/// <param name="count">Counts what a workspace stores.</param>
internal sealed class FileUsage(FilesOptions options, TimeProvider time, Func<Guid, CancellationToken, Task<FileTotals>> count)
{
    private static readonly TimeSpan Believed = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, Known> known = new();
    private readonly WorkspaceGates gates = new();

    /// <summary>Adds to a workspace's usage before something is written; given back with <see cref="Release"/> if it was not.</summary>
    /// <exception cref="FileStoreException"><c>quota_exceeded</c>.</exception>
    public async Task ReserveAsync(Guid workspaceId, FileTotals more, CancellationToken cancellationToken)
    {
        using var gate = await gates.EnterAsync(workspaceId, cancellationToken);
        if (!known.TryGetValue(workspaceId, out var now) || time.GetElapsedTime(now.At) > Believed)
            known[workspaceId] = now = new Known(await count(workspaceId, cancellationToken), time.GetTimestamp());
        var then = now.Totals + more;
        if (more.Bytes > 0 && then.Bytes > options.MaxBytesPerWorkspace)
            throw Exceeded($"{options.MaxBytesPerWorkspace} bytes", $"{now.Totals.Bytes} are stored and {more.Bytes} would be added", nameof(FilesOptions.MaxBytesPerWorkspace));
        if (more.Files > 0 && then.Files > options.MaxFilesPerWorkspace)
            throw Exceeded($"{options.MaxFilesPerWorkspace} files", $"there are {now.Totals.Files}", nameof(FilesOptions.MaxFilesPerWorkspace));
        known.AddOrUpdate(workspaceId, now with { Totals = then }, (_, latest) => latest with { Totals = latest.Totals + more });
    }

    /// <summary>Takes off what was deleted, or what was reserved and not written.</summary>
    public void Release(Guid workspaceId, FileTotals less)
    {
        while (known.TryGetValue(workspaceId, out var now) && !known.TryUpdate(workspaceId, now with { Totals = now.Totals - less }, now))
        {
        }
    }

    private static FileStoreException Exceeded(string limit, string state, string setting) =>
        new(FileErrorCodes.QuotaExceeded, $"A workspace may store {limit}; {state}. Delete files, or raise {FilesOptions.Section}:{setting}.");

    private sealed record Known(FileTotals Totals, long At);
}

/// <summary>Bytes and files.</summary>
internal readonly record struct FileTotals(long Bytes, long Files)
{
    public static FileTotals operator +(FileTotals a, FileTotals b) => new(a.Bytes + b.Bytes, a.Files + b.Files);

    public static FileTotals operator -(FileTotals a, FileTotals b) => new(a.Bytes - b.Bytes, a.Files - b.Files);
}

/// <summary>Lets one at a time do something in a workspace; workspaces share a fixed number of gates.</summary>
internal sealed class WorkspaceGates
{
    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    public async Task<Gate> EnterAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var gate = gates[(uint)workspaceId.GetHashCode() % (uint)gates.Length];
        await gate.WaitAsync(cancellationToken);
        return new Gate(gate);
    }

    /// <summary>Opens again when disposed.</summary>
    public readonly struct Gate(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
