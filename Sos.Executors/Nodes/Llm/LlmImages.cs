using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Files;
using Sos.Executors.Models.Content;

namespace Sos.Executors.Nodes.Llm;

/// <summary>Reads the images of an <c>llm</c> config: URLs, data URLs, base64, and files of the workspace.</summary>
internal static class LlmImages
{
    private const int MaxImages = 20;
    private const int MaxImageBytes = RemoteImages.MaxBytes;
    private const string Expected = "an image is an http or https URL, a data URL, an object {\"data\": base64, \"mediaType\": \"image/png\"}, or {\"file\": \"path\"}.";

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp",
    };

    /// <summary>Reads images; null values are left out.</summary>
    /// <exception cref="LlmImageException">One can't be used.</exception>
    /// <exception cref="FileStoreException">A file can't be read.</exception>
    public static async Task<IReadOnlyList<AIContent>> ReadAsync(IReadOnlyList<JsonElement>? images, Guid workspaceId, FileStore store, CancellationToken cancellationToken)
    {
        if (images is { Count: > MaxImages })
            throw new LlmImageException($"there are {images.Count} images; at most {MaxImages} can be sent.");
        var contents = new List<AIContent>();
        foreach (var image in images ?? [])
        {
            switch (image.ValueKind)
            {
                case JsonValueKind.Null:
                    break;
                case JsonValueKind.Object when image.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.String:
                    contents.Add(await FileAsync(FilePath.Parse(file.GetString()), workspaceId, store, cancellationToken));
                    break;
                case JsonValueKind.Object when image.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.String
                    && image.TryGetProperty("mediaType", out var type) && type.ValueKind == JsonValueKind.String:
                    contents.Add(Data(data, type.GetString()!));
                    break;
                case JsonValueKind.String when Uri.TryCreate(image.GetString(), UriKind.Absolute, out var url):
                    contents.Add(Url(url));
                    break;
                default:
                    throw new LlmImageException(Expected);
            }
        }
        return contents;
    }

    private static async Task<DataContent> FileAsync(FilePath path, Guid workspaceId, FileStore store, CancellationToken cancellationToken)
    {
        await using var file = await store.OpenAsync(workspaceId, path, cancellationToken);
        var bytes = await FileBytes.ReadAsync(file, MaxImageBytes, "for an image", cancellationToken);
        // What the bytes are, not what the name says: providers look at the bytes, too.
        var type = TypeOf(bytes.Span) ?? throw new LlmImageException($"the file '{path}' is no image in PNG, JPEG, GIF or WebP.");
        return new DataContent(bytes, type);
    }

    private static string? TypeOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
            return "image/png";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "image/jpeg";
        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8))
            return "image/gif";
        return bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) ? "image/webp" : null;
    }

    private static AIContent Url(Uri url)
    {
        if (url.Scheme == "data")
            return DataUrl(url);
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw new LlmImageException(Expected);
        // Whoever fetches it looks for itself; the SDKs only want to know that it is an image.
        return new UriContent(url, Types.GetValueOrDefault(Path.GetExtension(url.AbsolutePath), "image/jpeg"));
    }

    private static DataContent DataUrl(Uri url)
    {
        try
        {
            var content = new DataContent(url);
            return content.HasTopLevelMediaType("image") && content.Data.Length <= MaxImageBytes
                ? content
                : throw new LlmImageException($"a data URL holds something other than an image of at most {MaxImageBytes} bytes.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new LlmImageException("the data URL of an image can't be read; it should be data:image/png;base64,… .");
        }
    }

    private static DataContent Data(JsonElement data, string mediaType)
    {
        if (!mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
            throw new LlmImageException(Expected);
        if (!data.TryGetBytesFromBase64(out var bytes))
            throw new LlmImageException("the data of an image is not base64.");
        return bytes.Length <= MaxImageBytes ? new DataContent(bytes, mediaType) : throw new LlmImageException($"an image has {bytes.Length} bytes; at most {MaxImageBytes} can be sent.");
    }
}

/// <summary>An image can't be used.</summary>
/// <param name="message">Why: the rest of a sentence.</param>
internal sealed class LlmImageException(string message) : Exception(message);
