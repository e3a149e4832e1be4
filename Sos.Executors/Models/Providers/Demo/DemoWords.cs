using System.Globalization;
using System.Text.RegularExpressions;

namespace Sos.Executors.Models.Providers.Demo;

/// <summary>What is in a text that may serve as a value: numbers, addresses, quoted words.</summary>
internal sealed partial class DemoWords(string text)
{
    // A model would not read a book for a single argument either.
    private const int MaxLength = 2_000;

    private readonly string text = text.Length > MaxLength ? text[..MaxLength] : text;

    /// <summary>The text, trimmed.</summary>
    public string All => text.Trim();

    /// <summary>The numbers in the text, in their order.</summary>
    public IReadOnlyList<decimal> Numbers { get; } =
        [.. Number().Matches(text).Select(m => decimal.TryParse(m.Value, NumberStyles.Number, CultureInfo.InvariantCulture, out var n) ? n : (decimal?)null).OfType<decimal>()];

    /// <summary>The first URL, or null.</summary>
    public string? Url => First(UrlShape())?.TrimEnd('.', ',', ';', ':', '!', '?');

    /// <summary>The first e-mail address, or null.</summary>
    public string? Email => First(EmailShape());

    /// <summary>The first thing that looks like a path, or null.</summary>
    public string? Path => First(PathShape());

    /// <summary>The first text in quotes, or null.</summary>
    public string? Quoted => Quotes().Match(text) is { Success: true } m ? m.Groups.Values.Skip(1).First(g => g.Success).Value : null;

    /// <summary>Whether a word stands in the text, in whatever case.</summary>
    public bool Has(string word) => word.Length > 0 && text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private string? First(Regex shape) => shape.Match(text) is { Success: true } m ? m.Value : null;

    [GeneratedRegex(@"(?<![\w.])-?\d{1,15}(\.\d{1,10})?(?![\w])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"https?://[^\s""'<>)\]]{1,500}", RegexOptions.CultureInvariant)]
    private static partial Regex UrlShape();

    [GeneratedRegex(@"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}", RegexOptions.CultureInvariant)]
    private static partial Regex EmailShape();

    [GeneratedRegex(@"(?<![\w/:])(/[\w.-]{1,100}){1,20}|\b[\w-]{1,100}\.[a-z]{1,5}\b", RegexOptions.CultureInvariant)]
    private static partial Regex PathShape();

    [GeneratedRegex("\"([^\"]{1,300})\"|“([^”]{1,300})”|'([^']{1,300})'", RegexOptions.CultureInvariant)]
    private static partial Regex Quotes();
}
