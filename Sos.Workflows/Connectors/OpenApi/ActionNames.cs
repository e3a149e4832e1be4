using System.Globalization;
using System.Text;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Gives operations names that actions may have, each its own.</summary>
internal sealed class ActionNames
{
    private const int MaxLength = 128;

    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>The operation's id with what is not allowed replaced (<c>repos/get</c> becomes <c>repos.get</c>); without one, method and path.</summary>
    public string For(string? operationId, string method, string path)
    {
        var name = Safe(string.IsNullOrWhiteSpace(operationId) ? $"{method.ToLowerInvariant()}{path}" : operationId);
        var unique = name;
        for (var n = 2; !taken.Add(unique); n++)
        {
            var suffix = string.Create(CultureInfo.InvariantCulture, $"-{n}");
            unique = name[..Math.Min(name.Length, MaxLength - suffix.Length)] + suffix;
        }
        return unique;
    }

    private static string Safe(string text)
    {
        var name = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            var safe = char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : c == '/' ? '.' : c is '{' or '}' ? '\0' : '-';
            // One separator after another says no more than one.
            if (safe != '\0' && !(safe is '.' or '-' && (name.Length == 0 || name[^1] is '.' or '-')))
                name.Append(safe);
        }
        while (name.Length > 0 && name[^1] is '.' or '-')
            name.Length--;
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]))
            name.Insert(0, "op-");
        return name.ToString(0, Math.Min(name.Length, MaxLength));
    }
}
