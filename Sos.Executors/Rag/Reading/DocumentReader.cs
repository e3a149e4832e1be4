using System.Text;
using Sos.Workflows.Json;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Reading;

/// <summary>Reads documents by their media type or, where that says nothing, by their name.</summary>
internal static class DocumentReader
{
    /// <summary>What can be read, for messages.</summary>
    public const string Formats = "plain text, Markdown, HTML and CSV";

    /// <summary>Reads a document.</summary>
    /// <exception cref="DocumentRefusedException">It is too large, of no format that is read, or has no text.</exception>
    public static DocumentText Read(ReadOnlySpan<byte> content, string contentType, string source, CancellationToken cancellationToken)
    {
        if (content.Length > RagLimits.DocumentBytes)
            throw new DocumentRefusedException("document_too_large", $"The document has {content.Length:N0} bytes; at most {RagLimits.DocumentBytes:N0} are taken. Split it.");
        var format = FormatOf(contentType, source)
            ?? throw new DocumentRefusedException("unsupported_document", $"Documents of the type '{contentType}' can't be read, only {Formats}. Convert it, or name the right content type.");
        var text = Decode(content, contentType);
        var read = format switch
        {
            DocumentFormat.Markdown => MarkdownText.Read(text),
            DocumentFormat.Html => HtmlText.Read(text, cancellationToken),
            DocumentFormat.Csv => CsvText.Read(text, IsTabbed(contentType, source), cancellationToken),
            _ => PlainText.Read(text),
        };
        return read.Blocks.Count > 0 ? read : throw new DocumentRefusedException("empty_document", "The document has no text.");
    }

    internal static DocumentFormat? FormatOf(string contentType, string source)
    {
        switch (MediaType(contentType))
        {
            case "text/markdown" or "text/x-markdown": return DocumentFormat.Markdown;
            case "text/html" or "application/xhtml+xml": return DocumentFormat.Html;
            case "text/csv" or "application/csv" or "text/tab-separated-values": return DocumentFormat.Csv;
            case "" or "text/plain" or "application/octet-stream" or "application/x-www-form-urlencoded": break;
            case var type when type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" or "application/xml" or "application/yaml" || type.EndsWith("+json", StringComparison.Ordinal) || type.EndsWith("+xml", StringComparison.Ordinal):
                return DocumentFormat.Plain;
            default: return null;
        }
        // Clients that know nothing better say text/plain or octet-stream.
        return Extension(source) switch
        {
            ".md" or ".markdown" => DocumentFormat.Markdown,
            ".html" or ".htm" or ".xhtml" => DocumentFormat.Html,
            ".csv" or ".tsv" => DocumentFormat.Csv,
            ".pdf" or ".docx" or ".xlsx" or ".pptx" or ".zip" or ".png" or ".jpg" => null,
            _ => DocumentFormat.Plain,
        };
    }

    private static bool IsTabbed(string contentType, string source) =>
        MediaType(contentType) == "text/tab-separated-values" || Extension(source) == ".tsv";

    private static string MediaType(string contentType)
    {
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? contentType : contentType[..end]).Trim().ToLowerInvariant();
    }

    private static string Extension(string source)
    {
        var end = source.AsSpan().IndexOfAny('?', '#');
        return Path.GetExtension(end < 0 ? source : source[..end]).ToLowerInvariant();
    }

    /// <summary>
    /// UTF-8, unless a byte order mark or the media type's charset says otherwise. What is no text in it, and what
    /// PostgreSQL can't store, becomes U+FFFD.
    /// </summary>
    private static string Decode(ReadOnlySpan<byte> content, string contentType)
    {
        var (encoding, skip) = content switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
            [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
            [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
            _ => (Charset(contentType), 0),
        };
        return StorableJson.Clean(encoding.GetString(content[skip..]));
    }

    private static Encoding Charset(string contentType)
    {
        var at = contentType.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        var name = at < 0 ? "" : contentType[(at + 8)..].Split(';')[0].Trim(' ', '"', '\'').ToLowerInvariant();
        return name switch
        {
            "" or "utf-8" or "utf8" or "us-ascii" or "ascii" => Encoding.UTF8,
            "iso-8859-1" or "latin1" or "windows-1252" => Encoding.Latin1,
            "utf-16" or "utf-16le" => Encoding.Unicode,
            "utf-16be" => Encoding.BigEndianUnicode,
            _ => throw new DocumentRefusedException("unsupported_charset", $"Text in '{name}' can't be read. Send it in UTF-8."),
        };
    }
}

/// <summary>The formats that are read.</summary>
internal enum DocumentFormat
{
    Plain,
    Markdown,
    Html,
    Csv,
}
