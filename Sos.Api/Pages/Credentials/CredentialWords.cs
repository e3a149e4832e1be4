using Sos.Workflows.Credentials;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Credentials;

/// <summary>What the pages say of credentials and their fields.</summary>
internal static class CredentialWords
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>The types, the most usual ones first, with what each is.</summary>
    public static IReadOnlyList<(string Type, string Title, string About)> Types { get; } =
    [
        (CredentialType.Bearer, "Token", "Sent as Authorization: Bearer, as most APIs want it."),
        (CredentialType.ApiKey, "API key", "A key in a header or in the address."),
        (CredentialType.Basic, "User name and password", "Sent by HTTP's basic authentication."),
        (CredentialType.OAuth2, "OAuth 2.0", "Access tokens that are fetched and renewed; where people have to, they sign in with a browser."),
        (CredentialType.Postgres, "PostgreSQL login", "For the node database."),
        (CredentialType.Custom, "Custom", "Named secrets for connectors that know what to do with them."),
    ];

    /// <summary>What a type is called.</summary>
    public static string Title(string type) => Types.FirstOrDefault(t => t.Type == type).Title ?? type;

    /// <summary>What a field is called, and what it is for; null where its name says it all.</summary>
    public static (string Label, string? Help) Field(string type, string field) => (type, field) switch
    {
        (CredentialType.ApiKey, "in") => ("Sent in", null),
        (CredentialType.ApiKey, "name") => ("Name of the header or parameter", null),
        (CredentialType.ApiKey, "value") => ("Key", null),
        (_, "token") => ("Token", null),
        (_, "username") => ("User name", null),
        (_, "password") => ("Password", null),
        (_, "testUrl") => ("Address to test with", "A GET that needs the credential and changes nothing, on one of the hosts below."),
        (_, "grant") => ("How tokens are had", "client_credentials: the service acts for itself. authorization_code: somebody signs in. refresh_token: somebody has signed in elsewhere."),
        (_, "tokenUrl") => ("Token URL", "Where tokens come from."),
        (_, "clientId") => ("Client id", null),
        (_, "clientAuthentication") => ("Client secret is sent in", null),
        (_, "clientSecret") => ("Client secret", null),
        (_, "refreshToken") => ("Refresh token", "For the grant refresh_token alone."),
        (_, "scope") => ("Scopes", "Separated by spaces."),
        (_, "audience") => ("Audience", null),
        (_, "authorizationUrl") => ("Authorization URL", "Where people sign in."),
        (_, "authorizeParameters") => ("More parameters of the sign-in", "Such as access_type=offline&prompt=consent."),
        (_, "issuer") => ("Issuer", "The authorization server's own name, where it says one."),
        (_, "host") => ("Host", null),
        (_, "port") => ("Port", null),
        (_, "database") => ("Database", null),
        (_, "sslMode") => ("TLS", null),
        _ => (field, null),
    };

    /// <summary>Whether a field of a type counts with what the others say.</summary>
    public static bool Counts(string type, string field, string? grant) => type != CredentialType.OAuth2 || field switch
    {
        "authorizationUrl" or "authorizeParameters" or "issuer" => grant == CredentialType.AuthorizationCode,
        "refreshToken" => grant == CredentialType.RefreshToken,
        _ => true,
    };

    /// <summary>An address that a credential might be tested with, on the first of its hosts.</summary>
    public static string ExampleUrl(IReadOnlyList<string> allowedHosts)
    {
        var host = (allowedHosts.Count > 0 ? allowedHosts[0] : "api.example.com").Replace("*.", "api.", StringComparison.Ordinal);
        return (host.Contains("://", StringComparison.Ordinal) ? host : "https://" + host) + "/me";
    }

    /// <summary>That a credential was not tested as it is now; null where it was.</summary>
    public static string? Untested(StoredCredential credential) => credential switch
    {
        { LastTest: not null } => null,
        { SignIn.SignedInAt: { } signedInAt } when signedInAt > credential.UpdatedAt => "not tested since somebody signed in",
        _ when credential.UpdatedAt > credential.CreatedAt => "not tested since it was changed",
        _ => "not tested yet",
    };

    /// <summary>Whether a credential can be used, as far as is known without asking anybody.</summary>
    public static (string Word, string Status) State(StoredCredential credential, DateTimeOffset now) => credential switch
    {
        { ExpiresAt: { } end } when end <= now => ("expired", "status-failed"),
        { SignIn: { LostAt: not null } } => ("sign-in refused", "status-failed"),
        { SignIn: { NeedsSignIn: true } } => ("not signed in", "status-waiting"),
        { ExpiresAt: { } end } when end - now < Soon => ("expires soon", "status-waiting"),
        { SignIn: { SignedIn: true } } => ("signed in", "status-completed"),
        _ => ("ready", "status-completed"),
    };
}
