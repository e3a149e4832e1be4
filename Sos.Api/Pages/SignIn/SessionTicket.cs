using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Sos.Api.Pages.SignIn;

/// <summary>
/// What a signed-in browser keeps, sealed: which keys it was signed in with, by their hashes, and which of them it
/// works with. A key that is revoked or expires ends the session, as it is looked up anew each time.
/// </summary>
internal sealed record SessionTicket
{
    /// <summary>256 random bits that tell this browser's session from all others; the same until it signs out.</summary>
    public required byte[] Browser { get; init; }

    /// <summary>The keys' SHA-256 hashes, one for each workspace; 8 at most.</summary>
    public required IReadOnlyList<byte[]> Keys { get; init; }

    /// <summary>The one in use.</summary>
    public int Active { get; init; }

    /// <summary>When it ends, whatever happens.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>With one more key, which is used from now on.</summary>
    public static SessionTicket With(SessionTicket? ticket, byte[] key, DateTimeOffset expiresAt)
    {
        var others = ticket?.Keys.Where(known => !known.AsSpan().SequenceEqual(key)).TakeLast(MaxKeys - 1) ?? [];
        byte[][] keys = [.. others, key];
        return new SessionTicket { Browser = ticket?.Browser ?? RandomNumberGenerator.GetBytes(BrowserBytes), Keys = keys, Active = keys.Length - 1, ExpiresAt = expiresAt };
    }

    private const int BrowserBytes = 32;
    private const int MaxKeys = 8;
}

[JsonSerializable(typeof(SessionTicket))]
internal sealed partial class SessionJson : JsonSerializerContext;
