using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sos.Executors.Files;

/// <summary>
/// A path of a workspace's file: names divided by <c>/</c>, relative to the workspace's root. What some system would
/// take for a way out or for something else than a file is no path at all, on every system alike, so that files can
/// move between stores.
/// </summary>
public sealed record FilePath
{
    /// <summary>The longest path, in bytes of UTF-8; leaves room for a prefix in S3's 1,024.</summary>
    public const int MaxBytes = 800;

    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 200;

    /// <summary>The most names in a path.</summary>
    public const int MaxDepth = 32;

    // Windows refuses these; a colon also opens an alternate data stream there.
    private static readonly SearchValues<char> Refused = SearchValues.Create("\\:*?\"<>|");

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private FilePath(string text, string[] names) => (Text, Names) = (text, names);

    /// <summary>The whole path.</summary>
    public string Text { get; }

    /// <summary>The folders' names and the file's.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The last name.</summary>
    public string Name => Names[^1];

    /// <summary>Reads a path.</summary>
    /// <exception cref="FileStoreException"><c>path_not_allowed</c>: it is none; the message says why.</exception>
    public static FilePath Parse(string? text) =>
        TryParse(text, out var path, out var problem) ? path : throw new FileStoreException(FileErrorCodes.PathNotAllowed, problem);

    /// <summary>Reads a path.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The path.</param>
    /// <param name="problem">Why it is none: a sentence.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out FilePath? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        problem = Problem(text);
        if (problem is null)
            path = new FilePath(text!, text!.Split('/'));
        return path is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public bool Equals(FilePath? other) => Text == other?.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private static string? Problem(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "A path is empty; it should be like 'reports/2026.csv'.";
        if (text.Length > MaxBytes || !TryCountBytes(text, out var bytes) || bytes > MaxBytes)
            return $"A path has more than {MaxBytes} bytes of UTF-8, or half characters.";
        if (text[0] == '/')
            return $"The path '{Shown(text)}' begins with '/'; paths are relative to the workspace's files.";
        var names = text.Split('/');
        return names.Length > MaxDepth
            ? $"The path '{Shown(text)}' has more than {MaxDepth} names."
            : names.Select(name => NameProblem(name, text)).FirstOrDefault(problem => problem is not null);
    }

    private static string? NameProblem(string name, string path)
    {
        if (name.Length == 0)
            return $"The path '{Shown(path)}' has an empty name; names are divided by one '/'.";
        if (name is "." or "..")
            return $"The path '{Shown(path)}' contains '{name}'; it can't lead out of the workspace's files.";
        if (name.Any(IsUnseen))
            return $"The path '{Shown(path)}' contains a control character.";
        var refused = name.AsSpan().IndexOfAny(Refused);
        if (refused >= 0)
            return $"The path '{Shown(path)}' contains '{name[refused]}', which is not allowed in names.";
        if (name[^1] is '.' or ' ' || name[0] == ' ')
            return $"The name '{Shown(name)}' begins or ends with a space, or ends with a dot.";
        if (StrictUtf8.GetByteCount(name) > MaxNameBytes)
            return $"The name '{Shown(name)}' has more than {MaxNameBytes} bytes of UTF-8.";
        return IsDevice(name) ? $"The name '{Shown(name)}' is a device's on Windows." : null;
    }

    // Control characters, and those that make a name look like another by turning its direction.
    private static bool IsUnseen(char c) => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029' or '\uFEFF';

    // learn.microsoft.com/windows/win32/fileio/naming-a-file: with any extension, and with superscript digits.
    private static bool IsDevice(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var stem = (dot < 0 ? name : name[..dot]).TrimEnd(' ').ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" or "CLOCK$"
            || (stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal))
                && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³');
    }

    private static bool TryCountBytes(string text, out int bytes)
    {
        bytes = 0;
        try
        {
            bytes = StrictUtf8.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static string Shown(string text)
    {
        var shown = string.Concat(text.Select(c => IsUnseen(c) ? '\uFFFD' : c));
        return shown.Length > 100 ? shown[..100] + "…" : shown;
    }
}
