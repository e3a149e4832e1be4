namespace Sos.Workflows.Credentials;

/// <summary>A credential whose secrets have been opened: for whoever sends it, and nobody else.</summary>
public sealed record Credential
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workspace that it belongs to.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="CredentialType"/>'s names.</summary>
    public required string Type { get; init; }

    /// <summary>Its settings by name, with the type's defaults.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Its secrets by name.</summary>
    public required IReadOnlyDictionary<string, string> Secrets { get; init; }

    /// <summary>Where it may be sent.</summary>
    public required IReadOnlyList<AllowedHost> AllowedHosts { get; init; }

    /// <summary>When it is of no use any more; null where nobody said.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The access token of an <c>oauth2</c> credential; null before one was fetched.</summary>
    public string? AccessToken { get; init; }

    /// <summary>When <see cref="AccessToken"/> expires; null for one that stays good.</summary>
    public DateTimeOffset? AccessTokenExpiresAt { get; init; }

    /// <summary>When somebody last signed in (grant <c>authorization_code</c>); null before, and with other grants.</summary>
    public DateTimeOffset? SignedInAt { get; init; }

    /// <summary>Since when the sign-in is refused, so that somebody must sign in again; null while it holds.</summary>
    public DateTimeOffset? SignInLostAt { get; init; }

    /// <summary>Whether another access token can be had without anybody's help.</summary>
    public bool CanRenew => Type == CredentialType.OAuth2
        && (Setting("grant") != CredentialType.AuthorizationCode || (SignedInAt is not null && SignInLostAt is null && Secret("refreshToken") is not null));

    /// <summary>A setting; null where there is none.</summary>
    public string? Setting(string name) => Settings.GetValueOrDefault(name);

    /// <summary>A secret; null where there is none.</summary>
    public string? Secret(string name) => Secrets.GetValueOrDefault(name);

    /// <summary>Whether it may be sent to an address.</summary>
    public bool Allows(Uri target) => AllowedHosts.Any(h => h.Includes(target));

    /// <summary>Its name and type, and no secret.</summary>
    public override string ToString() => $"{nameof(Credential)} {{ Name = {Name}, Type = {Type} }}";
}

/// <summary>An access token that was fetched.</summary>
/// <param name="Value">The token.</param>
/// <param name="ExpiresAt">When it expires; null where nobody said and it can't be renewed, so that it is used for as long as it works.</param>
/// <param name="RefreshToken">The refresh token that came with it, which replaces an earlier one; null where that one stays.</param>
/// <param name="Scope">What it is good for, as the authorization server says; null where that is what was asked for.</param>
public sealed record AccessToken(string Value, DateTimeOffset? ExpiresAt, string? RefreshToken, string? Scope = null)
{
    /// <summary>When it expires, and nothing of it.</summary>
    public override string ToString() => $"{nameof(AccessToken)} {{ ExpiresAt = {ExpiresAt:O} }}";
}
