using Sos.Workflows.Credentials;

namespace Sos.Api.Credentials;

/// <summary>A credential to be saved.</summary>
public sealed record CredentialRequest
{
    /// <summary>How nodes refer to it: 1 to 63 of a-z, 0-9 and -, such as <c>billing</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is: <c>apiKey</c>, <c>bearer</c>, <c>basic</c>, <c>oauth2</c>, <c>postgres</c> or <c>custom</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What is no secret of it, such as a user name: texts. Everybody in the workspace can read it.</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }

    /// <summary>Its secrets: texts, stored encrypted and never shown again. Left out in a change, the stored ones stay.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    /// <summary>Where it may be sent: hosts such as <c>api.example.com</c>, <c>*.example.com</c> or <c>http://crm.internal:8080</c>. Every type but <c>postgres</c> needs them.</summary>
    public IReadOnlyList<string>? AllowedHosts { get; init; }

    /// <summary>When it expires, so that nodes say so instead of sending it.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The name and type, and no secret.</summary>
    public override string ToString() => $"{nameof(CredentialRequest)} {{ Name = {Name}, Type = {Type} }}";

    /// <summary>The credential that is asked for, unchecked.</summary>
    internal CredentialInput ToInput() => new()
    {
        Name = Name,
        Type = Type,
        Settings = Settings ?? new Dictionary<string, string>(),
        Secrets = Secrets,
        AllowedHosts = AllowedHosts,
        ExpiresAt = ExpiresAt,
    };
}
