using System.Text;

namespace Sos.Workflows.Secrets;

/// <summary>
/// The bytes that a column holds: version (1), length of the key's id (1), the key's id, nonce (12), tag (16), ciphertext.
/// </summary>
internal readonly ref struct SealedSecret
{
    public const byte Version = 1;
    public const int NonceBytes = 12;
    public const int TagBytes = 16;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly int headBytes;

    private SealedSecret(ReadOnlySpan<byte> bytes, int headBytes)
    {
        this.bytes = bytes;
        this.headBytes = headBytes;
    }

    /// <summary>Version and key: what can be read without the key.</summary>
    public ReadOnlySpan<byte> Head => bytes[..headBytes];

    public string KeyId => Encoding.ASCII.GetString(bytes[2..headBytes]);

    public ReadOnlySpan<byte> Nonce => bytes.Slice(headBytes, NonceBytes);

    public ReadOnlySpan<byte> Tag => bytes.Slice(headBytes + NonceBytes, TagBytes);

    public ReadOnlySpan<byte> Ciphertext => bytes[(headBytes + NonceBytes + TagBytes)..];

    public static bool TryRead(ReadOnlySpan<byte> bytes, out SealedSecret secret)
    {
        secret = default;
        if (bytes.Length < 2 || bytes[0] != Version || bytes[1] == 0 || bytes.Length < 2 + bytes[1] + NonceBytes + TagBytes)
            return false;
        secret = new SealedSecret(bytes, 2 + bytes[1]);
        return true;
    }

    /// <summary>What everything that a key seals begins with.</summary>
    public static byte[] HeadOf(string keyId) => [Version, checked((byte)keyId.Length), .. Encoding.ASCII.GetBytes(keyId)];
}
