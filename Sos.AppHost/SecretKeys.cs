namespace Sos.AppHost;

/// <summary>The key that stored secrets are encrypted with; the API and the executors need the same.</summary>
internal static class SecretKeys
{
    /// <summary>The setting <c>Sos:Secrets:Keys</c> as an environment variable.</summary>
    public const string Variable = "Sos__Secrets__Keys";

    /// <summary>
    /// A list of keys: <c>id:key</c>, a key being 32 bytes in base64. Only text can be generated here and wherever this
    /// is deployed, so the key is written as 42 random letters and digits, which are 252 bits, and an <c>A</c> for the rest.
    /// </summary>
    public static ReferenceExpression AddSecretKeys(this IDistributedApplicationBuilder builder)
    {
        var key = builder.AddParameter("secret-key", new GenerateParameterDefault { MinLength = 42, Special = false }, secret: true, persist: true)
            .WithDescription("Encrypts stored secrets: exactly 42 letters and digits. A database is of little use without the key that its secrets were stored with.");
        return ReferenceExpression.Create($"aspire:{key}A=");
    }
}
