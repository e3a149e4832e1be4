namespace Sos.Executors.Rag.Reading;

/// <summary>
/// Looks how deeply HTML is nested without building its tree, because building a tree of a hundred thousand levels
/// takes minutes.
/// </summary>
internal static class HtmlDepth
{
    /// <summary>Whether more elements are open at once than allowed; one that is never closed counts to the end.</summary>
    public static bool Exceeds(string html, int limit)
    {
        var depth = 0;
        for (var at = html.IndexOf('<'); at >= 0 && at + 1 < html.Length; at = at < html.Length ? html.IndexOf('<', at) : -1)
        {
            if (html.AsSpan(at).StartsWith("<!--"))
            {
                at = After(html, at + 4, "-->");
            }
            else if (html[at + 1] == '/')
            {
                depth = Math.Max(0, depth - 1);
                at += 2;
            }
            else if (char.IsAsciiLetter(html[at + 1]))
            {
                var name = Name(html, at + 1);
                if (IsRaw(name))
                    at = After(html, at + 1, $"</{name}");
                else if (!EndsByItself(name) && ++depth > limit)
                    return true;
                else
                    at++;
            }
            else
            {
                at++;
            }
        }
        return false;
    }

    private static int After(string html, int from, string end)
    {
        var at = html.IndexOf(end, from, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? html.Length : at + end.Length;
    }

    private static string Name(string html, int start)
    {
        var end = start;
        while (end < html.Length && end - start < 16 && char.IsAsciiLetterOrDigit(html[end]))
            end++;
        return html[start..end].ToLowerInvariant();
    }

    /// <summary>Elements whose content is no markup.</summary>
    private static bool IsRaw(string name) => name is "script" or "style" or "textarea" or "title" or "xmp" or "noembed";

    /// <summary>Void elements, and those whose end tag may be left out because what follows ends them.</summary>
    private static bool EndsByItself(string name) => name
        is "area" or "base" or "br" or "col" or "embed" or "hr" or "img" or "input" or "link" or "meta" or "param" or "source" or "track" or "wbr"
        or "p" or "li" or "dt" or "dd" or "tr" or "td" or "th" or "option" or "optgroup" or "thead" or "tbody" or "tfoot" or "colgroup" or "html" or "head" or "body";
}
