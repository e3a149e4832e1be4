using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Sos.Executors.Rag.Reading;

/// <summary>HTML: what a reader would see of it, in blocks. Scripts, navigation and what is hidden are left out.</summary>
internal static class HtmlText
{
    // The parser's own cost grows with the depth, and nothing readable is nested like this.
    private const int MaxDepth = 256;

    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        "script", "style", "noscript", "template", "nav", "head", "svg", "math", "iframe", "object", "canvas", "audio", "video", "button", "select", "input", "textarea", "datalist", "dialog",
    };

    private static readonly HashSet<string> Containers = new(StringComparer.Ordinal)
    {
        "p", "div", "section", "article", "main", "aside", "header", "footer", "body", "html", "blockquote", "figure", "figcaption", "address", "details", "summary", "form",
        "fieldset", "dl", "dt", "dd", "hr",
    };

    private static readonly HashSet<string> LineBlocks = new(StringComparer.Ordinal) { "ul", "ol", "table", "pre", "menu" };

    private static readonly HashSet<string> NewLines = new(StringComparer.Ordinal) { "br", "li", "tr", "caption" };

    public static DocumentText Read(string html, CancellationToken cancellationToken)
    {
        if (HtmlDepth.Exceeds(html, MaxDepth))
            throw new DocumentRefusedException("document_too_deep", $"The HTML opens more than {MaxDepth} elements inside one another, or does not close them.");
        var parser = new HtmlParser(new HtmlParserOptions { IsScripting = false });
        using var document = parser.ParseDocument(html);
        cancellationToken.ThrowIfCancellationRequested();
        var writer = new BlockWriter();
        Walk(document.DocumentElement, writer, cancellationToken);
        var title = HeadingPath.Shorten(document.Title ?? "");
        return writer.Finish(title.Length > 0 ? title : null);
    }

    private static void Walk(INode? root, BlockWriter writer, CancellationToken cancellationToken)
    {
        if (root is null)
            return;
        // No recursion, so that no document decides how much stack is used.
        var ways = new Stack<(INode Node, bool IsEnd)>();
        ways.Push((root, false));
        var steps = 0;
        while (ways.TryPop(out var step))
        {
            if ((++steps & 0xFFF) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (step.Node is IText text)
            {
                writer.Text(text.Data);
                continue;
            }
            if (step.Node is not IElement element)
                continue;
            var name = element.LocalName;
            if (step.IsEnd)
            {
                Close(name, writer);
                continue;
            }
            if (Skipped.Contains(name) || IsHidden(element))
                continue;
            Open(name, writer);
            ways.Push((element, true));
            // By index: a node looks for its sibling from the beginning.
            var children = element.ChildNodes;
            for (var i = children.Length - 1; i >= 0; i--)
                ways.Push((children[i], false));
        }
    }

    private static void Open(string name, BlockWriter writer)
    {
        if (name is ['h', >= '1' and <= '6'])
            writer.OpenHeading(name[1] - '0');
        else if (LineBlocks.Contains(name))
            writer.OpenLines(verbatim: name == "pre");
        else if (Containers.Contains(name))
            writer.Break();
        else if (NewLines.Contains(name))
            writer.NewLine(name == "li" ? "- " : "");
        else if (name is "td" or "th")
            writer.NextCell();
        else if (name == "img")
            writer.Text(" ");
    }

    private static void Close(string name, BlockWriter writer)
    {
        if (name is ['h', >= '1' and <= '6'])
            writer.CloseHeading();
        else if (LineBlocks.Contains(name))
            writer.CloseLines();
        else if (Containers.Contains(name))
            writer.Break();
    }

    private static bool IsHidden(IElement element)
    {
        if (element.HasAttribute("hidden") || element.GetAttribute("aria-hidden") is { } aria && aria.Equals("true", StringComparison.OrdinalIgnoreCase) || element.GetAttribute("role") is "navigation")
            return true;
        if (element.GetAttribute("style") is not { Length: > 0 } style)
            return false;
        var compact = new StringBuilder(style.Length);
        foreach (var c in style)
        {
            if (!char.IsWhiteSpace(c))
                compact.Append(char.ToLowerInvariant(c));
        }
        var rules = compact.ToString();
        return rules.Contains("display:none", StringComparison.Ordinal) || rules.Contains("visibility:hidden", StringComparison.Ordinal);
    }
}
