using System.Security.Cryptography;
using System.Text;

namespace Sos.Migrations.Schema;

/// <summary>
/// What PostgreSQL stores of a password: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, by RFC 5803 and RFC 7677.
/// </summary>
internal static class ScramVerifier
{
    // PostgreSQL's own defaults.
    private const int Iterations = 4096;
    private const int SaltBytes = 16;

    /// <summary>A verifier with a salt of its own.</summary>
    /// <param name="password">ASCII, which SASLprep leaves as it is.</param>
    public static string Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
