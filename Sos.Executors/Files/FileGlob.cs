using System.Text;
using System.Text.RegularExpressions;

namespace Sos.Executors.Files;

/// <summary>
/// A pattern for paths: <c>*</c> is any part of a name, <c>?</c> one character of it, <c>**</c> any number of folders.
/// Matching takes time in proportion to the path, whatever the pattern.
/// </summary>
public sealed class FileGlob
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxLength = 200;

    private readonly Regex regex;

    private FileGlob(string text, Regex regex) => (Text, this.regex) = (text, regex);

    /// <summary>The pattern.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FileStoreException"><c>path_not_allowed</c>: it is empty or too long.</exception>
    public static FileGlob Parse(string text)
    {
        if (text.Length is 0 or > MaxLength)
            throw new FileStoreException(FileErrorCodes.PathNotAllowed, $"A pattern such as '**/*.csv' has 1 to {MaxLength} characters.");
        var pattern = new StringBuilder("^");
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = text[i] == '*' && i + 1 < text.Length && text[i + 1] == '*';
            if (isPair && i + 2 < text.Length && text[i + 2] == '/')
            {
                pattern.Append("(?:.*/)?");
                i += 2;
            }
            else if (isPair)
            {
                pattern.Append(".*");
                i++;
            }
            else
            {
                pattern.Append(text[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }
        return new FileGlob(text, new Regex(pattern.Append("\\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline));
    }

    /// <summary>Whether the whole text fits the pattern.</summary>
    public bool IsMatch(string path) => regex.IsMatch(path);
}
