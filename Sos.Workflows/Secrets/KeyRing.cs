using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Sos.Workflows.Secrets;

/// <summary>
/// Seals secrets for the database and opens them again: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. The
/// first key seals; all open, so that a new key can be put before the old ones and rows be rewrapped at leisure.
/// </summary>
public sealed class KeyRing
{
    /// <summary>The setting that holds the keys: a list of <c>id:key</c>, each key 32 bytes in base64.</summary>
    public const string Setting = "Sos:Secrets:Keys";

    /// <summary>The most bytes of UTF-8 that a secret may have.</summary>
    public const int MaxSecretBytes = 16 * 1024;

    private const int KeyBytes = 32;
    private const int MaxIdLength = 32;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string? sealingKey;
    private readonly FrozenDictionary<string, byte[]> keys;

    private KeyRing(IReadOnlyList<KeyValuePair<string, byte[]>> keys)
    {
        sealingKey = keys.Count > 0 ? keys[0].Key : null;
        this.keys = keys.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Without keys: nothing can be sealed or opened.</summary>
    public static KeyRing Empty { get; } = new([]);

    /// <summary>Whether there is a key to seal with.</summary>
    public bool CanSeal => sealingKey is not null;

    /// <summary>The id of the key that seals; null without keys.</summary>
    public string? SealingKeyId => sealingKey;

    /// <summary>Reads keys as they are configured.</summary>
    /// <param name="entries">Each <c>id:key</c>; the id has 1 to 32 of a-z, 0-9, - and _, the key is 32 bytes in base64.</param>
    /// <exception cref="SecretException">An entry is malformed, or an id is there twice.</exception>
    public static KeyRing Parse(IEnumerable<string?> entries)
    {
        var keys = new List<KeyValuePair<string, byte[]>>();
        var position = 0;
        foreach (var entry in entries)
        {
            var key = ParseEntry(entry, position++);
            if (keys.Any(k => k.Key == key.Key))
                throw Malformed(position - 1, $"repeats the id '{key.Key}'");
            keys.Add(key);
        }
        return keys.Count == 0 ? Empty : new KeyRing(keys);
    }

    /// <summary>A new random key in the form that the setting takes.</summary>
    /// <param name="id">The key's id.</param>
    public static string Generate(string id) => $"{id}:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))}";

    /// <summary>Seals a secret for a place.</summary>
    /// <exception cref="SecretException">No key is configured, or the secret is longer than <see cref="MaxSecretBytes"/>.</exception>
    public byte[] Seal(string secret, SecretPlace place)
    {
        if (sealingKey is null)
            throw new SecretException(SecretException.NoKey, $"Secrets can't be saved, because no key is configured to encrypt them. Set {Setting}:0 to 'id:key' with 32 random bytes in base64, such as from \"openssl rand -base64 32\".");
        var plain = StrictUtf8.GetBytes(secret);
        if (plain.Length > MaxSecretBytes)
            throw new SecretException("secret_too_long", $"A secret may have {MaxSecretBytes:N0} bytes.");
        var bytes = Seal(sealingKey, plain, head => AssociatedData(head, place));
        CryptographicOperations.ZeroMemory(plain);
        return bytes;
    }

    /// <summary>Seals bytes for a purpose, such as a cookie; what is sealed for one opens for no other.</summary>
    /// <exception cref="InvalidOperationException">No key is configured.</exception>
    public byte[] Seal(ReadOnlySpan<byte> plain, string purpose) => Seal(
        sealingKey ?? throw new InvalidOperationException("There is no key to seal with."), plain, head => AssociatedData(head, purpose));

    /// <summary>Opens bytes that were sealed for the same purpose; null for any others.</summary>
    public byte[]? TryOpen(ReadOnlySpan<byte> bytes, string purpose)
    {
        if (!SealedSecret.TryRead(bytes, out var secret) || !keys.TryGetValue(secret.KeyId, out var key))
            return null;
        var plain = new byte[secret.Ciphertext.Length];
        try
        {
            using var cipher = new AesGcm(key, SealedSecret.TagBytes);
            cipher.Decrypt(secret.Nonce, secret.Ciphertext, secret.Tag, plain, AssociatedData(secret.Head, purpose));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private byte[] Seal(string keyId, ReadOnlySpan<byte> plain, Func<byte[], byte[]> associate)
    {
        var head = SealedSecret.HeadOf(keyId);
        var bytes = new byte[head.Length + SealedSecret.NonceBytes + SealedSecret.TagBytes + plain.Length];
        head.CopyTo(bytes, 0);
        var nonce = bytes.AsSpan(head.Length, SealedSecret.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(keys[keyId], SealedSecret.TagBytes);
        cipher.Encrypt(
            nonce,
            plain,
            bytes.AsSpan(head.Length + SealedSecret.NonceBytes + SealedSecret.TagBytes),
            bytes.AsSpan(head.Length + SealedSecret.NonceBytes, SealedSecret.TagBytes),
            associate(head));
        return bytes;
    }

    /// <summary>Opens a sealed secret in the place it was sealed for.</summary>
    /// <exception cref="SecretException">Its key is not configured, or it was changed or moved.</exception>
    public string Open(ReadOnlySpan<byte> bytes, SecretPlace place)
    {
        if (!SealedSecret.TryRead(bytes, out var secret))
            throw DoesNotOpen(place, null);
        if (!keys.TryGetValue(secret.KeyId, out var key))
            throw new SecretException(SecretException.UnknownKey, $"The secret of {Describe(place)} was encrypted with the key '{secret.KeyId}', which is not configured. Add that key to {Setting}, or save the secret again.");
        var plain = new byte[secret.Ciphertext.Length];
        try
        {
            using var cipher = new AesGcm(key, SealedSecret.TagBytes);
            cipher.Decrypt(secret.Nonce, secret.Ciphertext, secret.Tag, plain, AssociatedData(secret.Head, place));
            return StrictUtf8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw DoesNotOpen(place, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Whether a sealed secret was sealed with another key than the one that seals now.</summary>
    public bool NeedsRewrap(ReadOnlySpan<byte> bytes) =>
        sealingKey is not null && !(SealedSecret.TryRead(bytes, out var secret) && secret.KeyId == sealingKey);

    /// <summary>Says how many keys there are, and nothing of them.</summary>
    public override string ToString() => $"{keys.Count} keys";

    private static byte[] AssociatedData(ReadOnlySpan<byte> head, SecretPlace place) =>
        [.. head, .. Encoding.UTF8.GetBytes($"\nsos-secret\n{place.Table}\n{place.WorkspaceId:D}\n{place.RowId:D}")];

    private static byte[] AssociatedData(ReadOnlySpan<byte> head, string purpose) =>
        [.. head, .. Encoding.UTF8.GetBytes("\nsos-purpose\n" + purpose)];

    private static KeyValuePair<string, byte[]> ParseEntry(string? entry, int position)
    {
        var parts = (entry ?? "").Trim().Split(':', 2);
        if (parts.Length != 2)
            throw Malformed(position, "is not of the form 'id:key'");
        var (id, text) = (parts[0], parts[1].Trim());
        if (id.Length is 0 or > MaxIdLength || !id.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '_'))
            throw Malformed(position, "needs an id of 1 to 32 of a-z, 0-9, '-' and '_' before the colon");
        var key = new byte[KeyBytes + 3];
        return Convert.TryFromBase64String(text, key, out var length) && length == KeyBytes
            ? new(id, key[..KeyBytes])
            : throw Malformed(position, $"needs a key of exactly {KeyBytes} bytes in base64 after the colon");
    }

    private static SecretException Malformed(int position, string what) => new(
        SecretException.InvalidKeys, $"{Setting}:{position} {what}. Make a key with \"openssl rand -base64 32\".");

    private static SecretException DoesNotOpen(SecretPlace place, Exception? inner) => new(
        SecretException.DoesNotOpen, $"The secret of {Describe(place)} does not open: it was changed, belongs to another row, or the key of its id in {Setting} is another one. Save the secret again.", inner);

    private static string Describe(SecretPlace place) => $"{place.Table} {place.RowId:D}";
}
