using System.Buffers;
using System.Security.Cryptography;

namespace Sos.Executors.Files.Local;

/// <summary>A file that is being written aside; it goes when it is disposed before it was moved to its place.</summary>
internal sealed class Spool : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly OpenFolder folder;
    private readonly string name;
    private bool moved;

    private Spool(OpenFolder folder, string name) => (this.folder, this.name) = (folder, name);

    /// <summary>Its length in bytes.</summary>
    public long Size { get; private set; }

    /// <summary>Its SHA-256 in hexadecimal.</summary>
    public string Hash { get; private set; } = "";

    /// <summary>Writes a stream's content; returns when it is on the disk.</summary>
    /// <returns>Null if it has more than <paramref name="maxBytes"/>.</returns>
    public static async Task<Spool?> WriteAsync(OpenFolder folder, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        var spool = new Spool(folder, Guid.NewGuid().ToString("N"));
        try
        {
            if (await spool.CopyAsync(content, maxBytes, cancellationToken))
                return spool;
            spool.Dispose();
            return null;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Moves it to its place.</summary>
    public void MoveTo(OpenFolder target, string targetName, bool overwrite)
    {
        folder.Move(name, target, targetName, overwrite);
        moved = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!moved)
            folder.DeleteFile(name);
    }

    private async Task<bool> CopyAsync(Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using var file = folder.CreateFile(name);
            for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                Size += read;
                if (Size > maxBytes)
                    return false;
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            file.Flush(flushToDisk: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        Hash = Convert.ToHexStringLower(hash.GetHashAndReset());
        return true;
    }
}
