using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sos.Executors.Outbound;

/// <summary>URLs that workflows may call.</summary>
internal static class OutboundUrl
{
    /// <summary>The longest URL, in characters.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Reads a URL; <paramref name="problem"/> is a sentence that says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        text = text.Trim();
        if (text.Length == 0)
            problem = "The URL is empty.";
        else if (text.Length > MaxLength)
            problem = $"The URL has {text.Length} characters; at most {MaxLength} are sent.";
        else if (text.Any(char.IsControl))
            problem = "The URL has a line break or another control character.";
        else if (!text.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(text, UriKind.Absolute, out url))
            problem = $"'{Shown(text)}' is not an absolute URL such as https://api.example.com/items.";
        else
            problem = Problem(url);
        return problem is null;
    }

    /// <summary>What is wrong with an absolute URL; null if nothing.</summary>
    public static string? Problem(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            return $"The URL's scheme is '{url.Scheme}'; only http and https are called.";
        if (url.UserInfo.Length > 0)
            return "The URL holds a user name or password; put them into the config's auth instead.";
        return url.Host.Length == 0 ? "The URL has no host." : null;
    }

    /// <summary>The URL for outputs and messages: without user information and fragment, and with <c>***</c> for credentials in the query.</summary>
    public static string WithoutCredentials(Uri url, IReadOnlySet<string>? secretParameters = null)
    {
        var shown = new StringBuilder(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
        var separator = '?';
        foreach (var part in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = part.Split('=', 2)[0];
            var plain = Uri.UnescapeDataString(name);
            var secret = SensitiveNames.Contains(plain) || secretParameters?.Contains(plain) == true;
            shown.Append(separator).Append(secret ? name + "=***" : part);
            separator = '&';
        }
        return shown.ToString();
    }

    /// <summary>The URL for sentences: scheme, host, port and path.</summary>
    public static string Short(Uri url) =>
        Shown(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));

    // Only the part before a query or user information, and not too much of it.
    private static string Shown(string text)
    {
        var end = text.AsSpan().IndexOfAny('?', '#', '@');
        text = end < 0 ? text : text[..end] + "…";
        return text.Length <= 200 ? text : text[..200] + "…";
    }
}
