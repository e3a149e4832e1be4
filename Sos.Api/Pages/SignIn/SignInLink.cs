using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sos.Api.Pages.SignIn;

/// <summary>A link that signs one browser in, once, within an hour: for who has just started the program.</summary>
internal sealed class SignInLink(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private byte[]? secret;
    private byte[] keyHash = [];
    private DateTimeOffset expiresAt;

    /// <summary>Makes the link's path; an earlier one holds no longer.</summary>
    /// <param name="hash">The hash of the key that it signs in with.</param>
    public string Create(byte[] hash)
    {
        lock (gate)
        {
            (secret, keyHash, expiresAt) = (RandomNumberGenerator.GetBytes(24), hash, time.GetUtcNow() + Lifetime);
            return "/sign-in/" + Base64Url.EncodeToString(secret);
        }
    }

    /// <summary>The key's hash for the link's last part; null where it is wrong, used or old.</summary>
    public byte[]? Redeem(string text)
    {
        Span<byte> given = stackalloc byte[24];
        if (text.Length != 32 || !Base64Url.TryDecodeFromChars(text, given, out var length) || length != given.Length)
            return null;
        lock (gate)
        {
            if (secret is null || expiresAt <= time.GetUtcNow() || !CryptographicOperations.FixedTimeEquals(given, secret))
                return null;
            secret = null;
            return keyHash;
        }
    }
}
