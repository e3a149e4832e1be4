using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Sos.Workflows.Webhooks;

/// <summary>
/// Finds out whether a call comes from whom it says, and which delivery it is. Signatures are of the raw body and
/// compared in constant time; whatever is missing, malformed or out of time is refused.
/// </summary>
public static class WebhookCaller
{
    private const int MaxSignatures = 10;

    /// <summary>Checks a call.</summary>
    /// <param name="verification">How the webhook recognizes its callers.</param>
    /// <param name="secret">What it compares with; null where the kind needs none.</param>
    /// <param name="call">The call.</param>
    public static WebhookVerdict Check(WebhookVerification verification, string? secret, WebhookCall call) => verification.Kind switch
    {
        WebhookVerification.None => new WebhookVerdict.Accepted(IdOf(verification, call)),
        _ when secret is null => WebhookVerdict.Refused.NoSecret,
        WebhookVerification.GitHub => GitHub(secret, call),
        WebhookVerification.Stripe => Stripe(verification, secret, call),
        WebhookVerification.Slack => Slack(verification, secret, call),
        WebhookVerification.Generic => Generic(verification, secret, call),
        WebhookVerification.Basic => Fixed(verification, $"Basic {Convert.ToBase64String(Utf8($"{verification.Username}:{secret}"))}", "authorization", call),
        WebhookVerification.FixedHeader => Fixed(verification, secret, verification.Header!, call),
        _ => WebhookVerdict.Refused.NoSecret,
    };

    /// <summary>docs.github.com/webhooks: <c>sha256=</c> and the HMAC-SHA256 of the body. GitHub signs neither time nor id, so the body itself tells deliveries apart.</summary>
    private static WebhookVerdict GitHub(string secret, WebhookCall call)
    {
        if (call.Header("x-hub-signature-256") is not { } header)
            return WebhookVerdict.Refused.Missing;
        var mac = HMACSHA256.HashData(Utf8(secret), call.Body.Span);
        return header.StartsWith("sha256=", StringComparison.Ordinal) && Matches(header.AsSpan(7), mac, isBase64: false)
            ? new WebhookVerdict.Accepted(DeliveryHash("github", call.Body.Span))
            : WebhookVerdict.Refused.Wrong;
    }

    /// <summary>docs.stripe.com/webhooks: <c>t=…,v1=…</c>, of time, full stop and body. An event that Stripe sends again has the same id and another time.</summary>
    private static WebhookVerdict Stripe(WebhookVerification verification, string secret, WebhookCall call)
    {
        if (call.Header("stripe-signature") is not { } header)
            return WebhookVerdict.Refused.Missing;
        var parts = header.Split(',', MaxSignatures + 2, StringSplitOptions.TrimEntries);
        var time = Array.Find(parts, p => p.StartsWith("t=", StringComparison.Ordinal))?[2..];
        var mac = HMACSHA256.HashData(Utf8(secret), (byte[])[.. Utf8($"{time}."), .. call.Body.Span]);
        var isRight = false;
        foreach (var part in parts)
            isRight |= part.StartsWith("v1=", StringComparison.Ordinal) && Matches(part.AsSpan(3), mac, isBase64: false);
        return !isRight ? WebhookVerdict.Refused.Wrong
            : OutOfTime(verification, time, call) ?? new WebhookVerdict.Accepted(IdInBody("stripe", "id", call) ?? DeliveryHash("stripe", call.Body.Span));
    }

    /// <summary>docs.slack.dev/authentication/verifying-requests-from-slack: <c>v0=</c>, of <c>v0</c>, time and body with colons between.</summary>
    private static WebhookVerdict Slack(WebhookVerification verification, string secret, WebhookCall call)
    {
        if (call.Header("x-slack-signature") is not { } header || call.Header("x-slack-request-timestamp") is not { } time)
            return WebhookVerdict.Refused.Missing;
        byte[] signed = [.. Utf8($"v0:{time}:"), .. call.Body.Span];
        var mac = HMACSHA256.HashData(Utf8(secret), signed);
        return !header.StartsWith("v0=", StringComparison.Ordinal) || !Matches(header.AsSpan(3), mac, isBase64: false) ? WebhookVerdict.Refused.Wrong
            : OutOfTime(verification, time, call) ?? new WebhookVerdict.Accepted(IdInBody("slack", "event_id", call) ?? DeliveryHash("slack", signed));
    }

    private static WebhookVerdict Generic(WebhookVerification verification, string secret, WebhookCall call)
    {
        var content = verification.SignedContent ?? WebhookVerification.SignsBody;
        var time = verification.TimestampHeader is { } timeHeader ? call.Header(timeHeader) : null;
        var id = verification.IdHeader is { } idHeader ? call.Header(idHeader) : null;
        if (call.Header(verification.Header!) is not { } header
            || content != WebhookVerification.SignsBody && time is null || content == WebhookVerification.SignsId && string.IsNullOrEmpty(id))
            return WebhookVerdict.Refused.Missing;
        byte[] signed = content switch
        {
            WebhookVerification.SignsTime => [.. Utf8($"{time}."), .. call.Body.Span],
            WebhookVerification.SignsId => [.. Utf8($"{id}.{time}."), .. call.Body.Span],
            _ => call.Body.ToArray(),
        };
        if (SecretBytes(secret, verification.SecretEncoding) is not { } key)
            return WebhookVerdict.Refused.NoSecret;
        var mac = verification.Algorithm switch
        {
            "sha512" => HMACSHA512.HashData(key, signed),
#pragma warning disable CA5350 // some services still sign with HMAC-SHA1, which is not broken
            "sha1" => HMACSHA1.HashData(key, signed),
#pragma warning restore CA5350
            _ => HMACSHA256.HashData(key, signed),
        };
        var (isRight, prefix) = (false, verification.Prefix ?? "");
        foreach (var candidate in header.Split(' ', MaxSignatures, StringSplitOptions.RemoveEmptyEntries))
            isRight |= candidate.StartsWith(prefix, StringComparison.Ordinal) && Matches(candidate.AsSpan(prefix.Length), mac, verification.Encoding == "base64");
        return !isRight ? WebhookVerdict.Refused.Wrong
            : content == WebhookVerification.SignsBody ? new WebhookVerdict.Accepted(DeliveryHash("generic", signed))
            : OutOfTime(verification, time, call)
                ?? new WebhookVerdict.Accepted(content == WebhookVerification.SignsId ? DeliveryHash("id", Utf8(id!)) : DeliveryHash("generic", signed));
    }

    private static WebhookVerdict Fixed(WebhookVerification verification, string expected, string header, WebhookCall call) =>
        call.Header(header) is not { } value ? WebhookVerdict.Refused.Missing
        // Hashes have one length, so that the time says nothing about the length either.
        : CryptographicOperations.FixedTimeEquals(SHA256.HashData(Utf8(value)), SHA256.HashData(Utf8(expected)))
            ? new WebhookVerdict.Accepted(IdOf(verification, call))
            : WebhookVerdict.Refused.Wrong;

    private static WebhookVerdict? OutOfTime(WebhookVerification verification, string? time, WebhookCall call)
    {
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return WebhookVerdict.Refused.OutOfTime;
        var distance = Math.Abs((decimal)call.ReceivedAt.ToUnixTimeSeconds() - seconds);
        return distance > (decimal)verification.Tolerance.TotalSeconds ? WebhookVerdict.Refused.OutOfTime : null;
    }

    private static bool Matches(ReadOnlySpan<char> text, byte[] mac, bool isBase64)
    {
        Span<byte> given = stackalloc byte[HMACSHA512.HashSizeInBytes];
        var length = 0;
        var isReadable = isBase64
            ? text.Length <= 2 * HMACSHA512.HashSizeInBytes && Convert.TryFromBase64Chars(text, given, out length)
            : text.Length == 2 * mac.Length && Convert.FromHexString(text, given, out _, out length) == System.Buffers.OperationStatus.Done;
        return isReadable && CryptographicOperations.FixedTimeEquals(given[..length], mac);
    }

    private static byte[]? IdOf(WebhookVerification verification, WebhookCall call) =>
        verification.IdHeader is { } header && call.Header(header) is { Length: > 0 } id ? DeliveryHash("id", Utf8(id)) : null;

    private static byte[]? IdInBody(string kind, string property, WebhookCall call)
    {
        try
        {
            using var document = JsonDocument.Parse(call.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(property, out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } text
                ? DeliveryHash(kind + " id", Utf8(text))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // not JSON, or a text that is no Unicode: the signature tells deliveries apart
        }
    }

    private static byte[] DeliveryHash(string kind, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Utf8($"{kind}\n"));
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }

    /// <summary>The key's bytes; null where the secret is not written as it should be.</summary>
    internal static byte[]? SecretBytes(string secret, string? encoding)
    {
        try
        {
            return encoding switch
            {
                "base64" => Convert.FromBase64String(secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret[6..] : secret),
                "hex" => Convert.FromHexString(secret),
                _ => Utf8(secret),
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}

/// <summary>Whether a call is let in.</summary>
public abstract record WebhookVerdict
{
    private WebhookVerdict()
    {
    }

    /// <summary>It is.</summary>
    /// <param name="Delivery">A hash that the same delivery has again when it is repeated; null where nothing tells.</param>
    public sealed record Accepted(byte[]? Delivery) : WebhookVerdict;

    /// <summary>It is not. The caller does not learn why, only the webhook's owner does.</summary>
    /// <param name="Reason">A stable code.</param>
    public sealed record Refused(string Reason) : WebhookVerdict
    {
        /// <summary>The signature or value, the time or the id is not there.</summary>
        public static readonly Refused Missing = new("signature_missing");

        /// <summary>The signature or value is wrong.</summary>
        public static readonly Refused Wrong = new("signature_wrong");

        /// <summary>The signed time is too far from now.</summary>
        public static readonly Refused OutOfTime = new("timestamp_out_of_tolerance");

        /// <summary>The webhook's own secret is missing or unreadable.</summary>
        public static readonly Refused NoSecret = new("secret_unusable");
    }
}
