using Sos.Executors.Files;

namespace Sos.Api.Files;

/// <summary>A file of the workspace, without its content.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ModifiedAt">When it was last written.</param>
/// <param name="ContentType">The media type that its name tells.</param>
public sealed record FileAnswer(string Path, long Size, DateTimeOffset ModifiedAt, string ContentType)
{
    internal static FileAnswer Of(FileEntry entry) => new(entry.Path, entry.Size, entry.ModifiedAt, entry.ContentType);
}
