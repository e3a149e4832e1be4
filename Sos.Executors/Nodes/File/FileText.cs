using System.Text;

namespace Sos.Executors.Nodes.File;

/// <summary>Turns text into bytes and bytes into text, or fails: nothing is replaced by question marks.</summary>
internal static class FileText
{
    private static readonly Encoding[] Marked = [Strict(Encoding.UTF8), Strict(Encoding.Unicode), Strict(Encoding.BigEndianUnicode)];
    private static readonly Encoding Latin1 = Strict(Encoding.Latin1);
    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;

    /// <summary>The text of a file; a byte order mark goes before the encoding, and is no part of the text.</summary>
    /// <exception cref="FileContentException">The bytes are no such text.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, FileEncoding encoding)
    {
        var decoder = For(encoding);
        foreach (var marked in Marked)
        {
            if (!bytes.StartsWith(marked.Preamble))
                continue;
            decoder = marked;
            bytes = bytes[marked.Preamble.Length..];
            break;
        }
        try
        {
            return decoder.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new FileContentException($"The file is not text in {decoder.WebName}; name its encoding, or read it as base64.");
        }
    }

    /// <summary>The bytes of a text. UTF-16 is little-endian and begins with a byte order mark, unless it goes on.</summary>
    /// <exception cref="FileContentException">The encoding has no such characters.</exception>
    public static byte[] Encode(string text, FileEncoding encoding, bool goesOn)
    {
        var encoder = For(encoding);
        try
        {
            return encoding == FileEncoding.Utf16 && !goesOn ? [.. encoder.Preamble, .. encoder.GetBytes(text)] : encoder.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new FileContentException($"The encoding {encoder.WebName} has no character U+{(e.CharUnknownLow == 0 ? e.CharUnknown : char.ConvertToUtf32(e.CharUnknownHigh, e.CharUnknownLow)):X4}; write utf-8.");
        }
    }

    private static Encoding For(FileEncoding encoding) => encoding switch
    {
        FileEncoding.Utf16 => Marked[1],
        FileEncoding.Latin1 => Latin1,
        FileEncoding.Windows1252 => Windows1252,
        _ => Marked[0],
    };

    private static Encoding Strict(Encoding encoding) =>
        Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}

/// <summary>A content is not what it should be.</summary>
/// <param name="message">A sentence: what is wrong and what to do.</param>
internal sealed class FileContentException(string message) : Exception(message);
