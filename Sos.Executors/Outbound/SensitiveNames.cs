namespace Sos.Executors.Outbound;

/// <summary>Which headers and query parameters hold credentials, going by their names.</summary>
internal static class SensitiveNames
{
    private static readonly string[] Parts =
        ["authorization", "token", "secret", "api-key", "api_key", "apikey", "password", "passwd", "cookie", "credential", "signature", "session"];

    private static readonly string[] Whole = ["key", "sig", "auth", "pwd", "access-key", "access_key", "subscription-key", "ocp-apim-subscription-key"];

    /// <summary>Whether a header or parameter of this name is treated as a credential.</summary>
    public static bool Contains(string name) =>
        Array.Exists(Parts, p => name.Contains(p, StringComparison.OrdinalIgnoreCase))
        || Array.Exists(Whole, w => name.Equals(w, StringComparison.OrdinalIgnoreCase));
}
