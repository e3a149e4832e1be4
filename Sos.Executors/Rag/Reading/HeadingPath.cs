namespace Sos.Executors.Rag.Reading;

/// <summary>The headings that a place stands under, outermost first.</summary>
internal sealed class HeadingPath
{
    private const int MaxLength = 200;

    private readonly List<(int Level, string Name)> open = [];

    /// <summary>The names.</summary>
    public string[] Names => [.. open.Select(h => h.Name)];

    /// <summary>Goes on under a new heading.</summary>
    public void Enter(int level, string name)
    {
        open.RemoveAll(h => h.Level >= level);
        open.Add((level, name));
    }

    /// <summary>A heading on one line and of bounded length.</summary>
    public static string Shorten(string name)
    {
        var line = string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= MaxLength)
            return line;
        var cut = char.IsHighSurrogate(line[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return line[..cut];
    }
}
