using System.Security.Cryptography;

namespace Sos.Executors.Files.S3;

/// <summary>
/// What is to be uploaded: its length and hash are sent before it, so it is kept in a temporary file until they are
/// known. The file goes when it is closed.
/// </summary>
internal sealed class S3Spool : IAsyncDisposable
{
    private readonly FileStream file;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[64 * 1024];

    public S3Spool() => file = new FileStream(
        Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
        Options());

    /// <summary>How much it holds, in bytes.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a stream's content.</summary>
    /// <returns>False if it would hold more than <paramref name="maxBytes"/>.</returns>
    public async Task<bool> AddAsync(Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            Size += read;
            if (Size > maxBytes)
                return false;
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        return true;
    }

    /// <summary>The content from the start, and its SHA-256 in hexadecimal.</summary>
    public (HttpContent Content, string Hash) Finish()
    {
        file.Position = 0;
        var content = new StreamContent(file);
        content.Headers.ContentLength = Size;
        return (content, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        hash.Dispose();
        await file.DisposeAsync();
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
