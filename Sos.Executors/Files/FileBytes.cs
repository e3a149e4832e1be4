namespace Sos.Executors.Files;

/// <summary>Reads small files whole.</summary>
internal static class FileBytes
{
    /// <summary>Reads a file's bytes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="maxBytes">The most that are read.</param>
    /// <param name="limit">What the limit is called, for the message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FileStoreException"><c>file_too_large</c>, or <c>files_unavailable</c> if the storage breaks off.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(OpenedFile file, int maxBytes, string limit, CancellationToken cancellationToken)
    {
        if (file.Entry.Size > maxBytes)
            throw new FileStoreException(FileErrorCodes.TooLarge, $"The file '{file.Entry.Path}' has {file.Entry.Size} bytes; at most {maxBytes} are read ({limit}).");
        // What is appended meanwhile is no part of the file that was opened.
        var bytes = new byte[file.Entry.Size];
        int read;
        try
        {
            read = await file.Content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new FileStoreException(FileErrorCodes.Unavailable, $"Reading the file '{file.Entry.Path}' broke off.", retryable: true, e);
        }
        return read == bytes.Length ? bytes : throw new FileStoreException(FileErrorCodes.Unavailable, $"Reading the file '{file.Entry.Path}' broke off.", retryable: true);
    }
}
