using System.Buffers;
using System.Net.Http.Headers;
using Sos.Executors.Files;

namespace Sos.Api.Files;

/// <summary>Sends a file so that no browser shows it as a page of this site: whoever wrote it may be anybody.</summary>
internal static class FileDownload
{
    private const int BufferBytes = 64 * 1024;

    // What no browser runs. Everything else, HTML and SVG above all, goes as bytes.
    private static readonly HashSet<string> Harmless =
    [
        "text/plain", "text/csv", "text/tab-separated-values", "text/markdown", "application/json", "image/png", "image/jpeg", "image/gif", "image/webp",
    ];

    /// <summary>Writes the headers and the content.</summary>
    public static async Task SendAsync(HttpResponse response, FilePath path, OpenedFile file, CancellationToken cancellationToken)
    {
        response.ContentType = Harmless.Contains(file.Entry.ContentType) ? file.Entry.ContentType : FileContentTypes.Unknown;
        response.ContentLength = file.Entry.Size;
        response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = path.Name }.ToString();
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        if (file.Entry.ETag is { } etag)
            response.Headers.ETag = $"\"{etag}\"";
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            // What is appended meanwhile is beyond the length that was promised.
            for (var left = file.Entry.Size; left > 0;)
            {
                var read = await file.Content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, BufferBytes)), cancellationToken);
                if (read == 0)
                    throw new EndOfStreamException($"The file '{path}' ended before its length.");
                await response.Body.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
