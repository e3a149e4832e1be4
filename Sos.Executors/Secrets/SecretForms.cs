using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sos.Executors.Secrets;

/// <summary>How a secret looks where others repeat it.</summary>
internal static class SecretForms
{
    /// <summary>The secret itself, and as it stands in JSON that is shown as text, in URLs and forms, and in base64.</summary>
    public static IEnumerable<string> Of(string secret)
    {
        yield return secret;
        // Half a surrogate pair has no place in JSON or a URL.
        secret = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(secret));
        yield return JsonEncodedText.Encode(secret).ToString();
        yield return JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

        var escaped = Uri.EscapeDataString(secret);
        yield return escaped;
        yield return LowerEscapes(escaped);
        var form = escaped.Replace("%20", "+", StringComparison.Ordinal);
        yield return form;
        yield return LowerEscapes(form);

        var bytes = Encoding.UTF8.GetBytes(secret);
        for (var before = 0; before < 3; before++)
        {
            var part = InBase64(bytes, before);
            yield return part;
            yield return part.Replace('+', '-').Replace('/', '_');
        }
    }

    /// <summary>
    /// The characters of base64 that depend on these bytes alone, where a number of bytes of something else goes before
    /// them: three bytes make four characters, so the number counts modulo three.
    /// </summary>
    private static string InBase64(byte[] bytes, int before)
    {
        var text = Convert.ToBase64String([.. new byte[before], .. bytes]);
        var first = (before * 8 + 5) / 6;
        var end = (before + bytes.Length) * 8 / 6;
        return text[first..end];
    }

    // Escapes are the same in capitals and small letters (RFC 3986 §2.1).
    private static string LowerEscapes(string escaped) => string.Create(escaped.Length, escaped, static (span, text) =>
    {
        for (var i = 0; i < span.Length; i++)
            span[i] = (i >= 1 && text[i - 1] == '%') || (i >= 2 && text[i - 2] == '%') ? char.ToLowerInvariant(text[i]) : text[i];
    });
}
