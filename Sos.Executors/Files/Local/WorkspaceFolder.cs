namespace Sos.Executors.Files.Local;

/// <summary>
/// A workspace's part of the store's folder: <c>files</c>, and <c>tmp</c> for what is being written. Both are on one
/// file system, so that a finished file takes its place in one step.
/// </summary>
internal sealed class WorkspaceFolder : IDisposable
{
    // Longer than any write takes; what is older was left by a process that died.
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private WorkspaceFolder(OpenFolder files, OpenFolder temporary) => (Files, Temporary) = (files, temporary);

    /// <summary>The root of the workspace's files.</summary>
    public OpenFolder Files { get; }

    /// <summary>Where files are until they are complete.</summary>
    public OpenFolder Temporary { get; }

    /// <summary>Opens a workspace's folder, and makes it at the first time.</summary>
    public static WorkspaceFolder Open(string root, Guid workspaceId)
    {
        using var folder = OpenFolder.OpenRoot(root);
        using var home = Need(folder, workspaceId.ToString());
        var files = Need(home, "files");
        try
        {
            return new WorkspaceFolder(files, Need(home, "tmp"));
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Deletes what processes that died have left.</summary>
    public void RemoveAbandoned(DateTimeOffset now)
    {
        foreach (var entry in Temporary.Entries().Where(e => !e.IsFolder && now - e.ModifiedAt > Abandoned).ToList())
            Temporary.DeleteFile(entry.Name);
    }

    /// <summary>Opens the folder that a path's file is in.</summary>
    /// <returns>Null if it is not there.</returns>
    public OpenFolder? Parent(FilePath path) => Walk(path, (folder, name) => folder.Enter(name));

    /// <summary>Opens a folder.</summary>
    /// <returns>Null if it is not there.</returns>
    public OpenFolder? Folder(FilePath path) => Walk(path.Names, (folder, name) => folder.Enter(name));

    /// <summary>Opens the folder that a path's file is to be in, and makes it where it is missing.</summary>
    /// <exception cref="FileStoreException"><c>file_exists</c>: a file has the name of a folder.</exception>
    public OpenFolder MakeParent(FilePath path) => Walk(path, (folder, name) => folder.EnterOrCreate(name))
        ?? throw new FileStoreException(FileErrorCodes.Exists, $"A folder of '{path}' can't be made: a file has its name.");

    /// <summary>Deletes the folders above a path that have become empty.</summary>
    public void Tidy(FilePath path)
    {
        for (var depth = path.Names.Count - 1; depth > 0; depth--)
        {
            using var above = Walk(path.Names.Take(depth - 1), (folder, name) => folder.Enter(name));
            above?.DeleteIfEmpty(path.Names[depth - 1]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Files.Dispose();
        Temporary.Dispose();
    }

    private OpenFolder? Walk(FilePath path, Func<OpenFolder, string, OpenFolder?> step) => Walk(path.Names.SkipLast(1), step);

    private OpenFolder? Walk(IEnumerable<string> names, Func<OpenFolder, string, OpenFolder?> step)
    {
        var folder = Files.Reopen();
        foreach (var name in names)
        {
            using var above = folder;
            if (step(above, name) is not { } below)
                return null;
            folder = below;
        }
        return folder;
    }

    private static OpenFolder Need(OpenFolder folder, string name) =>
        folder.EnterOrCreate(name) ?? throw new IOException($"The file store's folder has a file '{name}' where a folder should be.");
}
