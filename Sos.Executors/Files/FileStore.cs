namespace Sos.Executors.Files;

/// <summary>
/// The files of all workspaces, each in a root of its own that no path leads out of. There are no empty folders: a
/// folder is there while files are in it. A file is replaced whole or not at all; readers see the old one or the new one.
/// </summary>
/// <remarks>All methods throw <see cref="FileStoreException"/> for what can be foreseen.</remarks>
public abstract class FileStore
{
    /// <summary>The most files that are deleted at once.</summary>
    public const int MaxDeletions = 10_000;

    /// <summary>The most files in a page.</summary>
    public const int MaxPage = 1_000;

    /// <summary>What a file is, without its content.</summary>
    /// <returns>Null if there is none.</returns>
    public abstract Task<FileEntry?> StatAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading; it is one version of it, whatever others write meanwhile. What is appended to it may follow after its size.</summary>
    /// <returns>For the caller to dispose.</returns>
    public abstract Task<OpenedFile> OpenAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken);

    /// <summary>Writes a file, and the folders above it; returns when it is stored.</summary>
    /// <param name="workspaceId">Whose file.</param>
    /// <param name="path">Where.</param>
    /// <param name="content">Its content, read to the end.</param>
    /// <param name="condition">What must be there before.</param>
    /// <param name="cancellationToken">Leaves the old file.</param>
    public abstract Task<FileEntry> WriteAsync(Guid workspaceId, FilePath path, Stream content, WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>Adds to the end of a file, or writes a new one.</summary>
    public abstract Task<FileEntry> AppendAsync(Guid workspaceId, FilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Deletes a file.</summary>
    /// <returns>Whether there was one.</returns>
    public abstract Task<bool> DeleteAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken);

    /// <summary>Gives a file another path.</summary>
    public abstract Task<FileEntry> MoveAsync(Guid workspaceId, FilePath from, FilePath to, bool overwrite, CancellationToken cancellationToken);

    /// <summary>Lists files in the order of their paths' UTF-8 bytes.</summary>
    public abstract Task<FilePage> ListAsync(Guid workspaceId, FileQuery query, CancellationToken cancellationToken);

    /// <summary>Deletes every file below a folder, or none if there are more than <see cref="MaxDeletions"/>.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> DeleteFolderAsync(Guid workspaceId, FilePath folder, CancellationToken cancellationToken)
    {
        var paths = new List<FilePath>();
        string? after = null;
        do
        {
            var page = await ListAsync(workspaceId, new FileQuery { Folder = folder, After = after, Limit = MaxPage }, cancellationToken);
            paths.AddRange(page.Files.Select(file => FilePath.Parse(file.Path)));
            after = page.Next;
            if (paths.Count > MaxDeletions)
                throw new FileStoreException(FileErrorCodes.TooMany, $"The folder '{folder}' has more than {MaxDeletions} files; nothing was deleted. Delete its folders one by one.");
        }
        while (after is not null);
        var deleted = 0;
        await Parallel.ForEachAsync(paths, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (path, token) =>
        {
            if (await DeleteAsync(workspaceId, path, token))
                Interlocked.Increment(ref deleted);
        });
        return deleted;
    }

    private protected static FileStoreException NotFound(FilePath path) => new(FileErrorCodes.NotFound, $"There is no file '{path}'.");

    private protected static FileStoreException Exists(FilePath path) => new(FileErrorCodes.Exists, $"There is a file '{path}' already.");

    private protected static FileStoreException Changed(FilePath path) =>
        new(FileErrorCodes.Changed, $"The file '{path}' is not the one with the given etag any more; read it again.");

    private protected static FileStoreException TooLarge(FilePath path, long maxBytes) =>
        new(FileErrorCodes.TooLarge, $"The file '{path}' would have more than {maxBytes} bytes ({FilesOptions.Section}:{nameof(FilesOptions.MaxFileBytes)}).");
}

/// <summary>What a file is.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ModifiedAt">When it was last written.</param>
public sealed record FileEntry(string Path, long Size, DateTimeOffset ModifiedAt)
{
    /// <summary>The media type that its name tells.</summary>
    public string ContentType => FileContentTypes.Of(Path);

    /// <summary>Changes with the content: its SHA-256 in hexadecimal in a local folder, S3's ETag there. Null in lists.</summary>
    public string? ETag { get; init; }
}

/// <summary>A file that is being read.</summary>
/// <param name="Entry">What it is.</param>
/// <param name="Content">Its content, from the start.</param>
public sealed record OpenedFile(FileEntry Entry, Stream Content) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <summary>What must be there before a file is written.</summary>
/// <param name="IfAbsent">Nothing.</param>
/// <param name="IfMatch">A file with this etag.</param>
public readonly record struct WriteCondition(bool IfAbsent, string? IfMatch)
{
    /// <summary>Anything or nothing.</summary>
    public static WriteCondition None => default;
}

/// <summary>Which files to list.</summary>
public sealed record FileQuery
{
    /// <summary>Only those below this folder; null for all.</summary>
    public FilePath? Folder { get; init; }

    /// <summary>Only those whose path below <see cref="Folder"/> fits; null for all.</summary>
    public FileGlob? Glob { get; init; }

    /// <summary>Only those after this path; null from the start.</summary>
    public string? After { get; init; }

    /// <summary>How many at most, 1 to <see cref="FileStore.MaxPage"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Whether a file that is below the folder belongs to the list.</summary>
    internal bool Wants(string path) => Glob is null || Glob.IsMatch(Folder is null ? path : path[(Folder.Text.Length + 1)..]);
}

/// <summary>A page of files.</summary>
/// <param name="Files">The files; may be fewer than asked for, even none, when there are more.</param>
/// <param name="Next">Where the next page goes on (<see cref="FileQuery.After"/>); null at the end.</param>
public sealed record FilePage(IReadOnlyList<FileEntry> Files, string? Next);
