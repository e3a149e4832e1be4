namespace Sos.Executors.Files.Local;

/// <summary>Walks the files below a folder in the order of their paths' UTF-8 bytes, which is S3's.</summary>
internal static class FolderWalk
{
    /// <summary>The files below a folder.</summary>
    /// <param name="folder">The folder; stays open while the walk goes on.</param>
    /// <param name="prefix">The folder's own path with a slash, or nothing.</param>
    /// <param name="after">Where to go on; folders that end before it are not looked into.</param>
    public static IEnumerable<FileEntry> Files(OpenFolder folder, string prefix, string? after = null)
    {
        // A folder sorts as its files do: with the slash that follows its name.
        var entries = folder.Entries()
            .Where(e => FilePath.TryParse(prefix + e.Name, out _, out _))
            .Select(e => (Entry: e, Path: prefix + e.Name + (e.IsFolder ? "/" : "")))
            .OrderBy(e => e.Path, Utf8Order.Comparer);
        foreach (var (entry, path) in entries)
        {
            if (entry.IsFolder)
            {
                if (after is not null && Utf8Order.Comparer.Compare(path, after) < 0 && !after.StartsWith(path, StringComparison.Ordinal))
                    continue;
                using var inner = Inner(folder, entry.Name);
                if (inner is null)
                    continue;
                foreach (var file in Files(inner, path, after))
                    yield return file;
            }
            else if (after is null || Utf8Order.Comparer.Compare(path, after) > 0)
            {
                yield return new FileEntry(path, entry.Size, entry.ModifiedAt);
            }
        }
    }

    // A folder that became a link since it was listed is as good as gone.
    private static OpenFolder? Inner(OpenFolder folder, string name)
    {
        try
        {
            return folder.Enter(name);
        }
        catch (LinkRefusedException)
        {
            return null;
        }
    }
}

/// <summary>Compares texts as their UTF-8 bytes compare, which for characters beyond the basic plane is not how .NET's ordinal order does.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Comparer { get; } = new();

    public int Compare(string? x, string? y)
    {
        var (a, b) = (x ?? "", y ?? "");
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            // Surrogates stand for what is beyond U+FFFF, so they come after every other unit.
            if (a[i] != b[i])
                return char.IsSurrogate(a[i]) == char.IsSurrogate(b[i]) ? a[i] - b[i] : char.IsSurrogate(a[i]) ? 1 : -1;
        }
        return a.Length - b.Length;
    }
}
