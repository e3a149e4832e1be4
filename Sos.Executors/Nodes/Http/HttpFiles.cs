using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Executors.Files;
using Sos.Executors.Outbound;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Http;

/// <summary>The workspace's files as bodies of requests, and bodies of answers as files. Nothing is held in memory.</summary>
internal sealed class HttpFiles(FileStore store, NodeContext context)
{
    /// <summary>Finds a file to send.</summary>
    /// <exception cref="FileStoreException">There is none.</exception>
    public async Task<FileEntry> FindAsync(string path, CancellationToken cancellationToken)
    {
        var file = FilePath.Parse(path);
        var entry = await store.StatAsync(context.Execution.WorkspaceId, file, cancellationToken)
            ?? throw new FileStoreException(FileErrorCodes.NotFound, $"There is no file '{file}'.");
        Log(FileEventTypes.Read, entry);
        return entry;
    }

    /// <summary>A file as a body. It is opened when it is sent, and again when it is sent again.</summary>
    public HttpContent Content(FileEntry entry) => new FileContent(store, context.Execution.WorkspaceId, entry);

    /// <summary>Writes an answer's body to a file, which is there whole or not at all.</summary>
    /// <exception cref="FileStoreException">It can't be written.</exception>
    /// <exception cref="HttpDownloadException">The answer broke off, or is too large.</exception>
    public async Task<FileEntry> SaveAsync(HttpDownload download, HttpContent body, CancellationToken cancellationToken)
    {
        if (body.Headers.ContentLength > download.MaxBytes)
            throw new HttpDownloadException(new OutboundTooLargeException(download.MaxBytes));
        await using var stream = new HttpDownloadStream(await body.ReadAsStreamAsync(cancellationToken), download.MaxBytes);
        var entry = await store.WriteAsync(context.Execution.WorkspaceId, FilePath.Parse(download.Path), stream, new WriteCondition(!download.Overwrite, null), cancellationToken);
        Log(FileEventTypes.Written, entry);
        return entry;
    }

    private void Log(string type, FileEntry entry) =>
        context.AddEvent(type, "completed", JsonSerializer.SerializeToElement(new HttpFileEvent(entry.Path, entry.Size), HttpJson.Default.HttpFileEvent));

    private sealed class FileContent(FileStore store, Guid workspaceId, FileEntry entry) : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = entry.Size;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var file = await store.OpenAsync(workspaceId, FilePath.Parse(entry.Path), cancellationToken);
            if (file.Entry.Size != entry.Size)
                throw new FileStoreException(FileErrorCodes.Changed, $"The file '{entry.Path}' was changed while it was about to be sent.", retryable: true);
            var buffer = new byte[64 * 1024];
            for (var left = entry.Size; left > 0;)
            {
                int read;
                try
                {
                    read = await file.Content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                }
                catch (Exception e) when (e is IOException or HttpRequestException)
                {
                    throw Broken(e);
                }
                if (read == 0)
                    throw Broken(null);
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }
        }

        private FileStoreException Broken(Exception? e) => new(FileErrorCodes.Unavailable, $"Reading the file '{entry.Path}' broke off.", retryable: true, e);
    }
}

/// <summary>The context of an event about a file.</summary>
internal sealed record HttpFileEvent(string Path, long Size);

/// <summary>What became of an answer's body.</summary>
/// <param name="Path">The file.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ContentType">The media type that its name tells.</param>
internal sealed record HttpSavedFile(string Path, long Size, string ContentType)
{
    /// <summary>Changes with the content.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Etag { get; init; }
}
