using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sos.Api.Credentials;

/// <summary>
/// What a browser carries to the authorization server and back (RFC 6749 §10.12): 256 random bits, of which only a hash is
/// stored. It names the workspace, because whoever brings it back has no key that would; and, where a browser began,
/// proves the session that it must come back to.
/// </summary>
/// <param name="WorkspaceId">The workspace.</param>
/// <param name="Random">The random part.</param>
/// <param name="Proof">SHA-256 of the session and the random part; null where no browser began.</param>
internal sealed record SignInState(Guid WorkspaceId, string Random, byte[]? Proof)
{
    private const int GuidBytes = 16;
    private const int RandomBytes = 32;

    private static readonly int RandomLength = Base64Url.GetEncodedLength(RandomBytes);

    /// <summary>A new one.</summary>
    public static SignInState New(Guid workspaceId, byte[]? browser)
    {
        var random = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        return new SignInState(workspaceId, random, browser is null ? null : Prove(browser, random));
    }

    /// <summary>Reads one; null for what is none.</summary>
    public static SignInState? Parse(string? text) =>
        text is { Length: < 200 } && text.All(char.IsAscii) && text.Split('.') is { Length: 2 or 3 } parts
        && Bytes(parts[0], GuidBytes) is { } workspace && parts[1].Length == RandomLength
        && (parts.Length == 2 || Bytes(parts[2], SHA256.HashSizeInBytes) is not null)
            ? new SignInState(new Guid(workspace), parts[1], parts.Length == 2 ? null : Bytes(parts[2], SHA256.HashSizeInBytes))
            : null;

    /// <summary>Whether a browser may come back with it: any, where none began, and else the one that did.</summary>
    /// <param name="browser">The browser's session; null where it has none.</param>
    public bool IsOf(byte[]? browser) => Proof is null || browser is not null && CryptographicOperations.FixedTimeEquals(Proof, Prove(browser, Random));

    /// <summary>What the browser carries.</summary>
    public override string ToString()
    {
        var text = $"{Base64Url.EncodeToString(WorkspaceId.ToByteArray())}.{Random}";
        return Proof is null ? text : $"{text}.{Base64Url.EncodeToString(Proof)}";
    }

    private static byte[] Prove(byte[] browser, string random) => SHA256.HashData([.. browser, .. Encoding.ASCII.GetBytes(random)]);

    private static byte[]? Bytes(string text, int length) =>
        text.Length == Base64Url.GetEncodedLength(length) && Base64Url.IsValid(text) && Base64Url.DecodeFromChars(text) is { } bytes && bytes.Length == length ? bytes : null;
}
