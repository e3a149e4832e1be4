using System.Diagnostics;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Sos.Executors.Rag.Reading;

/// <summary>
/// Watches the tree while it is built, since only the parser knows what a tag comes to: which end tags count, and which
/// elements it repeats by itself. Its cost grows faster than the text with the depth and with what is out of place.
/// </summary>
internal sealed class HtmlBounds(IElementFactory<Document, HtmlElement> inner, CancellationToken cancellationToken) : IElementFactory<Document, HtmlElement>
{
    // Nothing readable is nested like this.
    internal const int MaxDepth = 256;
    internal const int MaxElements = 500_000;
    private const int MaxMisplaced = 5_000;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    private readonly long started = Stopwatch.GetTimestamp();
    private INode? last;
    private int elements;
    private int misplaced;
    private int tokens;

    /// <summary>A parser that stops with a <see cref="DocumentRefusedException"/> at a bound, or when it is cancelled.</summary>
    public static HtmlParser NewParser(CancellationToken cancellationToken)
    {
        var services = Configuration.Default.Services.ToList();
        var bounds = new HtmlBounds(services.OfType<IElementFactory<Document, HtmlElement>>().Single(), cancellationToken);
        services.RemoveAll(s => s is IElementFactory<Document, HtmlElement>);
        services.Add(bounds);
        return new HtmlParser(
            new HtmlParserOptions { IsScripting = false, OnToken = (_, _) => bounds.Read(), OnCreated = (element, _) => bounds.Add(element) },
            BrowsingContext.New(new Configuration(services)));
    }

    /// <inheritdoc/>
    public HtmlElement Create(Document document, string localName, string? prefix = null, NodeFlags flags = NodeFlags.None)
    {
        // Also the copies of formatting elements that the parser puts into every paragraph.
        var element = inner.Create(document, localName, prefix, flags);
        Add(element);
        return element;
    }

    private void Add(INode element)
    {
        if (ReferenceEquals(element, last))
            return;
        // The one before has its place by now.
        var depth = 0;
        for (var node = last; node is not null; node = node.Parent)
        {
            if (++depth > MaxDepth)
                throw new DocumentRefusedException("document_too_deep", $"The HTML opens more than {MaxDepth} elements inside one another, or does not close them.");
        }
        if (last?.Parent is { } parent && !ReferenceEquals(parent.LastChild, last) && ++misplaced > MaxMisplaced)
            throw new DocumentRefusedException("document_too_large", $"More than {MaxMisplaced:N0} elements of the HTML are in tables, but in no cell. Mend it.");
        if (++elements > MaxElements)
            throw new DocumentRefusedException("document_too_large", $"The HTML comes to more than {MaxElements:N0} elements. Close its formatting elements, or split it.");
        if ((elements & 0xFF) == 0)
            CheckTime();
        last = element;
    }

    private void Read()
    {
        if ((++tokens & 0xFF) == 0)
            CheckTime();
    }

    private void CheckTime()
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Stopwatch.GetElapsedTime(started) > MaxTime)
            throw new DocumentRefusedException("document_too_large", $"Reading the HTML takes more than {MaxTime.TotalSeconds:N0} s. Split it.");
    }
}
