using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Sos.Testing.S3;

/// <summary>Checks AWS Signature Version 4 from what came over the wire, as a server does; shares no code with what signs.</summary>
internal static partial class S3SignatureCheck
{
    private static readonly string[] Needed = ["host", "x-amz-date", "x-amz-content-sha256"];

    /// <summary>S3's code for what is wrong; null for nothing.</summary>
    public static string? Problem(HttpRequest request, string target, byte[] body, string region, string accessKey, string secretKey)
    {
        var match = Header().Match(request.Headers.Authorization.ToString());
        if (!match.Success)
            return "AuthorizationHeaderMalformed";
        var date = request.Headers["x-amz-date"].ToString();
        if (!DateTimeOffset.TryParseExact(date, "yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) || (DateTimeOffset.UtcNow - time).Duration() > TimeSpan.FromMinutes(15))
            return "RequestTimeTooSkewed";
        if (match.Groups["scope"].Value != $"{accessKey}/{date[..8]}/{region}/s3/aws4_request")
            return "InvalidAccessKeyId";
        var hash = Convert.ToHexString(SHA256.HashData(body)).ToLowerInvariant();
        if (request.Headers["x-amz-content-sha256"] != hash)
            return "XAmzContentSHA256Mismatch";
        var names = match.Groups["names"].Value.Split(';');
        var sent = request.Headers.Keys.Select(k => k.ToLowerInvariant()).Where(k => k.StartsWith("x-amz-", StringComparison.Ordinal));
        if (Needed.Concat(sent).Except(names).Any() || !names.SequenceEqual(names.Order(StringComparer.Ordinal)))
            return "HeadersNotSigned";

        var question = target.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? [] : target[(question + 1)..].Split('&').Order(StringComparer.Ordinal).ToArray();
        var lines = new List<string> { request.Method, question < 0 ? target : target[..question], string.Join("&", query) };
        lines.AddRange(names.Select(n => $"{n}:{request.Headers[n].ToString().Trim()}"));
        lines.AddRange(["", string.Join(";", names), hash]);
        var canonical = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join("\n", lines)))).ToLowerInvariant();
        var key = Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes("AWS4" + secretKey), date[..8]), region), "s3"), "aws4_request");
        var expected = Convert.ToHexString(Mac(key, $"AWS4-HMAC-SHA256\n{date}\n{date[..8]}/{region}/s3/aws4_request\n{canonical}")).ToLowerInvariant();
        return expected == match.Groups["signature"].Value ? null : "SignatureDoesNotMatch";
    }

    private static byte[] Mac(byte[] key, string text)
    {
        using var mac = new HMACSHA256(key);
        return mac.ComputeHash(Encoding.UTF8.GetBytes(text));
    }

    [GeneratedRegex("^AWS4-HMAC-SHA256 Credential=(?<scope>[^,]+),\\s*SignedHeaders=(?<names>[^,]+),\\s*Signature=(?<signature>[0-9a-f]{64})$")]
    private static partial Regex Header();
}
