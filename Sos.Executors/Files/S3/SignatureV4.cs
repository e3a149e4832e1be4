using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sos.Executors.Files.S3;

/// <summary>AWS Signature Version 4 in the <c>Authorization</c> header (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).</summary>
/// <param name="accessKey">The key's id.</param>
/// <param name="secretKey">The key.</param>
/// <param name="region">The region.</param>
/// <param name="service">The service; <c>s3</c> here.</param>
internal sealed class SignatureV4(string accessKey, string secretKey, string region, string service)
{
    /// <summary>The SHA-256 of nothing.</summary>
    public const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>A time as the header <c>x-amz-date</c> has it.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Encodes a text for a path or query: all but letters, digits and <c>-._~</c> of its UTF-8, in upper-case hexadecimal.</summary>
    public static string Encode(string text) => Uri.EscapeDataString(text);

    /// <summary>Encodes a path, whose slashes stay.</summary>
    public static string EncodePath(string path) => string.Join('/', path.Split('/').Select(Encode));

    /// <summary>A query string in the order that the signature wants, without question mark.</summary>
    public static string Query(IEnumerable<KeyValuePair<string, string>> parameters) => string.Join('&', parameters
        .Select(p => (Name: Encode(p.Key), Value: Encode(p.Value)))
        .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal)
        .Select(p => $"{p.Name}={p.Value}"));

    /// <summary>The value of the <c>Authorization</c> header.</summary>
    /// <param name="request">What is signed.</param>
    public string Authorization(RequestToSign request)
    {
        var scope = $"{Timestamp(request.Time)[..8]}/{region}/{service}/aws4_request";
        var text = $"{Algorithm}\n{Timestamp(request.Time)}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical(request))))}";
        var signature = Hex(HMACSHA256.HashData(SigningKey(request.Time), Encoding.UTF8.GetBytes(text)));
        return $"{Algorithm} Credential={accessKey}/{scope},SignedHeaders={SignedHeaders(request)},Signature={signature}";
    }

    /// <summary>The canonical request.</summary>
    internal static string Canonical(RequestToSign request)
    {
        var canonical = new StringBuilder().Append(request.Method).Append('\n').Append(request.Path).Append('\n').Append(request.Query).Append('\n');
        foreach (var (name, value) in Sorted(request))
            canonical.Append(name).Append(':').Append(Trimmed(value)).Append('\n');
        return canonical.Append('\n').Append(SignedHeaders(request)).Append('\n').Append(request.PayloadHash).ToString();
    }

    private byte[] SigningKey(DateTimeOffset time)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in (ReadOnlySpan<string>)[Timestamp(time)[..8], region, service, "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return key;
    }

    private static IEnumerable<(string Name, string Value)> Sorted(RequestToSign request) =>
        request.Headers.Select(h => (Name: h.Key.ToLowerInvariant(), h.Value)).OrderBy(h => h.Name, StringComparer.Ordinal);

    private static string SignedHeaders(RequestToSign request) => string.Join(';', Sorted(request).Select(h => h.Name));

    // Spaces in a row count as one.
    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

/// <summary>What a signature is made of.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path as it is sent.</param>
/// <param name="Query">The query as it is sent, in order.</param>
/// <param name="Headers">The headers that are signed; at least <c>host</c> and <c>x-amz-date</c>.</param>
/// <param name="PayloadHash">The body's SHA-256 in hexadecimal.</param>
/// <param name="Time">When.</param>
internal sealed record RequestToSign(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, string PayloadHash, DateTimeOffset Time);
