using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Sos.Executors.Files.Local;

/// <summary>
/// Files in a folder, of this machine or shared by several: <c>&lt;folder&gt;/&lt;workspace&gt;/files/…</c>. No link is followed
/// below it (see <see cref="OpenFolder"/>). Conditions and quotas are exact among the tasks of a process; among several
/// processes, <c>IfAbsent</c> is.
/// </summary>
internal sealed class LocalFileStore : FileStore
{
    private const int MaxAppendAttempts = 5;

    private readonly FilesOptions options;
    private readonly TimeProvider time;
    private readonly FileUsage usage;
    private readonly WorkspaceGates gates = new();
    private readonly ConcurrentDictionary<Guid, bool> tidied = new();

    public LocalFileStore(FilesOptions options, TimeProvider time)
    {
        (this.options, this.time) = (options, time);
        usage = new FileUsage(options, time, (workspace, _) => Task.FromResult(Count(workspace)));
    }

    /// <inheritdoc/>
    public override Task<FileEntry?> StatAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken) => RunAsync(path, async () =>
    {
        using var file = OpenFile(workspaceId, path);
        return file is null ? null : Entry(file, path) with { ETag = await HashAsync(file, cancellationToken) };
    });

    /// <inheritdoc/>
    public override Task<OpenedFile> OpenAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken) => RunAsync(path, async () =>
    {
        var file = OpenFile(workspaceId, path) ?? throw NotFound(path);
        try
        {
            var entry = Entry(file, path) with { ETag = await HashAsync(file, cancellationToken) };
            return new OpenedFile(entry, new FileStream(file, FileAccess.Read, bufferSize: 0));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    });

    /// <inheritdoc/>
    public override Task<FileEntry> WriteAsync(Guid workspaceId, FilePath path, Stream content, WriteCondition condition, CancellationToken cancellationToken) => RunAsync(path, async () =>
    {
        using var workspace = Open(workspaceId);
        using var spool = await Spool.WriteAsync(workspace.Temporary, content, options.MaxFileBytes, cancellationToken) ?? throw TooLarge(path, options.MaxFileBytes);
        using var gate = await gates.EnterAsync(workspaceId, cancellationToken);
        await ReplaceAsync(workspaceId, workspace, path, condition, spool, cancellationToken);
        return new FileEntry(path.Text, spool.Size, time.GetUtcNow()) { ETag = spool.Hash };
    });

    /// <inheritdoc/>
    public override Task<FileEntry> AppendAsync(Guid workspaceId, FilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => RunAsync(path, async () =>
    {
        using var workspace = Open(workspaceId);
        using var gate = await gates.EnterAsync(workspaceId, cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AppendAsync(workspaceId, workspace, path, content, cancellationToken);
            }
            catch (FileStoreException e) when (e.Code == FileErrorCodes.Exists && attempt < MaxAppendAttempts)
            {
                // Another process made the file since this one looked.
                continue;
            }
        }
    });

    /// <inheritdoc/>
    public override Task<bool> DeleteAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken) => RunAsync(path, async () =>
    {
        using var workspace = Open(workspaceId);
        using var gate = await gates.EnterAsync(workspaceId, cancellationToken);
        using (var parent = workspace.Parent(path))
        {
            using var file = parent?.OpenFile(path.Name);
            if (parent is null || file is null)
                return false;
            var less = new FileTotals(RandomAccess.GetLength(file), 1);
            parent.DeleteFile(path.Name);
            usage.Release(workspaceId, less);
        }
        workspace.Tidy(path);
        return true;
    });

    /// <inheritdoc/>
    public override Task<FileEntry> MoveAsync(Guid workspaceId, FilePath from, FilePath to, bool overwrite, CancellationToken cancellationToken) => RunAsync(from, async () =>
    {
        using var workspace = Open(workspaceId);
        using var gate = await gates.EnterAsync(workspaceId, cancellationToken);
        using var source = workspace.Parent(from);
        using var file = source?.OpenFile(from.Name);
        if (source is null || file is null)
            throw NotFound(from);
        if (from != to)
        {
            using var target = workspace.MakeParent(to);
            using var old = Existing(target, to);
            if (old is not null && !overwrite)
                throw Exists(to);
            var less = old is null ? default : new FileTotals(RandomAccess.GetLength(old), 1);
            Move(() => source.Move(from.Name, target, to.Name, overwrite), target, to, overwrite);
            usage.Release(workspaceId, less);
            workspace.Tidy(from);
        }
        return Entry(file, to) with { ETag = await HashAsync(file, cancellationToken) };
    });

    /// <inheritdoc/>
    public override Task<FilePage> ListAsync(Guid workspaceId, FileQuery query, CancellationToken cancellationToken) => RunAsync(query.Folder, () =>
    {
        using var workspace = Open(workspaceId);
        using var folder = query.Folder is null ? workspace.Files.Reopen() : workspace.Folder(query.Folder);
        var files = new List<FileEntry>();
        if (folder is null)
            return Task.FromResult(new FilePage(files, null));
        foreach (var file in FolderWalk.Files(folder, query.Folder is null ? "" : query.Folder.Text + "/", query.After))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!query.Wants(file.Path))
                continue;
            if (files.Count == query.Limit)
                return Task.FromResult(new FilePage(files, files[^1].Path));
            files.Add(file);
        }
        return Task.FromResult(new FilePage(files, null));
    });

    private async Task<FileEntry> AppendAsync(Guid workspaceId, WorkspaceFolder workspace, FilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var parent = workspace.Parent(path);
        using var old = parent?.OpenFile(path.Name);
        if (parent is null || old is null)
        {
            using var source = new MemoryStream(content.ToArray(), writable: false);
            using var spool = await Spool.WriteAsync(workspace.Temporary, source, options.MaxFileBytes, cancellationToken) ?? throw TooLarge(path, options.MaxFileBytes);
            await ReplaceAsync(workspaceId, workspace, path, new WriteCondition(IfAbsent: true, null), spool, cancellationToken);
            return new FileEntry(path.Text, spool.Size, time.GetUtcNow());
        }
        using var file = parent.OpenForAppending(path.Name);
        var length = RandomAccess.GetLength(file);
        if (length + content.Length > options.MaxFileBytes)
            throw TooLarge(path, options.MaxFileBytes);
        var more = new FileTotals(content.Length, 0);
        await usage.ReserveAsync(workspaceId, more, cancellationToken);
        try
        {
            await RandomAccess.WriteAsync(file, content, length, CancellationToken.None);
            RandomAccess.FlushToDisk(file);
        }
        catch
        {
            // Half of what was to be added would be worse than nothing.
            RandomAccess.SetLength(file, length);
            usage.Release(workspaceId, more);
            throw;
        }
        return Entry(file, path);
    }

    private async Task ReplaceAsync(Guid workspaceId, WorkspaceFolder workspace, FilePath path, WriteCondition condition, Spool spool, CancellationToken cancellationToken)
    {
        using var parent = workspace.MakeParent(path);
        using var old = Existing(parent, path);
        if (old is not null && condition.IfAbsent)
            throw Exists(path);
        if (condition.IfMatch is { } known && (old is null || await HashAsync(old, cancellationToken) != known))
            throw Changed(path);
        var more = new FileTotals(spool.Size, 1) - (old is null ? default : new FileTotals(RandomAccess.GetLength(old), 1));
        try
        {
            await usage.ReserveAsync(workspaceId, more, cancellationToken);
        }
        catch
        {
            workspace.Tidy(path);
            throw;
        }
        try
        {
            Move(() => spool.MoveTo(parent, path.Name, overwrite: !condition.IfAbsent), parent, path, overwrite: !condition.IfAbsent);
        }
        catch
        {
            usage.Release(workspaceId, more);
            throw;
        }
    }

    private WorkspaceFolder Open(Guid workspaceId)
    {
        var workspace = WorkspaceFolder.Open(options.Folder!, workspaceId);
        if (tidied.TryAdd(workspaceId, true))
            workspace.RemoveAbandoned(time.GetUtcNow());
        return workspace;
    }

    private SafeFileHandle? OpenFile(Guid workspaceId, FilePath path)
    {
        using var workspace = Open(workspaceId);
        using var parent = workspace.Parent(path);
        return parent?.OpenFile(path.Name);
    }

    private FileTotals Count(Guid workspaceId)
    {
        using var workspace = Open(workspaceId);
        return FolderWalk.Files(workspace.Files, "").Aggregate(default(FileTotals), (sum, file) => sum + new FileTotals(file.Size, 1));
    }

    private static SafeFileHandle? Existing(OpenFolder folder, FilePath path)
    {
        using (var inner = folder.Enter(path.Name))
        {
            if (inner is not null)
                throw new FileStoreException(FileErrorCodes.Exists, $"'{path}' is a folder.");
        }
        return folder.OpenFile(path.Name);
    }

    // Another process may have written the file since this one looked.
    private static void Move(Action move, OpenFolder target, FilePath to, bool overwrite)
    {
        try
        {
            move();
        }
        catch (IOException) when (!overwrite && IsThere(target, to.Name))
        {
            throw Exists(to);
        }
    }

    private static bool IsThere(OpenFolder folder, string name)
    {
        using var file = folder.OpenFile(name);
        return file is not null;
    }

    private static FileEntry Entry(SafeFileHandle file, FilePath path) =>
        new(path.Text, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));

    private static async Task<string> HashAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long offset = 0;
        for (int read; (read = await RandomAccess.ReadAsync(file, buffer, offset, cancellationToken)) > 0; offset += read)
            hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<T> RunAsync<T>(FilePath? path, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (LinkRefusedException e)
        {
            throw new FileStoreException(FileErrorCodes.PathNotAllowed, $"The path '{path}' passes a link or leads to no regular file; links are not followed.", inner: e);
        }
        catch (Exception e) when (e is IOException and not BadHttpRequestException or UnauthorizedAccessException)
        {
            // A request's body that breaks its own limits is the request's fault and not the disk's.
            throw new FileStoreException(FileErrorCodes.Unavailable, $"The folder of files can't be used at the moment for '{path}': its disk may be full, or SOS may not write there ({e.GetType().Name}).", retryable: true, e);
        }
    }
}
