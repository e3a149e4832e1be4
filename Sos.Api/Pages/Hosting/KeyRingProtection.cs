using Microsoft.AspNetCore.DataProtection;
using System.Security.Cryptography;
using Sos.Workflows.Secrets;

namespace Sos.Api.Pages.Hosting;

/// <summary>
/// Protects cookies, antiforgery tokens and what Blazor hands to the browser with the installation's keys: nothing to
/// store, the same on every server, and rotated with them. Without keys, with one that lasts as long as the process.
/// </summary>
internal sealed class KeyRingProtection : IDataProtector
{
    private readonly KeyRing keys;
    private readonly string purpose;

    public KeyRingProtection(KeyRing keys) : this(keys.CanSeal ? keys : KeyRing.Parse([KeyRing.Generate("process")]), "pages")
    {
    }

    private KeyRingProtection(KeyRing keys, string purpose) => (this.keys, this.purpose) = (keys, purpose);

    public IDataProtector CreateProtector(string purpose) => new KeyRingProtection(keys, $"{this.purpose}\n{purpose}");

    public byte[] Protect(byte[] plaintext) => keys.Seal(plaintext, purpose);

    public byte[] Unprotect(byte[] protectedData) =>
        keys.TryOpen(protectedData, purpose) ?? throw new CryptographicException("It was protected for something else, with another key, or changed.");
}
