using System.Collections.Frozen;

namespace Sos.Workflows.Credentials;

/// <summary>A kind of credential: which settings and secrets it consists of.</summary>
/// <param name="Name">Its name, such as <c>oauth2</c>.</param>
/// <param name="Settings">What everybody in the workspace may read.</param>
/// <param name="Secrets">What nobody reads again.</param>
public sealed record CredentialType(string Name, IReadOnlyList<CredentialField> Settings, IReadOnlyList<CredentialField> Secrets)
{
    /// <summary>A key in a header or query parameter.</summary>
    public const string ApiKey = "apiKey";

    /// <summary>A token in <c>Authorization: Bearer</c> (RFC 6750).</summary>
    public const string Bearer = "bearer";

    /// <summary>User name and password (RFC 7617).</summary>
    public const string Basic = "basic";

    /// <summary>An access token that is fetched and renewed (RFC 6749).</summary>
    public const string OAuth2 = "oauth2";

    /// <summary>A login of a PostgreSQL database.</summary>
    public const string Postgres = "postgres";

    /// <summary>Named texts for nodes that know what to do with them.</summary>
    public const string Custom = "custom";

    /// <summary>All types, by name.</summary>
    public static FrozenDictionary<string, CredentialType> All { get; } = new CredentialType[]
    {
        new(ApiKey,
            [new("in") { Default = "header", Values = ["header", "query"] }, new("name") { Default = "X-API-Key", MaxLength = 200 }, new(TestUrl) { MaxLength = 2_000 }],
            [new("value") { IsRequired = true, IsHeaderText = true }]),
        new(Bearer, [new(TestUrl) { MaxLength = 2_000 }], [new("token") { IsRequired = true, IsHeaderText = true }]),
        new(Basic, [new("username") { IsRequired = true }, new(TestUrl) { MaxLength = 2_000 }], [new("password") { IsRequired = true }]),
        new(OAuth2,
            [
                new("grant") { Default = ClientCredentials, Values = [ClientCredentials, RefreshToken, AuthorizationCode] },
                new("tokenUrl") { IsRequired = true, MaxLength = 2_000 },
                new("clientId") { IsRequired = true },
                new("clientAuthentication") { Default = "header", Values = ["header", "body"] },
                new("scope") { MaxLength = 2_000 },
                new("audience") { MaxLength = 2_000 },
                new("authorizationUrl") { MaxLength = 2_000 },
                new("authorizeParameters") { MaxLength = 2_000 },
                new("issuer") { MaxLength = 2_000 },
                new(TestUrl) { MaxLength = 2_000 },
            ],
            [new("clientSecret"), new("refreshToken")]),
        new(Postgres,
            [
                new("host") { IsRequired = true, MaxLength = 253 },
                new("port") { Default = "5432", MaxLength = 5 },
                new("database") { IsRequired = true, MaxLength = 63 },
                new("username") { IsRequired = true, MaxLength = 63 },
                new("sslMode") { Default = "verify-full", Values = ["disable", "require", "verify-ca", "verify-full"] },
            ],
            [new("password") { IsRequired = true }]),
        new(Custom, [], []),
    }.ToFrozenDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>OAuth 2.0's grant for a service that acts for itself (RFC 6749 §4.4).</summary>
    public const string ClientCredentials = "client_credentials";

    /// <summary>OAuth 2.0's grant for a service that somebody has signed in (RFC 6749 §6).</summary>
    public const string RefreshToken = "refresh_token";

    /// <summary>OAuth 2.0's grant for a service that somebody signs in with a browser (RFC 6749 §4.1, RFC 7636).</summary>
    public const string AuthorizationCode = "authorization_code";

    /// <summary>The setting that says what a test of the credential asks for.</summary>
    public const string TestUrl = "testUrl";
}

/// <summary>A setting or a secret of a <see cref="CredentialType"/>; always a text.</summary>
/// <param name="Name">Its name.</param>
public sealed record CredentialField(string Name)
{
    /// <summary>Whether there is no credential without it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Its value where none is given; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>The values that it may have; null for any.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>How many characters it may have.</summary>
    public int MaxLength { get; init; } = 500;

    /// <summary>Whether it is sent as a header's value, and must be such.</summary>
    public bool IsHeaderText { get; init; }
}
