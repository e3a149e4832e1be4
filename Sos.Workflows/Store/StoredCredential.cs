using System.Text.Json;
using Npgsql;
using Sos.Workflows.Credentials;

namespace Sos.Workflows.Store;

/// <summary>A credential as people see it: the names of its secrets, and nothing of them.</summary>
public sealed record StoredCredential
{
    /// <summary>The credential's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name, by which nodes refer to it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is: <c>apiKey</c>, <c>bearer</c>, <c>basic</c>, <c>oauth2</c>, <c>postgres</c> or <c>custom</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What is no secret of it, with the type's defaults.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Where it may be sent, and nowhere else.</summary>
    public required IReadOnlyList<string> AllowedHosts { get; init; }

    /// <summary>The names of the secrets that are stored; they are never shown.</summary>
    public required IReadOnlyList<string> SecretNames { get; init; }

    /// <summary>When it expires, as far as its owner knows.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When a node last used it, to a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Whether somebody is signed in; null for credentials that nobody signs in with (other than grant <c>authorization_code</c>).</summary>
    public CredentialSignInState? SignIn { get; init; }

    /// <summary>What its last test came to; null where it was not tested since it was made, got other secrets, or somebody signed in.</summary>
    public CredentialLastTest? LastTest { get; init; }
}

/// <summary>Where an <c>oauth2</c> credential with the grant <c>authorization_code</c> stands.</summary>
public sealed record CredentialSignInState
{
    /// <summary>Whether somebody is signed in, so that nodes can use it.</summary>
    public required bool SignedIn { get; init; }

    /// <summary>Whether somebody must sign in, for the first time or again because the service refused to go on.</summary>
    public required bool NeedsSignIn { get; init; }

    /// <summary>When somebody last signed in.</summary>
    public DateTimeOffset? SignedInAt { get; init; }

    /// <summary>Since when the service refuses it.</summary>
    public DateTimeOffset? LostAt { get; init; }

    /// <summary>What the sign-in is good for, as the service said.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>When the current access token expires; it is renewed by itself where the service gave a refresh token. Null where it does not say.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    // Columns 3 and 10 on of CredentialStore's.
    internal static CredentialSignInState? Of(NpgsqlDataReader reader)
    {
        var settings = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(3), CredentialJson.Default.DictionaryStringString)!;
        if (settings.GetValueOrDefault("grant") != CredentialType.AuthorizationCode)
            return null;
        var (signedInAt, lostAt) = (reader.TimeOrNull(10), reader.TimeOrNull(13));
        return new CredentialSignInState
        {
            SignedIn = signedInAt is not null && lostAt is null,
            NeedsSignIn = signedInAt is null || lostAt is not null,
            SignedInAt = signedInAt,
            LostAt = lostAt,
            // RFC 6749 §3.3 separates them by spaces; some services do by commas.
            Scopes = reader.TextOrNull(11)?.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) ?? [],
            TokenExpiresAt = reader.TimeOrNull(12),
        };
    }
}
