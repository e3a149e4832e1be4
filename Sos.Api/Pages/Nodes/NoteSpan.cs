using System.Text.RegularExpressions;

namespace Sos.Api.Pages.Nodes;

/// <summary>A run of a sentence that looks the same.</summary>
/// <param name="Kind">How it looks.</param>
/// <param name="Text">Its Markdown; code is plain.</param>
/// <param name="Address">Where a link leads; null where it leads nowhere on these pages.</param>
internal sealed partial record NoteSpan(NoteSpanKind Kind, string Text, string? Address = null)
{
    /// <summary>The runs of a sentence.</summary>
    public static IEnumerable<NoteSpan> Of(string markdown)
    {
        var at = 0;
        foreach (Match match in Span().Matches(markdown))
        {
            if (match.Index > at)
                yield return new NoteSpan(NoteSpanKind.Plain, markdown[at..match.Index]);
            at = match.Index + match.Length;
            yield return match switch
            {
                _ when match.Groups["code"] is { Success: true } code => new NoteSpan(NoteSpanKind.Code, code.Value),
                _ when match.Groups["strong"] is { Success: true } strong => new NoteSpan(NoteSpanKind.Strong, strong.Value),
                _ when match.Groups["emphasis"] is { Success: true } emphasis => new NoteSpan(NoteSpanKind.Emphasis, emphasis.Value),
                _ => new NoteSpan(NoteSpanKind.Link, match.Groups["link"].Value, AddressOf(match.Groups["link"].Value, match.Groups["to"].Value)),
            };
        }
        if (at < markdown.Length)
            yield return new NoteSpan(NoteSpanKind.Plain, markdown[at..]);
    }

    // Of the page's own sections, those of node types have a page here.
    private static string? AddressOf(string text, string to) =>
        to.StartsWith("https://", StringComparison.Ordinal) ? to
        : to.StartsWith('#') && text == $"`{to[1..]}`" ? "/nodes/" + to[1..]
        : null;

    [GeneratedRegex(@"`(?<code>[^`]+)`|\*\*(?<strong>.+?)\*\*|\[(?<link>[^\]]+)\]\((?<to>[^)\s]+)\)|(?<![\w*])\*(?<emphasis>[^*\s][^*]*)\*(?![\w*])", RegexOptions.CultureInvariant)]
    private static partial Regex Span();
}

/// <summary>How a run of a sentence looks.</summary>
internal enum NoteSpanKind
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>Code.</summary>
    Code,

    /// <summary>Bold.</summary>
    Strong,

    /// <summary>Slanted.</summary>
    Emphasis,

    /// <summary>A link.</summary>
    Link,
}
