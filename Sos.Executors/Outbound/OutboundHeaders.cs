using System.Buffers;

namespace Sos.Executors.Outbound;

/// <summary>Which headers a workflow may send (RFC 9110 §5).</summary>
internal static class OutboundHeaders
{
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // What belongs to the connection and the framing; a caller that could set these could smuggle a second request.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade",
    };

    private static readonly HashSet<string> AboutContent = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-MD5", "Content-Range",
        "Content-Type", "Expires", "Last-Modified",
    };

    /// <summary>Who calls, unless a workflow says something else: the value of <c>User-Agent</c>.</summary>
    public static string UserAgent { get; } = $"SOS/{typeof(OutboundHeaders).Assembly.GetName().Version?.ToString(2)}";

    /// <summary>The longest value, in characters.</summary>
    public const int MaxValueLength = 16 * 1024;

    /// <summary>Whether the header describes the body, and so goes only with one.</summary>
    public static bool IsAboutContent(string name) => AboutContent.Contains(name);

    /// <summary>What is wrong with a header's name; null if nothing.</summary>
    public static string? NameProblem(string name)
    {
        if (name.Length is 0 or > 256 || name.AsSpan().ContainsAnyExcept(Token))
            return $"'{Printable(name)}' is not a header name: use letters, digits and hyphens.";
        return Own.Contains(name) ? $"The header '{name}' is set by SOS itself; remove it." : null;
    }

    /// <summary>What is wrong with a header's value; null if nothing. The text does not repeat the value, which may be a secret.</summary>
    public static string? ValueProblem(string name, string value)
    {
        if (value.Length > MaxValueLength)
            return $"The value of the header '{name}' has {value.Length} characters; at most {MaxValueLength} are sent.";
        return value.AsSpan().ContainsAnyExceptInRange(' ', '~') && value.Any(c => c is not ('\t' or (>= ' ' and <= '~')))
            ? $"The value of the header '{name}' has a line break, a control character or a character that is not ASCII; encode it first."
            : null;
    }

    private static string Printable(string name) =>
        string.Concat(name.Take(64).Select(c => char.IsControl(c) ? '?' : c));
}
