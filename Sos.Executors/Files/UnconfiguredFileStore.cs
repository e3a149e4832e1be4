namespace Sos.Executors.Files;

/// <summary>What there is where no place for files is configured: an explanation.</summary>
internal sealed class UnconfiguredFileStore : FileStore
{
    public override Task<FileEntry?> StatAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken) => throw NotConfigured();

    public override Task<OpenedFile> OpenAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken) => throw NotConfigured();

    public override Task<FileEntry> WriteAsync(Guid workspaceId, FilePath path, Stream content, WriteCondition condition, CancellationToken cancellationToken) => throw NotConfigured();

    public override Task<FileEntry> AppendAsync(Guid workspaceId, FilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw NotConfigured();

    public override Task<bool> DeleteAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken) => throw NotConfigured();

    public override Task<FileEntry> MoveAsync(Guid workspaceId, FilePath from, FilePath to, bool overwrite, CancellationToken cancellationToken) => throw NotConfigured();

    public override Task<FilePage> ListAsync(Guid workspaceId, FileQuery query, CancellationToken cancellationToken) => throw NotConfigured();

    private static FileStoreException NotConfigured() => new(
        FileErrorCodes.NotConfigured,
        $"There is no place for files. Set {FilesOptions.Section}:{nameof(FilesOptions.Folder)} to a folder that all executors share, or {FilesOptions.Section}:{nameof(FilesOptions.S3)} to a bucket.");
}
